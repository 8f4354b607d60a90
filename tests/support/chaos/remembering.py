"""A reasoner that thinks the same thought once: it is the dearest part of a play."""

from itops_core.domain.investigation import Case, Turn
from itops_core.domain.values import sha256_of
from itops_core.reasoning.offline.reasoner import OfflineReasoner

_PASSING = {"version", "updated_at", "phases", "execution_arn", "resumes", "approval_id"}
_thoughts: dict[str, Turn] = {}


class RememberingReasoner(OfflineReasoner):
    """Thinks as the offline reasoner does, which goes by its case alone.

    What it makes of a first round is remembered by all that it was shown. Later rounds look at
    what the play has made of the estate, at a time of its own, and are thought anew.
    """

    def next_turn(self, case: Case) -> Turn:
        """Return the next turn, thought now or before."""
        if case.incident.round > 1:
            return super().next_turn(case)
        key = sha256_of([case.agent, case.must_answer, _shown(case)])
        if key not in _thoughts:
            _thoughts[key] = super().next_turn(case)
        return _thoughts[key]


def _shown(case: Case) -> list[object]:
    seen = [
        [step.agent, step.turn, [[one.call, one.status, one.sha256] for one in step.observations]]
        for step in case.transcript
    ]
    return [case.incident.model_dump(mode="json", exclude=_PASSING), seen]
