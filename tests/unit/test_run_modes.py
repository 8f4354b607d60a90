"""`itops run` over the recorded night: what each mode finds, opens, says and writes down."""

import socket
from pathlib import Path
from typing import Any

import pytest

from itops_cli.running.overrides import configured
from itops_cli.running.plan import Mode, Plan
from itops_cli.running.session import Session, run
from itops_cli.running.watching import opened_by, watched
from itops_core.domain.runbook import MOST_ADDED
from itops_core.errors import InvalidInputError, NotFoundError
from itops_core.stores.runbooks import runbook_named
from tests.support.runs import events_in, ran


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no connection be made: a recorded run needs none."""

    def refused(*_arguments: object) -> None:
        raise AssertionError("a recorded run has no business on the network")

    monkeypatch.setattr(socket.socket, "connect", refused)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def by_component(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["component"]: one for one in document["report"]["findings"]}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A round without the flag."""
    return ran("watchdog", tmp_path_factory.mktemp("made"))


def test_a_round_finds_the_warm_truck_the_silent_truck_and_all_else(made: dict[str, Any]) -> None:
    found = by_component(made)

    assert (found["truck-002"]["kind"], found["truck-002"]["severity"]) == ("excursion", "critical")
    assert (found["truck-003"]["kind"], found["truck-003"]["severity"]) == ("silence", "high")
    assert found["payment-service"]["kind"] == "alarm"
    assert found["carrier-events-dlq"]["kind"] == "queue"
    assert found["proof-batch"]["kind"] == "pipeline"
    assert "truck-004" not in found


def test_the_worst_comes_first_and_every_claim_is_cited(made: dict[str, Any]) -> None:
    report = made["report"]

    worst_first = ["critical", "high", "medium", "low"]
    severities = [one["severity"] for one in report["findings"]]
    assert severities == sorted(severities, key=worst_first.index)
    for finding in report["findings"]:
        for claim in (finding["claim"], *finding["more"]):
            assert all(citation["span"] for citation in claim["citations"])
            assert claim["citations"]


def test_what_is_quiet_is_counted(made: dict[str, Any]) -> None:
    checked = {one["kind"]: one for one in made["report"]["checked"]}

    assert set(checked) == {"devices", "alarms", "queues", "pipelines", "incidents"}
    assert (checked["devices"]["looked_at"], checked["devices"]["quiet"]) == (6, 4)
    assert checked["queues"]["names"] == ["shipment-notes-dlq"]
    assert all(one["is_complete"] for one in checked.values())


def test_without_the_flag_a_round_only_says_what_it_would_open(made: dict[str, Any]) -> None:
    assert {one["outcome"] for one in made["fates"]} == {"would_open"}
    assert all("--allow-write" in one["reason"] for one in made["fates"])


def test_with_the_flag_each_finding_opens_one_incident_however_often_it_is_found(
    tmp_path: Path,
) -> None:
    rounds: list[list[str]] = []

    def twice(session: Session) -> dict[str, Any]:
        for number in range(2):
            session.run_id = f"RUN-{number}"
            fates = watched(session, opened_by(session)).fates
            rounds.append([one.outcome for one in fates])
        opened = list(session.stage.stores.incidents.unfinished())
        return {"status": "done", "opened": [one.service for one in opened]}

    plan = Plan(Mode.WATCHDOG, configured(()), tmp_path, allow_write=True)
    document = run(plan, twice)

    assert rounds == [["opened"] * 6, ["known"] * 6]
    assert document["opened"].count("truck-002") == 1


def test_a_round_about_one_device_looks_at_that_one_alone(tmp_path: Path) -> None:
    document = ran("watchdog", tmp_path, device="truck-003")

    assert list(by_component(document)) == ["truck-003"]
    tools = [one["tool"] for one in events_in(document["log"]) if one["event"] == "tool_call"]
    assert "list_alarms" not in tools


def test_a_device_that_nobody_knows_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="truck-099"):
        ran("watchdog", tmp_path, device="truck-099")

    (log,) = tmp_path.iterdir()
    assert events_in(log)[-1]["status"] == "failed"


