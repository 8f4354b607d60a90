"""What a past that misleads does to verdicts: every scenario, with lies and accidents on record.

All of it was graded right by a person. A past must not change which causes are found, and not add
one that is invented.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from itops_cli.benchmark.recurrence import APART, ended
from itops_cli.evals.cases import MOMENT, EvalCase, Selection, blamed_in, cases_of, scenario_of
from itops_cli.evals.judging import judged
from itops_cli.investigation import Investigation, Setting, incident_in, investigate
from itops_cli.investigation.silence import logs_silenced
from itops_core.domain.grade import Grade, Mark
from itops_core.domain.incident import Incident
from itops_core.domain.investigation import Step
from itops_core.domain.verdict import RootCause, Verdict, VerdictOutcome
from local_cloud.sandbox.injection import library
from local_cloud.sandbox.recording import recorded
from local_cloud.sandbox.renaming import renamed
from local_cloud.sandbox.scenario import load

_PLACES = (7, 23)
"""Which of the other scenarios lends its cause: as many places behind this one."""


@dataclass(frozen=True)
class History:
    """What is on record when an incident begins."""

    before: tuple[Incident, ...] = ()
    steps: tuple[Step, ...] = ()


Firsts = Mapping[str, Investigation]
"""What each scenario came to some days before, by its slug."""


def misled(slugs: Sequence[str] = ()) -> dict[str, Any]:
    """Return how many causes are right and invented, with each kind of past on record."""
    chosen = [
        case
        for case in cases_of(Selection())
        if not case.is_capsule and (not slugs or case.slug in slugs)
    ]
    with logs_silenced():
        firsts = {case.slug: _first(case) for case in chosen}
        return {
            name: _figures([_judged(case, past(case.slug, firsts)) for case in chosen])
            for name, past in PASTS.items()
        }


def _first(case: EvalCase) -> Investigation:
    scenario = scenario_of(case)
    recording = recorded(scenario, MOMENT - APART.total_seconds())
    setting = Setting(before=recording.incidents, down=frozenset(recording.unreachable))
    return investigate(recording, incident_in(recording, scenario.alarm.name), setting)


def _judged(case: EvalCase, past: History) -> tuple[bool, bool, int, int]:
    scenario = scenario_of(case)
    recording = recorded(scenario, MOMENT)
    incident = incident_in(recording, scenario.alarm.name)
    known = {one.incident_id for one in (*recording.incidents, incident)}
    setting = Setting(
        before=(
            *recording.incidents,
            *(one for one in past.before if one.incident_id not in known),
        ),
        remembered=tuple(step for step in past.steps if step.incident_id not in known),
        down=frozenset(recording.unreachable),
    )
    found = investigate(recording, incident, setting)
    points = judged(found, scenario.truth, blamed_in(scenario))
    return points.right, points.invented, points.unwanted_writes, len(found.steps)


def _figures(points: Sequence[tuple[bool, bool, int, int]]) -> dict[str, int]:
    return {
        "cases": len(points),
        "right_causes": sum(right for right, _, _, _ in points),
        "invented_causes": sum(invented for _, invented, _, _ in points),
        "unwanted_writes": sum(writes for _, _, writes, _ in points),
        "steps": sum(steps for _, _, _, steps in points),
    }


def _nothing(slug: str, firsts: Firsts) -> History:
    del slug, firsts
    return History()


def _all_others(slug: str, firsts: Firsts) -> History:
    """Return the incidents of all other scenarios; those of one alarm are one."""
    others = {one.incident.incident_id: one for name, one in firsts.items() if name != slug}
    return History(
        before=tuple(map(ended, others.values())),
        steps=tuple(step for one in others.values() for step in one.steps),
    )


def _same_alarm(place: int) -> Callable[[str, Firsts], History]:
    """Return another fault on the same service, whose incident this one's alarm had opened."""

    def past(slug: str, firsts: Firsts) -> History:
        victim = firsts[slug].incident
        other = elsewhere(_other(slug, firsts, place), victim.service)
        cause = _cause(other)
        named = ("service", "alarm", "fingerprint", "title", "correlation_key")
        changes = {name: getattr(victim, name) for name in named}
        if cause is None:
            return History((ended(other).model_copy(update=changes),), other.steps)
        return History((_graded(other, cause, **changes),), other.steps)

    return past


def elsewhere(slug: str, service: str) -> Investigation:
    """Return what a scenario comes to where its service has the name of another one."""
    scenario = load(library() / slug, library())
    known = renamed(scenario, {scenario.alarm.service: service, service: scenario.alarm.service})
    recording = recorded(known, MOMENT - APART.total_seconds())
    setting = Setting(before=recording.incidents, down=frozenset(recording.unreachable))
    return investigate(recording, incident_in(recording, known.alarm.name), setting)


def _forged(place: int) -> Callable[[str, Firsts], History]:
    """Return this scenario's own incident of before, told to have had another cause."""

    def past(slug: str, firsts: Firsts) -> History:
        own, cause = firsts[slug], _cause(firsts[_other(slug, firsts, place)])
        fault, mechanism = (cause.fault, cause.mechanism) if cause else ("unknown", "")
        lent = RootCause(component=own.incident.service, fault=fault, mechanism=mechanism)
        return History((_graded(own, lent),), own.steps)

    return past


def _other(slug: str, firsts: Firsts, place: int) -> str:
    """Return a scenario with another cause, of the same kind of thing where there is one."""
    names, mine = sorted(firsts), _cause(firsts[slug])
    behind = [names[(names.index(slug) + place + step) % len(names)] for step in range(len(names))]
    others = [
        one
        for one in behind
        if (cause := _cause(firsts[one])) and (mine is None or cause.fault != mine.fault)
    ]
    alike = [one for one in others if _kind(one) == _kind(slug)]
    return (alike or others)[0]


@cache
def _kind(slug: str) -> str:
    scenario = load(library() / slug, library())
    recording = recorded(scenario, MOMENT)
    service = incident_in(recording, scenario.alarm.name).service
    return next((one.kind for one in recording.catalog if one.entry_id == service), "")


def _cause(found: Investigation) -> RootCause | None:
    return found.verdict.root_cause if found.verdict else None


def _graded(found: Investigation, cause: RootCause, **changes: object) -> Incident:
    at = found.incident.opened_at + timedelta(hours=1)
    verdict = found.verdict or Verdict(
        outcome=VerdictOutcome.FOUND, confidence=0.9, summary="", reasoner="offline"
    )
    told = {"outcome": VerdictOutcome.FOUND, "root_cause": cause, "summary": cause.mechanism}
    grade = Grade(mark=Mark.RIGHT, percent=100, graded_by="dana", graded_at=at)
    return ended(found).model_copy(
        update={**changes, "verdict": verdict.model_copy(update=told), "grade": grade}
    )


PASTS: dict[str, Callable[[str, Firsts], History]] = {
    "nothing_on_record": _nothing,
    "incidents_of_all_others": _all_others,
    "same_alarm_other_cause": _same_alarm(_PLACES[0]),
    "same_alarm_yet_another_cause": _same_alarm(_PLACES[1]),
    "forged_cause_of_the_same": _forged(_PLACES[0]),
}
