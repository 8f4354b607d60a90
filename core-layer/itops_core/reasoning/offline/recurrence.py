"""Which questions decided an incident: the fewest whose answers alone lead to the same verdict.

When the same alarm rings again they are asked first, all at once. They are taken from what was
asked then and found by leaving out, one after another, every answer without which the verdict
would have been the same and as sure: nothing is concluded on less than before.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from itops_core.domain.incident import Incident
from itops_core.domain.investigation import (
    Agent,
    Case,
    Observation,
    ObservationStatus,
    Step,
    ToolCall,
    Turn,
)
from itops_core.domain.verdict import TriageVerdict, Verdict
from itops_core.reasoning.offline.choosing import Bar
from itops_core.reasoning.offline.diagnosis import NAME
from itops_core.reasoning.offline.questions import all_questions, identity
from itops_core.reasoning.offline.root_cause import diagnose
from itops_core.reasoning.offline.scene import Scene
from itops_core.reasoning.offline.triage import as_triage_sees, triage

_MOST = 32
"""Where more than so many are needed, it is looked into as if it were new."""
_AS_SURE = 0.02
_LOOKING = (Agent.TRIAGE, Agent.ROOT_CAUSE)
_OF_ONE_TIME = {"execution_arn", "task_arn", "cursor"}
"""Arguments that name what is gone by the next time."""
_LISTS = "list_failed_executions"
_CHANGES = "list_recent_changes"
_PEOPLE_ASIDE = {"list_incidents", "search_incidents", "get_evidence"}
"""What tells of other incidents, or pages through an answer: nothing to ask first."""


def decisive_questions(
    before: Incident, steps: Sequence[Step], now: Incident, bar: Bar
) -> tuple[tuple[ToolCall, ...], tuple[str, ...]]:
    """Return the questions that decided `before`, as they are to be asked of `now`.

    Beside them stand the tools that are asked next, about what the answers name: an execution
    that failed then is not the one that failed now. Nothing is asked again of an incident in
    which nobody asked who this service is: it was about something else. Where a model saw more
    in the answers than code does, those are asked that it cites.
    """
    seen = _distinct(steps)
    if not any(one.call.arguments.get("name") == now.service for one in seen):
        return (), ()
    kept = _fewest(_Rehearing(_unjudged(before), bar), seen, before.verdict) or _cited(before, seen)
    passing = [one for one in kept if _OF_ONE_TIME & set(one.call.arguments)]
    lasting = [one for one in kept if one not in passing]
    if passing:
        lasting += [one for one in seen if one.call.tool == _LISTS and one not in lasting]
    if len(lasting) > _MOST:
        return (), ()
    by = now.opened_at - before.opened_at
    names = dict.fromkeys(f"{one.call.server}.{one.call.tool}" for one in passing)
    asked = (_moved(one.call, by) for one in lasting)
    return tuple(_until(one, _changes_until(now)) for one in asked), tuple(names)


@dataclass(frozen=True)
class _Rehearing:
    """The earlier incident, thought through again on some of the answers."""

    incident: Incident
    bar: Bar

    def verdict(self, seen: Iterable[Observation]) -> Verdict | None:
        """Return the verdict, or `None` where more would be asked first."""
        return diagnose(self._case(Agent.ROOT_CAUSE, seen), self.bar).verdict

    def severity(self, seen: Iterable[Observation]) -> TriageVerdict | None:
        """Return how bad it is."""
        case = self._case(Agent.TRIAGE, seen).model_copy(update={"must_answer": True})
        return triage(as_triage_sees(case), self.bar).triage

    def _case(self, agent: Agent, seen: Iterable[Observation]) -> Case:
        step = Step(
            incident_id=self.incident.incident_id,
            number=1,
            agent=Agent.ROOT_CAUSE,
            round=1,
            turn=Turn(thought="", reasoner=NAME),
            observations=tuple(seen),
            started_at=self.incident.opened_at,
            duration_ms=0,
        )
        return Case(incident=self.incident, agent=agent, transcript=(step,))


def _fewest(
    again: _Rehearing, seen: Sequence[Observation], told: Verdict | None
) -> tuple[Observation, ...]:
    """Return the fewest answers that lead to what was `told`; nothing where all of them do not."""
    whole, severity = again.verdict(seen), again.severity(seen)
    if whole is None or severity is None or told is None or not _is_same(whole, told):
        return ()
    left = list(seen)
    for one in reversed(seen):
        fewer = [other for other in left if other is not one]
        verdict, rated = again.verdict(fewer), again.severity(fewer)
        if (
            verdict is not None
            and rated is not None
            and rated.severity is severity.severity
            and _as_good(verdict, whole)
        ):
            left = fewer
    return tuple(left)


def _is_same(one: Verdict, other: Verdict) -> bool:
    cause, known = one.root_cause, other.root_cause
    return one.outcome is other.outcome and (
        (cause and (cause.component, cause.fault)) == (known and (known.component, known.fault))
    )


def _as_good(verdict: Verdict, whole: Verdict) -> bool:
    return (
        _is_same(verdict, whole)
        and verdict.change_id == whole.change_id
        and {gap.source for gap in verdict.gaps} == {gap.source for gap in whole.gaps}
        and verdict.confidence >= whole.confidence - _AS_SURE
    )


def _distinct(steps: Sequence[Step]) -> tuple[Observation, ...]:
    """Return what was seen in the first round on the way to the verdict, each question once."""
    found: dict[str, Observation] = {}
    for step in steps:
        if step.round != 1 or step.agent not in _LOOKING:
            continue
        for seen in step.observations:
            is_open = seen.status is not ObservationStatus.REFUSED
            if is_open and seen.call.tool not in _PEOPLE_ASIDE:
                found[identity(seen.call)] = seen
    return tuple(found.values())


def _cited(before: Incident, seen: Sequence[Observation]) -> tuple[Observation, ...]:
    claims = before.verdict.claims if before.verdict else ()
    cited = {one.evidence_id for claim in claims for one in claim.citations}
    always = {"get_catalog_entry", "get_cloudwatch_alarm_state"}
    return tuple(one for one in seen if one.evidence_id in cited or one.call.tool in always)


def _unjudged(before: Incident) -> Incident:
    """Return the incident as it was before anybody had looked at it."""
    anew: dict[str, Any] = {
        "round": 1, "triage": None, "verdict": None, "plan": None, "actions": (), "past": None,
    }  # fmt: skip
    reported = before.severity if before.alarm is None else None
    return before.model_copy(update={**anew, "severity": reported})


def _moved(call: ToolCall, by: timedelta) -> ToolCall:
    """Return a question of then with its moments moved to now."""
    told = {key: _at(value, by) for key, value in call.arguments.items()}
    return call.model_copy(update={"arguments": told})


def _changes_until(now: Incident) -> str:
    """Return until when changes are asked about in this incident.

    The same alarm may ring sooner or later after it began: moved by when it rang, the question of
    then could end before the change of now.
    """
    scene = Scene(Case(incident=now, agent=Agent.ROOT_CAUSE))
    calls = (one.call for one in all_questions(scene) if one.call.tool == _CHANGES)
    return next((str(one.arguments["before"]) for one in calls), "")


def _until(call: ToolCall, moment: str) -> ToolCall:
    if call.tool != _CHANGES or not moment or "before" not in call.arguments:
        return call
    return call.model_copy(update={"arguments": {**call.arguments, "before": moment}})


def _at(value: object, by: timedelta) -> object:
    if not isinstance(value, str) or not value[:4].isdigit():
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    return (moment + by).isoformat() if moment.tzinfo else value
