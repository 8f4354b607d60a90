"""The triage and root cause agents on real tables: what they leave there, and run twice."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import pytest

from itops_core.domain.incident import Incident, Status, open_incident
from itops_core.domain.investigation import Agent, Case, Step, Turn
from itops_core.domain.values import utc_now
from itops_core.domain.verdict import Severity, TriageVerdict, Verdict, VerdictOutcome
from itops_core.reasoning.engine import StepEngine
from itops_core.reasoning.step_outcome import StepOutcome
from itops_core.settings import bundled, config
from itops_core.wiring import reasoners, stores, tools
from local_cloud.sandbox.scenario import load
from root_cause_agent.agent import RootCauseAgent
from root_cause_agent.handler import handler as root_cause_handler
from tests.support.accounts import Account, forget_wiring
from tests.support.calls import Context
from tests.support.rehearsal import Rehearsal
from triage_agent.agent import TriageAgent
from triage_agent.handler import handler as triage_handler

pytest_plugins = ("tests.emulator",)
pytestmark = pytest.mark.usefixtures("process")


@pytest.fixture
def _fresh_wiring(process: Account) -> Iterator[None]:
    assert process.account_id
    cached = (reasoners.step_engine, reasoners.reasoners, tools.toolbox, tools.gateway)
    for one in cached:
        one.cache_clear()
    yield
    for one in cached:
        one.cache_clear()


class Says:
    """A reasoner that answers at once, the same every time."""

    name = "claude"
    is_paid = False

    def __init__(self, **answer: Any) -> None:  # noqa: ANN401
        self._turn = Turn(thought="So.", reasoner="claude", **answer)

    def next_turn(self, case: Case) -> Turn:
        assert case.incident is not None
        return self._turn


def stored(case: Rehearsal | None = None, **changes: Any) -> Incident:  # noqa: ANN401
    incident = case.stores.incident if case else an_incident()
    return stores.incidents().create(Incident.model_validate({**dict(incident), **changes}))


def an_incident(title: str = "Payments fail") -> Incident:
    return open_incident(title, "payment-service", utc_now(), fingerprint=title)


def rehearsed() -> Rehearsal:
    return Rehearsal(load("payment-oom", bundled("scenarios")))


def engine(agent: Agent, case: Rehearsal | None = None, says: Says | None = None) -> StepEngine:
    rehearsal = (case or rehearsed()).engine(agent)
    thinkers = (says,) if says else rehearsal.reasoners
    return StepEngine(
        stores.incidents(),
        stores.agent_state(),
        rehearsal.toolbox,
        thinkers,
        config().budget,
        config().reasoning.lone_confidence,
    )


def triager(case: Rehearsal | None = None, says: Says | None = None) -> TriageAgent:
    return TriageAgent(engine(Agent.TRIAGE, case, says), stores.incidents(), utc_now)


def investigator(case: Rehearsal | None = None, says: Says | None = None) -> RootCauseAgent:
    return RootCauseAgent(engine(Agent.ROOT_CAUSE, case, says), stores.incidents(), utc_now)


def finished(step: Any, incident_id: str) -> Mapping[str, Any]:  # noqa: ANN401
    for _ in range(12):
        answer: dict[str, Any] = step(incident_id)
        if answer["outcome"] != "continue":
            return answer
    raise AssertionError("it never ended")


def duplicate_of(incident_id: str) -> Says:
    return Says(
        triage=TriageVerdict(
            severity=Severity.LOW, summary="Again.", duplicate_of=incident_id, reasoner="claude"
        )
    )


def test_an_incident_goes_from_open_to_a_cause_with_evidence_that_resolves() -> None:
    case = rehearsed()
    incident_id = stored(case).incident_id

    triaged = finished(triager(case).triage, incident_id)
    judged = finished(investigator(case).investigate, incident_id)

    incident = stores.incidents().get(incident_id)
    assert (triaged["outcome"], triaged["severity"]) == ("investigate", "high")
    assert judged["outcome"] == "found"
    assert incident.status is Status.INVESTIGATING
    assert incident.severity is Severity.HIGH
    assert incident.verdict is not None
    for claim in incident.verdict.claims:
        for citation in claim.citations:
            kept = stores.agent_state().get_evidence(incident_id, citation.evidence_id)
            assert kept.is_intact()
            assert citation.quote in kept.text
    steps = stores.agent_state().steps(incident_id)
    told = stores.incidents().timeline(incident_id).items
    assert [event.kind for event in told].count("step") == len(steps)


def test_an_agent_run_again_answers_as_before_and_thinks_nothing_new() -> None:
    case = rehearsed()
    incident_id = stored(case).incident_id
    first = finished(triager(case).triage, incident_id)
    cause = finished(investigator(case).investigate, incident_id)
    before = (stores.incidents().get(incident_id), stores.agent_state().steps(incident_id))

    again = triager(case).triage(incident_id), investigator(case).investigate(incident_id)

    assert again == (first, cause)
    assert (stores.incidents().get(incident_id), stores.agent_state().steps(incident_id)) == before


@pytest.mark.parametrize("status", [Status.RESOLVED, Status.CLOSED])
def test_an_incident_that_a_person_ended_is_left_alone(status: Status) -> None:
    incident = stored(status=status)

    assert triager().triage(incident.incident_id)["outcome"] == "stopped"
    assert investigator().investigate(incident.incident_id)["outcome"] == "stopped"
    assert stores.agent_state().steps(incident.incident_id) == ()


def test_a_repeat_of_an_open_incident_is_linked_to_it_on_both_sides() -> None:
    original = stored(status=Status.INVESTIGATING)
    repeat = stored()

    answer = triager(says=duplicate_of(original.incident_id)).triage(repeat.incident_id)

    linked = stores.incidents().get(repeat.incident_id)
    assert answer["outcome"] == "duplicate"
    assert linked.status is Status.DUPLICATE
    assert linked.duplicate_of == original.incident_id
    for incident_id in (original.incident_id, repeat.incident_id):
        events = stores.incidents().timeline(incident_id).items
        assert [event.kind for event in events].count("linked") == 1
    again = triager(says=duplicate_of(original.incident_id)).triage(repeat.incident_id)
    assert again["outcome"] == "stopped"


@pytest.mark.parametrize(
    "other",
    [
        {"service": "orders"},
        {"status": Status.RESOLVED},
        {"opened_at": "2099-01-01T00:00:00Z"},
    ],
    ids=lambda other: next(iter(other)),
)
def test_a_repeat_that_cannot_be_one_is_investigated_whatever_a_model_says(
    other: dict[str, Any],
) -> None:
    original = stored(**other)
    repeat = stored()

    answer = triager(says=duplicate_of(original.incident_id)).triage(repeat.incident_id)

    assert answer["outcome"] == "investigate"
    assert stores.incidents().get(repeat.incident_id).duplicate_of is None


@pytest.mark.parametrize("named", ["INC-00000000", None], ids=["nobody", "itself"])
def test_an_incident_repeats_neither_nobody_nor_itself(named: str | None) -> None:
    incident_id = stored().incident_id

    answer = triager(says=duplicate_of(named or incident_id)).triage(incident_id)

    assert answer["outcome"] == "investigate"


def test_nobody_s_report_is_talked_down() -> None:
    incident_id = stored(severity=Severity.HIGH).incident_id
    calm = Says(triage=TriageVerdict(severity=Severity.LOW, summary="Calm.", reasoner="claude"))

    answer = triager(says=calm).triage(incident_id)

    assert answer["severity"] == "high"


def test_a_second_round_is_judged_anew() -> None:
    case = rehearsed()
    incident_id = stored(case).incident_id
    finished(investigator(case).investigate, incident_id)
    stores.incidents().update(incident_id, lambda one: one.changed(utc_now(), round=2))
    unsure = Verdict(
        outcome=VerdictOutcome.UNRESOLVED, confidence=0.1, summary="No.", reasoner="claude"
    )

    answer = investigator(case, Says(verdict=unsure)).investigate(incident_id)

    verdict = stores.incidents().get(incident_id).verdict
    assert answer["outcome"] == "unresolved"
    assert verdict is not None
    assert verdict.outcome is VerdictOutcome.UNRESOLVED


@pytest.mark.usefixtures("_fresh_wiring")
def test_with_every_tool_server_out_of_reach_the_functions_still_end_with_gaps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for server in ("MONITORING", "INCIDENT", "OPERATIONS"):
        monkeypatch.setenv(f"{server}_SERVER_FUNCTION", f"no-such-{server.lower()}")
    monkeypatch.setenv("ITOPS_REASONER", "offline")
    forget_wiring()
    incident_id = stored(rehearsed()).incident_id
    context: Any = Context()

    def triaging(one: str) -> Mapping[str, Any]:
        return triage_handler({"incident_id": one}, context)

    def investigating(one: str) -> Mapping[str, Any]:
        return root_cause_handler({"incident_id": one}, context)

    triaged = finished(triaging, incident_id)
    judged = finished(investigating, incident_id)

    verdict = stores.incidents().get(incident_id).verdict
    assert triaged["outcome"] == "investigate"
    assert judged["outcome"] == "unresolved"
    assert verdict is not None
    assert "monitoring.get_metrics" in {gap.source for gap in verdict.gaps}


class Concluding(StepEngine):
    """An engine whose step has been taken, with this answer."""

    def __init__(self, **answer: Any) -> None:  # noqa: ANN401
        self._told = answer

    def take_step(
        self, incident_id: str, agent: Agent, *, not_before: datetime | None = None
    ) -> StepOutcome:
        turn = Turn(thought="So.", reasoner="claude", **self._told)
        step = Step(
            incident_id=incident_id,
            number=1,
            agent=agent,
            round=1,
            turn=turn,
            started_at=not_before or utc_now(),
            duration_ms=1,
        )
        return StepOutcome(stores.incidents().get(incident_id), step)


@pytest.mark.parametrize(("reported", "outcome"), [(True, "unresolved"), (False, "healthy")])
def test_what_a_person_reported_is_not_closed_because_nothing_is_seen(
    *, reported: bool, outcome: str
) -> None:
    case = rehearsed()
    incident_id = stored(case, **({"alarm": None} if reported else {})).incident_id
    calm = Verdict(
        outcome=VerdictOutcome.HEALTHY, confidence=0.9, summary="All is well.", reasoner="claude"
    )

    agent = RootCauseAgent(Concluding(verdict=calm), stores.incidents(), utc_now)

    answer = agent.investigate(incident_id)
    again = agent.investigate(incident_id)

    verdict = stores.incidents().get(incident_id).verdict
    assert answer == again
    assert answer["outcome"] == outcome
    assert verdict is not None
    assert verdict.outcome.value == outcome
    assert verdict.summary.startswith("Nothing is visibly wrong now") is reported


def test_a_severity_that_a_person_gave_is_kept_without_an_alarm_that_says_worse() -> None:
    incident_id = stored(severity=Severity.LOW).incident_id
    loud = TriageVerdict(severity=Severity.HIGH, summary="Bad.", reasoner="claude")
    agent = TriageAgent(Concluding(triage=loud), stores.incidents(), utc_now)
    alarmed = stored(rehearsed(), severity=Severity.LOW).incident_id

    assert agent.triage(incident_id)["severity"] == "low"
    assert agent.triage(alarmed)["severity"] == "high"


def test_the_offline_triage_keeps_a_severity_unless_an_alarm_sounds_now() -> None:
    alarmed = stored(rehearsed(), severity=Severity.LOW).incident_id
    silent = stored(rehearsed(), severity=Severity.LOW, alarm=None).incident_id

    judged = [finished(triager(rehearsed()).triage, one)["severity"] for one in (alarmed, silent)]

    assert judged == ["high", "low"]


def offline_triage(incident: Incident, *others: Incident) -> str:
    """Triage `incident` where `others` are listed beside it, and return what came of it."""
    case = rehearsed()
    case.others = [
        {
            "incident_id": one.incident_id,
            "title": one.title,
            "service": one.service,
            "status": one.status.value,
            "opened_at": one.opened_at.isoformat(),
            "alarm": one.alarm.name if one.alarm else None,
        }
        for one in (incident, *others)
    ]
    return finished(triager(case).triage, incident.incident_id)["outcome"]


def test_of_two_that_see_each_other_exactly_the_later_one_is_the_duplicate() -> None:
    at = utc_now()
    pair = sorted(
        (stored(opened_at=at, title="Cards declined"), stored(opened_at=at, title="Slow page")),
        key=lambda one: one.incident_id,
    )

    outcomes = [offline_triage(one, *pair) for one in reversed(pair)]

    first, later = (stores.incidents().get(one.incident_id) for one in pair)
    assert outcomes == ["duplicate", "investigate"]
    assert (later.duplicate_of, first.duplicate_of) == (first.incident_id, None)
    assert later.triage is not None
    assert f"It is {first.incident_id} again" in later.triage.summary


def test_what_is_no_duplicate_is_not_called_one() -> None:
    over = stored(status=Status.RESOLVED)
    repeat = stored()
    seen_open = over.model_copy(update={"status": Status.INVESTIGATING})

    outcome = offline_triage(repeat, seen_open)

    triage = stores.incidents().get(repeat.incident_id).triage
    assert outcome == "investigate"
    assert triage is not None
    assert "again, which is being worked on" not in triage.summary


def test_a_repeat_of_a_duplicate_repeats_what_that_one_repeats() -> None:
    original = stored()
    between = stored(status=Status.DUPLICATE, duplicate_of=original.incident_id)
    repeat = stored()

    answer = triager(says=duplicate_of(between.incident_id)).triage(repeat.incident_id)

    assert answer["outcome"] == "duplicate"
    assert stores.incidents().get(repeat.incident_id).duplicate_of == original.incident_id