def test_an_incident_is_worked_on_with_its_runbook_at_hand(tmp_path: Path) -> None:
    document = ran("incident", tmp_path, runbook=runbook_named("temperature_excursion"))

    assert document["incident"]["root_cause"]["component"] == "truck-002"
    assert document["incident"]["root_cause"]["fault"] == "device_cooling_failure"
    trace = document["runbook"]
    assert len(trace["steps"]) == 5
    assert {one["outcome"] for one in trace["steps"]} >= {"taken", "combined"}
    assert trace["raised"]["device_cooling_failure"] == 1.5
    assert trace["foresaw_cause"] is True
    assert [one["by"] for one in trace["adjusted"]] == [0.03]
    assert sum(one["by"] for one in trace["adjusted"]) <= MOST_ADDED


def test_what_nobody_can_mend_from_afar_goes_to_people(tmp_path: Path) -> None:
    document = ran("incident", tmp_path, device="truck-002")

    assert (document["status"], document["kind"]) == ("escalated", "policy")
    assert {one["outcome"] for one in document["messages"]} == {"refused"}
    escalation = next(one for one in events_in(document["log"]) if one["event"] == "escalation")
    assert escalation["incident_id"] == document["incident"]["incident_id"]


def test_with_the_flag_people_are_paged_and_a_ticket_is_kept(tmp_path: Path) -> None:
    document = ran("incident", tmp_path, device="truck-002", allow_write=True)

    told = {one["tool"]: one["outcome"] for one in document["messages"]}
    assert told == {"publish_sns_escalation": "sent", "create_ticket": "sent"}


def test_the_silent_truck_gets_the_runbook_for_silence(tmp_path: Path) -> None:
    document = ran("incident", tmp_path, device="truck-003")

    assert document["runbook"]["runbook"] == "device_silence"
    assert len(document["runbook"]["steps"]) == 4
    assert document["incident"]["root_cause"]["fault"] == "device_battery_empty"


def test_a_runbook_that_does_not_fit_is_overruled_by_evidence(tmp_path: Path) -> None:
    document = ran(
        "incident", tmp_path, device="truck-002", runbook=runbook_named("device_silence")
    )

    assert document["incident"]["root_cause"]["fault"] == "device_cooling_failure"
    assert document["runbook"]["foresaw_cause"] is False


def test_what_a_runbook_did_not_foresee_is_reported(tmp_path: Path) -> None:
    document = ran(
        "incident", tmp_path, device="truck-002", runbook=runbook_named("pipeline_failed")
    )

    sources = {one["source"] for one in document["runbook"]["unforeseen"]}
    assert "monitoring.get_metrics" in sources
    assert {one["outcome"] for one in document["runbook"]["steps"]} <= {"skipped", "taken"}


def test_what_the_gate_would_let_happen_is_named_and_not_done(tmp_path: Path) -> None:
    document = ran("incident", tmp_path, runbook=runbook_named("ecs_memory"), allow_write=True)

    assert document["incident"]["root_cause"]["fault"] == "memory_exhaustion"
    assert document["status"] == "would_remediate"
    assert document["reason"].startswith("restart_ecs_service: ")
    assert "gate:auto" in document["path"]


def test_a_quiet_device_is_no_incident(tmp_path: Path) -> None:
    document = ran("incident", tmp_path, device="truck-005")

    assert document["status"] == "quiet"
    assert "truck-005" in document["reason"]


def test_a_hand_over_is_short_and_by_severity(tmp_path: Path) -> None:
    document = ran("briefing", tmp_path)

    briefing, text = document["briefing"], document["text"]
    assert [one["severity"] for one in briefing["open"]] == ["high", "medium"]
    assert briefing["found"][0]["severity"] == "critical"
    assert len(briefing["decide"]) == 1
    assert len(briefing["happened"]) == 2
    assert any("truck-002" in one for one in briefing["watch"])
    assert len(text) < 40


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"mode": Mode.WATCHDOG, "runbook": runbook_named("ecs_memory")}, "--runbook"),
        ({"mode": Mode.BRIEFING, "device": "truck-002"}, "--device"),
        ({"mode": Mode.BRIEFING, "allow_write": True}, "--allow-write"),
        ({"mode": Mode.WATCHDOG, "device": "truck 002; rm -rf"}, "no device id"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    options: dict[str, Any], why: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidInputError, match=why):
        Plan(config=configured(()), log_dir=tmp_path, **options)


def test_a_reasoner_that_is_not_there_is_refused_before_anything_is_written(
    tmp_path: Path,
) -> None:
    with pytest.raises(InvalidInputError, match="oracle"):
        Plan(Mode.WATCHDOG, configured(()), tmp_path, reasoner="oracle")

    assert list(tmp_path.iterdir()) == []
