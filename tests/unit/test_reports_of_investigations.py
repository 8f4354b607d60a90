"""What the agents really conclude makes reports that hold, and that fail once they are changed."""

from pathlib import Path

import pytest

from itops_cli.investigation.layouts import recorded_case
from itops_cli.investigation.report import report_on
from itops_cli.investigation.runner import investigate
from itops_core.domain.report_check import ReportFile, faults_in
from itops_core.workflow.rendering import html, markdown, plain, slack

SCENARIOS = Path(__file__).parents[2] / "scenarios"


def a_file(name: str) -> ReportFile:
    case = recorded_case(SCENARIOS / name)
    return report_on(investigate(case.recording, case.incident))


@pytest.fixture(scope="module")
def file() -> ReportFile:
    return a_file("payment-oom")


def test_every_citation_of_a_real_verdict_has_its_place_and_holds(file: ReportFile) -> None:
    citations = [one for claim in file.report.claims for one in claim.citations]

    assert citations
    assert all(one.span is not None for one in citations)
    assert faults_in(file) == ()


def test_of_a_service_of_which_nothing_can_be_seen_no_cause_is_refuted(file: ReportFile) -> None:
    case = recorded_case(SCENARIOS / "payment-oom")
    nowhere = {"service": "nowhere", "alarm": None, "affected_services": ("nowhere",)}
    unknown = case.incident.model_copy(update={**nowhere, "title": "It is slow"})

    verdict = investigate(case.recording, unknown).verdict

    assert verdict is not None
    assert {(one.refuted, one.ruled_out_by) for one in verdict.rivals} == {
        (False, "nothing that was looked at speaks against it")
    }
    known = file.report.cause.rivals if file.report.cause else ()
    assert {one.fault: one.refuted for one in known} == {
        "unknown": False,
        "traffic_saturation": True,
        "stream_consumer_lag": True,
    }


def test_a_real_report_is_shown_in_every_form(file: ReportFile) -> None:
    report = file.report

    shown = (plain(report), markdown(report), html(report), str(slack(report)))

    assert all(report.incident_id in text for text in shown)
    assert all(report.claims[0].citations[0].evidence_id in text for text in shown)


def test_any_piece_of_its_evidence_that_is_changed_fails_a_real_report(file: ReportFile) -> None:
    for at, evidence in enumerate(file.evidence):
        content = {**evidence.content, "data_source": "elsewhere"}
        changed = evidence.model_copy(update={"content": content})
        others = (*file.evidence[:at], changed, *file.evidence[at + 1 :])

        faults = faults_in(file.model_copy(update={"evidence": others}))

        assert evidence.evidence_id in {fault.where for fault in faults}


def test_a_report_without_a_piece_of_its_evidence_does_not_hold(file: ReportFile) -> None:
    assert faults_in(file.model_copy(update={"evidence": ()}))


@pytest.mark.parametrize("name", ["payment-oom", "payment-oom-again"])
def test_an_example_in_the_docs_holds_and_its_pages_are_those_of_this_code(name: str) -> None:
    folder = SCENARIOS.parent / "docs" / "examples"
    example = ReportFile.model_validate_json((folder / f"report-{name}.json").read_bytes())

    assert faults_in(example) == ()
    assert (folder / f"report-{name}.md").read_text("utf-8") == markdown(example.report)
    assert (folder / f"report-{name}.html").read_text("utf-8") == html(example.report)
