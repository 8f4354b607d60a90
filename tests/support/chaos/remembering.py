"""A reasoner that thinks the same thought once: it is the dearest part of a play.

Where a story says what is planned, that is planned in place of what the reasoner would.
"""

from typing import ClassVar

from itops_core.domain.incident import Incident
from itops_core.domain.investigation import Agent, Case, Turn
from itops_core.domain.remediation import Action
from itops_core.domain.values import sha256_of
from itops_core.reasoning.forced import empty_plan
from itops_core.reasoning.offline.diagnosis import NAME
from itops_core.reasoning.offline.plan_parts import plan_of_one
from itops_core.reasoning.offline.reasoner import OfflineReasoner

_PASSING = {"version", "updated_at", "phases", "execution_arn", "resumes", "approval_id"}
_thoughts: dict[str, Turn] = {}


class RememberingReasoner(OfflineReasoner):
    """Thinks as the offline reasoner does, which goes by its case alone.

    What it makes of a first round is remembered by all that it was shown. Later rounds look at
    what the play has made of the estate, at a time of its own, and are thought anew.
    """

    planned: ClassVar[Action | None] = None
    """What the present story has planned, in its first round."""

    def next_turn(self, case: Case) -> Turn:
        """Return the next turn, thought now or before."""
        if self.planned is not None and case.agent is Agent.REMEDIATION:
            return _planned(case.incident, self.planned)
        if case.incident.round > 1:
            return super().next_turn(case)
        key = sha256_of([case.agent, case.must_answer, _shown(case)])
        if key not in _thoughts:
            _thoughts[key] = super().next_turn(case)
        return _thoughts[key]


def _planned(incident: Incident, action: Action) -> Turn:
    if incident.round > 1:
        return Turn(thought="", plan=empty_plan(incident, "it was tried", NAME), reasoner=NAME)
    return plan_of_one(incident, action, "It is what the story has planned.", ())


def _shown(case: Case) -> list[object]:
    seen = [
        [step.agent, step.turn, [[one.call, one.status, one.sha256] for one in step.observations]]
        for step in case.transcript
    ]
    return [case.incident.model_dump(mode="json", exclude=_PASSING), seen]
