"""Every rendering of a report says the same, and nothing in it is more than text."""

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings

from itops_core.domain.evidence import Citation, Claim
from itops_core.domain.report import Report
from itops_core.errors import UncitedClaimError
from itops_core.workflow.rendering import html, markdown, outline, plain, slack
from tests.support.reports import LOGS, a_cause, a_report, reports


class Reading(HTMLParser):
    """What a browser would show of a page, and with which tags."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.names: set[str] = set()
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.names.update(name for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def shown_by_html(report: Report) -> str:
    return "".join(Reading(html(report)).texts)


def shown_by_markdown(report: Report) -> str:
    return re.sub(r"\\([\\`*_{}\[\]<>#|])", r"\1", markdown(report))


def shown_by_slack(report: Report) -> str:
    return "\n".join(block["text"]["text"] for block in slack(report)["blocks"])


RENDERINGS: tuple[Callable[[Report], str], ...] = (
    plain,
    shown_by_markdown,
    shown_by_html,
    shown_by_slack,
)


def flat(text: str) -> str:
    printable = "".join(mark if mark.isprintable() else " " for mark in text)
    return re.sub(r"\s+", " ", printable).strip()


def facts_of(report: Report) -> list[str]:
    """What must be readable in every rendering, taken from the report and not from the outline."""
    cause = report.cause
    assert cause is not None
    facts = [flat(claim.text) for claim in report.claims]
    for claim in report.claims:
        for one in claim.citations:
            assert one.span is not None
            place = f"{one.evidence_id}, bytes {one.span[0]} to {one.span[1]}"
            facts += [one.quote, place, f"{report.link}/evidence/{one.evidence_id}"]
    facts += [f"{cause.confidence:.0%} sure", f"status {report.status.value}", flat(report.summary)]
    for asked in report.approvals:
        facts += [f"{asked.approval_id} {asked.status.value}"]
        facts += ["approved" if word.approved else "denied" for word in asked.decisions]
    facts += [f"{seconds:.1f} s" for seconds in report.phase_seconds.values()]
    facts += [f"{report.cost.dollars:.4f}", f"steps: {report.cost.steps} of"]
    facts += [source.sha256 for source in report.evidence]
    facts += [f"looked like {one.source_id}" for one in report.hints]
    facts += [one.said for one in report.hints]
    if report.recurrence:
        facts += [f"it recurs: {report.recurrence.count} before", *report.recurrence.incident_ids]
    return facts


@settings(deadline=None, max_examples=60)
@given(report=reports())
def test_every_rendering_carries_the_same_claims_numbers_links_and_approvals(
    report: Report,
) -> None:
    lines = [line for section in outline(report).sections for line in section.lines]

    for render in RENDERINGS:
        shown = render(report)
        assert [fact for fact in facts_of(report) if fact not in shown] == []
        assert [line for line in lines if line not in shown] == []


@settings(deadline=None, max_examples=30)
@given(report=reports())
def test_what_the_web_page_is_given_holds_every_line_of_the_others(report: Report) -> None:
    """It draws the report from the API's JSON: nothing may get lost on the way."""
    given_to_it = Report.model_validate_json(report.model_dump_json())

    assert given_to_it == report
    assert outline(given_to_it) == outline(report)


@settings(deadline=None, max_examples=60)
@given(report=reports())
def test_nothing_from_outside_becomes_markup_or_steers_a_terminal(report: Report) -> None:
    page = Reading(html(report))

    assert page.tags <= {
        "html", "head", "meta", "title", "style", "body", "h1", "h2", "ul", "li",
        "svg", "rect", "text", "polyline",
    }  # fmt: skip
    assert not any(name.startswith("on") or name in {"src", "href"} for name in page.names)
    assert not re.search(r"(?<!\\)[<>|`]", markdown(report))
    assert all(mark.isprintable() or mark == "\n" for mark in plain(report))
    assert {block["text"]["type"] for block in slack(report)["blocks"]} == {"plain_text"}


@pytest.mark.parametrize("render", [markdown, html, plain, slack, outline])
@pytest.mark.parametrize(
    "citations", [(), (Citation(evidence_id="EV-DEADBEEF", quote="Killed process"),)]
)
def test_a_claim_without_evidence_is_refused_by_every_rendering(
    render: Callable[[Report], object], citations: tuple[Citation, ...]
) -> None:
    report = a_report((Claim(text="So it is", citations=citations),))

    with pytest.raises(UncitedClaimError, match="So it is"):
        render(report)


def test_a_page_draws_each_metric_with_its_numbers_and_runs_nothing() -> None:
    page = html(a_report())

    assert page.count("<polyline") == 1
    assert "from 41.5 to 99.25 Percent" in page
    assert "default-src &#x27;none&#x27;" in page
    assert "<script" not in page


def test_a_message_stays_within_what_slack_takes_and_says_where_the_rest_is() -> None:
    claims = tuple(
        Claim(
            text=f"claim {number} " + "x" * 4000,
            citations=(Citation(evidence_id=LOGS.evidence_id, quote="Killed"),),
        )
        for number in range(60)
    )

    message = slack(a_report(cause=a_cause(claims)))

    assert len(message["blocks"]) == 50
    assert max(len(block["text"]["text"]) for block in message["blocks"]) <= 3000
    assert "/incidents/INC-0A1B2C3D/report" in message["blocks"][-1]["text"]["text"]
