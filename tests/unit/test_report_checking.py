"""A report and its evidence: one byte, one place or one id that was changed is found."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from itops_cli.commands import report as command
from itops_core.domain.evidence import Citation, Claim, span_of
from itops_core.domain.remediation import Action, PlannedAction, RemediationPlan
from itops_core.domain.report_check import ReportFile, faults_in, report_file
from itops_core.domain.values import sha256_of
from itops_core.errors import InvalidInputError
from tests.support.reports import ID, LOGS, METRIC, a_claim, a_file, a_report, an_evidence

Json = dict[str, Any]


def reasons(file: ReportFile) -> str:
    return "; ".join(f"{fault.where}: {fault.reason}" for fault in faults_in(file))


def test_an_untouched_report_holds_also_after_a_way_through_json() -> None:
    file = ReportFile.model_validate_json(a_file().model_dump_json())

    assert faults_in(file) == ()


def test_a_quote_behind_letters_of_several_bytes_is_placed_in_bytes() -> None:
    span = span_of("Out of memory", LOGS.text)

    assert span is not None
    assert LOGS.text.encode()[span[0] : span[1]] == b"Out of memory"
    assert LOGS.text[span[0] : span[1]] != "Out of memory"


def test_a_citation_without_a_place_is_read_as_before() -> None:
    cited = Citation.model_validate({"evidence_id": LOGS.evidence_id, "quote": "Killed process"})

    file = a_file(a_report((Claim(text="So.", citations=(cited,)),)))

    assert faults_in(file) == ()


@settings(deadline=None)
@given(data=st.data())
def test_one_changed_byte_of_evidence_is_found(data: st.DataObject) -> None:
    file = a_file()
    place = data.draw(st.integers(0, len(file.evidence) - 1))
    original = file.evidence[place]
    text = original.text
    at = data.draw(st.integers(0, len(text) - 1))
    changed = text[:at] + data.draw(st.sampled_from("abz019 .,")) + text[at + 1 :]
    try:
        content = json.loads(changed)
        evidence = original.model_copy(update={"content": content})
        same = not isinstance(content, dict) or evidence.text == text
    except ValueError:
        return
    if same:
        return

    evidence_now = [*file.evidence]
    evidence_now[place] = evidence

    found = reasons(file.model_copy(update={"evidence": tuple(evidence_now)}))
    assert f"{original.evidence_id}: the evidence was changed" in found


@given(start=st.integers(-3, 200), end=st.integers(-3, 200))
def test_one_changed_place_is_found(start: int, end: int) -> None:
    claim = a_claim("It was killed", LOGS, "Killed process 1432")
    moved = claim.citations[0].model_copy(update={"span": (start, end)})
    if moved == claim.citations[0]:
        return

    file = a_file(a_report((Claim(text=claim.text, citations=(moved,)),)))

    assert "holds other words in bytes" in reasons(file)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"evidence_id": "EV-DEADBEEF"}, "EV-DEADBEEF is not there"),
        ({"evidence_id": METRIC.evidence_id}, "holds other words"),
        ({"evidence_id": METRIC.evidence_id, "span": None}, "does not hold the words"),
        ({"quote": "Killed process 1433"}, "holds other words"),
    ],
)
def test_one_changed_id_or_quote_is_found(changed: Json, told: str) -> None:
    claim = a_claim("It was killed", LOGS, "Killed process 1432")
    citation = claim.citations[0].model_copy(update=changed)

    file = a_file(a_report((Claim(text=claim.text, citations=(citation,)),)))

    assert told in reasons(file)


def test_a_claim_that_names_no_evidence_is_found() -> None:
    proven = a_claim("It was killed", LOGS, "Killed process 1432")

    file = a_file(a_report((proven, Claim(text="So it leaks.", citations=()))))

    assert reasons(file) == "claim 2: it names no evidence"


def test_a_planned_action_that_cites_what_is_not_there_is_found() -> None:
    proven = a_claim("It was killed", LOGS, "Killed process 1432").citations[0]
    made_up = proven.model_copy(update={"evidence_id": "EV-DEADBEEF"})
    planned = tuple(
        PlannedAction(action=Action(name="restart_ecs_service"), reason="", citations=(cited,))
        for cited in (proven, made_up)
    )
    plan = RemediationPlan(
        incident_id=ID,
        round=1,
        actions=planned,
        rationale="It leaks.",
        confidence=0.9,
        reasoner="offline",
    )

    file = a_file(a_report(plan=plan))

    assert reasons(file) == "planned action 2: EV-DEADBEEF is not there"


def test_evidence_of_which_the_report_knows_nothing_is_found() -> None:
    stranger = an_evidence(9, message="nobody asked for this")
    foreign = an_evidence(2).model_copy(update={**dict(LOGS), "incident_id": "INC-0000000F"})

    added = report_file(a_report(), (METRIC, LOGS, stranger))
    taken = report_file(a_report(), (METRIC, foreign))

    assert reasons(added) == f"{stranger.evidence_id}: the report knows no such evidence"
    assert reasons(taken) == f"{LOGS.evidence_id}: it belongs to INC-0000000F"


def test_evidence_that_was_made_anew_with_its_hash_is_not_what_the_report_was_made_of() -> None:
    content = {**LOGS.content, "count": 4}
    forged = LOGS.model_copy(update={"content": content, "sha256": sha256_of(content)})
    assert forged.is_intact()

    file = report_file(a_report(), (METRIC, forged))

    assert f"{LOGS.evidence_id}: it is not the evidence that the report was made of" in reasons(
        file
    )


def test_a_changed_word_of_the_report_itself_is_found() -> None:
    file = a_file()
    other = a_report(summary="All is well.")

    assert "the report was changed" in reasons(file.model_copy(update={"report": other}))


def test_a_chart_that_shows_something_else_is_found() -> None:
    report = a_report()
    (chart,) = report.charts
    flat = chart.model_copy(update={"points": ((chart.points[0][0], 1.0),)})

    assert "the chart does not show" in reasons(a_file(a_report(charts=(flat,))))


def test_the_command_checks_a_file_with_nothing_else_at_hand(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    text = a_file().model_dump_json()
    good.write_text(text, encoding="utf-8")
    bad.write_text(text.replace("Killed process 1432 (java)", "Killed process 1432 (perl)"))

    held = CliRunner().invoke(command.app, ["verify", str(good), "--json"])
    failed = CliRunner().invoke(command.app, ["verify", str(bad), "--json"])

    assert (held.exit_code, json.loads(held.output)["holds"]) == (0, True)
    assert (failed.exit_code, json.loads(failed.output)["holds"]) == (1, False)


def test_a_file_that_is_no_report_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text("{}", encoding="utf-8")

    with pytest.raises(InvalidInputError, match="--with-evidence"):
        CliRunner().invoke(command.app, ["verify", str(path)], catch_exceptions=False)
