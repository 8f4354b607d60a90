"""An incident that was there before is recognised, and takes a fraction of the first time."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

import pytest

from itops_cli.benchmark.decoys import elsewhere
from itops_cli.benchmark.recurrence import Twice, ended, told, twice, with_model_played
from itops_cli.capsules.export import capsule_of
from itops_cli.capsules.replaying import thought_anew
from itops_cli.investigation import Investigation, Setting, incident_in, investigate
from itops_core.domain.grade import Grade, Mark
from itops_core.domain.incident import Incident, Status
from itops_core.domain.investigation import Agent, ObservationStatus
from itops_core.domain.past import Past, is_same
from itops_core.domain.verdict import RootCause, VerdictOutcome
from itops_core.reasoning.offline.choosing import Bar
from itops_core.reasoning.offline.recurrence import decisive_questions
from itops_core.reasoning.probing import NAME
from itops_core.settings import config
from local_cloud.sandbox.injection import library
from local_cloud.sandbox.recording import recorded
from local_cloud.sandbox.scenario import load

MOMENT = 1_800_000_000.0
SOME = ("payment-oom", "pipeline-throttled-table", "logs-not-to-be-read")
"""All of them: tests/evals/test_recurrences.py."""
TWO_FIFTHS = 0.4
LOOKING = (Agent.TRIAGE, Agent.ROOT_CAUSE)


@cache
def both(slug: str) -> Twice:
    return twice(slug)


def looked_into(slug: str, *past: Incident, first: Investigation | None = None) -> Investigation:
    scenario = load(library() / slug, library())
    recording = recorded(scenario, MOMENT)
    setting = Setting(before=(*recording.incidents, *past), remembered=first.steps if first else ())
    return investigate(recording, incident_in(recording, scenario.alarm.name), setting)


@cache
def with_nothing_on_record() -> Investigation:
    return looked_into("payment-oom")


@cache
def misled_by_a_deployment() -> tuple[Incident, Investigation]:
    """Another fault of the same service, whose incident the same alarm had opened."""
    first = elsewhere("bad-deploy-5xx", "payment-service")
    misled = _as_if(first, both("payment-oom").first.incident)
    return misled, looked_into("payment-oom", misled, first=first)


@cache
def too_little_is_asked_first() -> Investigation:
    scenario = load(library() / "payment-oom", library())
    recording = recorded(scenario, MOMENT)
    incident = incident_in(recording, scenario.alarm.name)
    known = past_of(both("payment-oom").again)
    past = known.model_copy(update={"probes": known.probes[:1], "hints": ()})
    return investigate(recording, incident.model_copy(update={"past": past}), Setting())


def past_of(found: Investigation) -> Past:
    assert found.incident.past is not None
    return found.incident.past


@pytest.mark.parametrize("slug", SOME)
def test_the_second_time_takes_two_fifths_of_the_steps_and_comes_to_the_same(slug: str) -> None:
    case = both(slug)

    assert case.is_same
    assert case.share <= TWO_FIFTHS
    assert len(case.again.observations) < len(case.first.observations)


def test_a_verdict_says_that_it_recurs_and_which_ones_came_before() -> None:
    case = both("payment-oom")
    again, verdict = case.again.incident.recurrence, case.again.verdict

    assert again is not None
    assert (again.count, again.incident_ids) == (1, (case.first.incident.incident_id,))
    assert verdict is not None
    assert f"It recurs: found once before since 2027-01-12 ({again.incident_ids[0]})" in (
        verdict.summary
    )
    assert case.first.incident.recurrence is None


def test_a_verdict_that_recurs_rests_on_evidence_of_this_incident_alone() -> None:
    case = both("payment-oom")
    verdict = case.again.verdict
    own = {one.evidence_id for one in case.again.evidence}
    before = {one.evidence_id for one in case.first.evidence}

    assert verdict is not None
    cited = {one.evidence_id for claim in verdict.claims for one in claim.citations}
    assert cited
    assert cited <= own
    assert not cited & before


def test_an_execution_of_then_is_not_asked_about_again() -> None:
    case = both("pipeline-throttled-table")
    then = {
        seen.call.arguments.get("execution_arn")
        for seen in case.first.observations
        if "execution_arn" in seen.call.arguments
    }
    now = [
        seen.call.arguments["execution_arn"]
        for seen in case.again.observations
        if "execution_arn" in seen.call.arguments
    ]

    assert now
    assert not then & set(now)


def test_what_is_asked_first_is_moved_to_the_time_of_this_incident() -> None:
    case = both("payment-oom")
    changes = [one for one in past_of(case.again).probes if one.tool == "list_recent_changes"]
    opened = case.again.incident.opened_at

    assert changes
    assert (
        opened - timedelta(hours=1)
        < datetime.fromisoformat(changes[0].arguments["before"])
        <= opened
    )


def test_the_same_alarm_with_another_cause_is_not_taken_for_the_same() -> None:
    misled, found = misled_by_a_deployment()

    assert found.verdict is not None
    assert found.verdict.root_cause is not None
    assert found.verdict.root_cause.fault == "memory_exhaustion"
    assert found.incident.recurrence is None
    assert past_of(found).probes
    (hint,) = [one for one in past_of(found).hints if one.source_id == misled.incident_id]
    assert hint.fault == "bad_deployment"
    assert not is_same(hint, found.verdict)


def test_probes_that_do_not_decide_it_are_a_step_of_their_own() -> None:
    found = too_little_is_asked_first()

    assert found.steps[0].turn.reasoner == NAME
    assert found.steps[0].turn.verdict is None
    assert {step.agent for step in found.steps} == {
        Agent.TRIAGE, Agent.ROOT_CAUSE, Agent.REMEDIATION,
    }  # fmt: skip
    assert found.verdict is not None
    assert found.verdict.root_cause is not None
    assert found.verdict.root_cause.fault == "memory_exhaustion"


def test_probes_that_do_not_decide_it_change_nothing_of_what_follows() -> None:
    found, plain = too_little_is_asked_first(), with_nothing_on_record()

    assert [step.turn.calls for step in found.steps[1:] if step.agent in LOOKING] == [
        step.turn.calls for step in plain.steps if step.agent in LOOKING
    ]
    assert found.verdict is not None
    assert plain.verdict is not None
    assert found.verdict.root_cause == plain.verdict.root_cause
    assert found.verdict.confidence == plain.verdict.confidence
    assert [one.text for one in found.verdict.claims] == [one.text for one in plain.verdict.claims]


def test_changes_are_asked_about_until_now_whenever_the_alarm_rang_then() -> None:
    first, plain = both("payment-oom").first, with_nothing_on_record()
    late = first.incident.opened_at + timedelta(minutes=4)
    before = first.incident.model_copy(update={"opened_at": late})
    rules = config().reasoning

    probes, _ = decisive_questions(
        before, first.steps, plain.incident, Bar(rules.found_at, rules.lead)
    )

    asked = [one for one in probes if one.tool == "list_recent_changes"]
    assert asked
    assert asked[0] in [seen.call for seen in plain.observations]


def test_what_a_person_found_wrong_is_not_gone_by() -> None:
    first = both("payment-oom").first
    wrong = ended(first).model_copy(
        update={
            "grade": Grade(
                mark=Mark.WRONG, percent=0, graded_by="dana", graded_at=first.incident.opened_at
            )
        }
    )

    found = looked_into("payment-oom", wrong, first=first)

    assert past_of(found).earlier == ()
    assert past_of(found).probes == ()
    assert found.incident.recurrence is None
    assert len(found.steps) == len(first.steps)


def test_where_another_incident_of_the_service_is_open_it_may_be_a_duplicate() -> None:
    first = both("payment-oom").first
    opened = first.incident.opened_at
    is_open = first.incident.model_copy(
        update={"incident_id": "INC-0000000A", "triage": None, "verdict": None, "plan": None}
    )

    found = looked_into("payment-oom", ended(first), is_open, first=first)

    assert past_of(found).probes == ()
    assert found.incident.status is Status.DUPLICATE
    assert found.incident.duplicate_of == "INC-0000000A"
    assert opened < found.incident.opened_at


def test_what_was_remembered_stays_as_it_was_taken_down() -> None:
    case = both("payment-oom")
    scenario = load(library() / case.slug, library())
    recording = recorded(scenario, MOMENT)
    begun = incident_in(recording, scenario.alarm.name).model_copy(
        update={"past": past_of(case.again)}
    )

    resumed = investigate(recording, begun, Setting())

    assert resumed.incident.past == case.again.incident.past
    assert resumed.verdict == case.again.verdict
    assert len(resumed.steps) == len(case.again.steps)


def test_a_repeat_of_a_recognised_incident_changes_nothing() -> None:
    case = both("payment-oom")
    scenario = load(library() / case.slug, library())
    recording = recorded(scenario, MOMENT)
    lost = case.again.incident.model_copy(
        update={"triage": None, "severity": None, "verdict": None, "plan": None,
                "recurrence": None, "previews": (), "decision": None, "status": Status.TRIAGING}
    )  # fmt: skip
    history = (case.again.steps, case.again.evidence)

    resumed = investigate(recording, lost, replace(Setting(), history=history))

    assert resumed.steps == case.again.steps
    assert resumed.verdict == case.again.verdict
    assert resumed.incident.severity == case.again.incident.severity


def test_a_source_that_did_not_answer_then_is_asked_again() -> None:
    case = both("logs-not-to-be-read")
    silent = {
        (seen.call.tool, seen.status)
        for seen in case.again.observations
        if seen.status is not ObservationStatus.OK
    }

    assert silent
    assert case.again.verdict is not None
    assert case.again.verdict.outcome is VerdictOutcome.UNRESOLVED
    assert case.first.verdict is not None
    assert {gap.source for gap in case.again.verdict.gaps} == {
        gap.source for gap in case.first.verdict.gaps
    }
    assert case.again.incident.recurrence is None


def test_capsules_of_known_incidents_and_of_misleading_ones_replay_to_the_byte() -> None:
    catalog = recorded(load(library() / "payment-oom", library()), MOMENT).catalog

    for found in (both("payment-oom").again, too_little_is_asked_first()):
        capsule = capsule_of(found, catalog, "again")
        assert thought_anew(capsule).is_exact


def test_a_played_model_takes_two_fifths_of_the_tokens_the_second_time() -> None:
    figures = told([with_model_played(both("payment-oom"))])

    assert figures["worst_share_of_steps"] <= TWO_FIFTHS
    assert figures["worst_share_of_tokens"] <= TWO_FIFTHS
    assert figures["otherwise_than_the_first_time"] == []


def _as_if(first: Investigation, victim: Incident) -> Incident:
    """Return what was found elsewhere as if the victim's alarm had opened it."""
    assert first.verdict is not None
    assert first.verdict.root_cause is not None
    cause = RootCause(
        component=victim.service, fault=first.verdict.root_cause.fault, mechanism="So it was."
    )
    names = ("service", "alarm", "fingerprint", "title", "correlation_key")
    changes = {name: getattr(victim, name) for name in names}
    verdict = first.verdict.model_copy(update={"root_cause": cause})
    graded = Grade(
        mark=Mark.RIGHT, percent=100, graded_by="dana", graded_at=first.incident.opened_at
    )
    return ended(first).model_copy(update={**changes, "verdict": verdict, "grade": graded})
