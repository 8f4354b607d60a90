"""`itops audit`, `itops report`, `itops stats`: what is checked is checked here, not by the API."""

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from itops_cli.commands import audit, incidents, report, stats
from itops_core.domain.audit import AuditEntry, AuditEvent, AuditHead, AuditKind, chained, head_of
from itops_core.domain.report_check import cited_ids
from itops_core.domain.statistics import stats_of
from tests.support.reports import AT, ID, LOGS, METRIC, a_report
from tests.unit.cli_server import TOKEN, ApiServer, serving

APPS = {
    "audit": audit.app,
    "report": report.app,
    "stats": stats.app,
    "incidents": incidents.app,
}


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Generator[ApiServer]:
    with serving() as server:
        monkeypatch.setenv("ITOPS_API_URL", server.url)
        monkeypatch.setenv("ITOPS_API_TOKEN", TOKEN)
        yield server


def itops(group: str, *words: str) -> Result:
    return CliRunner().invoke(APPS[group], words)


def entries(count: int) -> list[AuditEntry]:
    found: list[AuditEntry] = []
    head: AuditHead | None = None
    for number in range(count):
        event = AuditEvent(
            chain=ID, event_id=str(number), at=AT, kind=AuditKind.DECISION, actor="gate",
            message=f"auto: {number}",
        )  # fmt: skip
        found.append(chained(event, head))
        head = head_of(found[-1])
    return found


def dumped(values: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"items": [value.model_dump(mode="json") for value in values], "cursor": None}


def on_record(api: ApiServer, shown: list[AuditEntry], head: AuditHead) -> None:
    api.answers("GET", "/audit", dumped(shown))
    api.answers("GET", "/audit/heads", dumped([head]))


def test_a_log_that_holds_is_told_so_and_listed(api: ApiServer) -> None:
    three = entries(3)
    on_record(api, three, head_of(three[-1]))

    held, listed = itops("audit", "verify"), itops("audit", "list")

    assert (held.exit_code, "3 entries in 1 chain hold" in held.output) == (0, True)
    assert listed.output.count("decision") == 3


def test_a_missing_entry_is_named_and_ends_with_1(api: ApiServer) -> None:
    three = entries(3)
    on_record(api, [three[0], three[2]], head_of(three[-1]))

    failed = itops("audit", "verify")

    assert failed.exit_code == 1
    assert f"{ID} entry 2: missing" in failed.output


def test_a_log_written_to_a_file_is_checked_from_it_and_against_kept_heads(
    api: ApiServer, tmp_path: Path
) -> None:
    three = entries(3)
    on_record(api, three, head_of(three[-1]))
    listed, kept = tmp_path / "log.json", tmp_path / "heads.json"
    kept.write_text(itops("audit", "verify", "--json").output)
    on_record(api, three[:2], head_of(three[1]))
    listed.write_text(itops("audit", "list", "--json").output)

    alone = itops("audit", "verify", "--file", str(listed))
    against = itops("audit", "verify", "--file", str(listed), "--kept", str(kept))

    assert (alone.exit_code, against.exit_code) == (0, 1)
    assert "the chain had 3 entries" in against.output


def reported(api: ApiServer) -> None:
    whole = a_report()
    api.answers("GET", f"/incidents/{ID}/report", whole.model_dump(mode="json"))
    for evidence in (METRIC, LOGS):
        path = f"/incidents/{ID}/evidence/{evidence.evidence_id}"
        api.answers("GET", path, evidence.model_dump(mode="json"))


def test_a_report_of_the_api_is_checked_against_evidence_fetched_for_it(api: ApiServer) -> None:
    reported(api)

    held = itops("report", "verify", ID, "--json")

    assert (held.exit_code, json.loads(held.output)["holds"]) == (0, True)
    assert json.loads(held.output)["evidence"] == len(cited_ids(a_report()))


def test_evidence_that_was_changed_behind_the_api_fails_the_report(api: ApiServer) -> None:
    reported(api)
    changed = LOGS.model_copy(update={"content": {**LOGS.content, "count": 4}})
    path = f"/incidents/{ID}/evidence/{LOGS.evidence_id}"
    api.answers("GET", path, changed.model_dump(mode="json"))

    failed = itops("report", "verify", ID)

    assert failed.exit_code == 1
    assert "the evidence was changed" in failed.output


@pytest.mark.parametrize(
    ("form", "told"),
    [("text", "Payments fail"), ("md", "# INC-"), ("html", "<svg"), ("slack", '"plain_text"')],
)
def test_a_report_is_printed_in_any_form(api: ApiServer, form: str, told: str) -> None:
    reported(api)

    assert told in itops("incidents", "report", ID, "--format", form).output


def test_a_report_printed_with_its_evidence_is_one_that_can_be_checked(
    api: ApiServer, tmp_path: Path
) -> None:
    reported(api)
    path = tmp_path / "report.json"
    path.write_text(itops("incidents", "report", ID, "--with-evidence").output, encoding="utf-8")

    assert itops("report", "verify", str(path)).exit_code == 0


def test_a_grade_is_sent_as_it_was_given(api: ApiServer) -> None:
    answer = {"grade": {"mark": "partly", "percent": 65}}
    api.answers("POST", f"/incidents/{ID}/grade", answer)

    told = itops("incidents", "grade", ID, "--cause", "partly", "--cause-was", "a leak")

    assert "partly, 65 %" in told.output
    assert api.requests[-1].body == {"cause": "partly", "cause_was": "a leak"}


def test_numbers_are_shown_and_missing_ones_are_not_made_up(api: ApiServer) -> None:
    nothing = stats_of((), (), (), is_complete=True)
    api.answers("GET", "/stats", nothing.model_dump(mode="json"))

    shown = itops("stats")

    assert shown.exit_code == 0
    assert "right about the cause: nobody graded one yet" in shown.output
    assert "noise: no incident has come to an end yet" in shown.output
    assert "the same fault again: no cause is known yet" in shown.output
    assert "approvals: nobody was asked yet" in shown.output
    assert "what an incident takes: none has been counted yet" in shown.output
    assert "in - s" not in shown.output
    assert "from symptom to incident" in shown.output


def test_similar_incidents_are_listed_with_score_and_label(api: ApiServer) -> None:
    one = {
        "label": "hint", "incident_id": "INC-0000000A", "title": "Memory is high",
        "status": "resolved", "component": "payment", "fault": "memory_exhaustion", "cause": "",
        "score": 9.31, "trust_percent": 80, "shared": ["the same alarm memory-high"],
    }  # fmt: skip
    api.pages(f"/incidents/{ID}/similar", [one])

    shown, raw = itops("incidents", "similar", ID), itops("incidents", "similar", ID, "--json")

    assert [
        word for word in ("hint", "INC-0000000A", "9.3", "80 %") if word not in shown.output
    ] == []
    assert json.loads(raw.output)["items"] == [one]
