"""Chat and runs in a real browser: text stays text, evidence opens, nothing typed is lost."""

from typing import Any

import pytest

from local_cloud.address import Address
from tests.support.browser import (
    Visitor,
    answers,
    faults_for_disabled_people,
    needs_browser,
    sideways,
    signing_in,
)

pytest_plugins = ("tests.support.browser_fixtures",)
pytestmark = [needs_browser, pytest.mark.timeout(1200)]

_PAYLOAD = "<img src=x onerror=alert(1)>"
_AT = "2026-11-20T12:00:00Z"
_CASE = "INC-0000000C"
_READING = {
    "intent": "why", "subjects": ["customer-etl"], "since": _AT, "until": _AT,
    "window": "the last 24 hours", "topics": [], "unused": [], "deliverable": "ticket",
    "is_conditional": True,
}  # fmt: skip
_ANSWER = {
    "summary": f"It failed {_PAYLOAD}",
    "evidence": [
        {
            "text": "The log says so.",
            "citations": [
                {"evidence_id": "EV-0000000A", "quote": _PAYLOAD, "span": None},
                {"evidence_id": "EV-0000000B", "quote": '"exit_code":137,"is', "span": None},
            ],
        }
    ],
    "probable_cause": "no ink",
    "confidence": 0.8,
    "next_steps": ["Buy ink."],
    "gaps": [],
    "condition_met": True,
    "reasoner": "offline",
}  # fmt: skip
_CONTENT = {"lines": [{"at": _AT, "message": f"before {_PAYLOAD} behind"}]}
_EVIDENCE = {
    "evidence_id": "EV-0000000A", "incident_id": _CASE, "server": "monitoring",
    "tool": "query_cloudwatch_logs", "arguments": {}, "content": _CONTENT,
    "canonical": '{"lines":[{"at":"2026-11-20T12:00:00Z","message":"before '
    '<img src=x onerror=alert(1)> behind"}]}',
    "sha256": "0" * 64, "data_source": "recorded", "collected_at": _AT, "links": [],
}  # fmt: skip


def _turn(number: int, message: str) -> dict[str, Any]:
    return {
        "conversation_id": "CNV-0000000A", "turn": number, "message": message,
        "pipeline_name": None, "hours_back": None, "asked_by": "ann", "asked_at": _AT,
        "case_id": _CASE, "status": "answered", "reading": _READING, "answer": _ANSWER,
        "answered_at": _AT, "tool_calls": 1, "tokens": 0, "error": "",
    }  # fmt: skip


def test_an_answer_opens_the_very_line_and_a_refused_question_stays_typed(
    cloud: Address, visitor: Visitor
) -> None:
    visitor.expected = ("409",)
    page = visitor.page()
    turns = {"conversation_id": "CNV-0000000A", "turns": [_turn(1, f"why? {_PAYLOAD}")]}
    answers(page, "**/conversations/CNV-0000000A", turns)
    answers(page, f"**/incidents/{_CASE}/evidence/EV-0000000A", _EVIDENCE)
    problem = {
        "type": "about:blank", "title": "Conflict", "status": 409, "errors": [],
        "detail": "question 1 is still being answered",
    }  # fmt: skip
    answers(page, "**/chat", problem, 409)

    page.goto(signing_in(cloud, "/chat/CNV-0000000A"))
    page.get_by_text("About customer-etl, the last 24 hours.").wait_for()
    question = page.get_by_role("textbox", name="Your question")
    question.fill("and yesterday?")
    page.get_by_role("button", name="Ask", exact=True).click()
    page.get_by_text("question 1 is still being answered").wait_for()
    assert question.input_value() == "and yesterday?"
    page.reload()
    page.get_by_text("no ink").wait_for()
    # A quote of JSON is told, not shown as it stands in the evidence.
    page.get_by_text("exit code: 137").wait_for()
    assert page.get_by_text('"exit_code"').count() == 0
    assert question.input_value() == "and yesterday?"

    page.get_by_role("button", name="Open evidence EV-0000000A").click()
    lines = page.get_by_role("list", name="Log lines")
    assert lines.locator("mark").inner_text() == _PAYLOAD
    assert page.locator("img[src=x]").count() == 0
    assert faults_for_disabled_people(page) == []


def _run() -> dict[str, Any]:
    draft = {
        "kind": "ticket", "service": "customer-etl", "title": f"It fails {_PAYLOAD}",
        "body": f"Look at it {_PAYLOAD}", "sha256": "0" * 64,
        "outlook": "On consent nothing would be made: writing is off",
        "refusal": "writing is off",
    }  # fmt: skip
    step = {
        "run_id": "RUN-0000000A", "number": 1, "phase": "plan", "title": "Looks once",
        "detail": "", "planned": [], "observation": None, "reasoner": "offline", "at": _AT,
        "duration_ms": 1,
    }  # fmt: skip
    return {
        "run_id": "RUN-0000000A", "goal": f"why {_PAYLOAD}", "asked_by": "ann",
        "status": "needs_approval", "phase": "approval", "reading": _READING,
        "deliverable": "ticket", "is_conditional": True, "case_id": _CASE, "created_at": _AT,
        "updated_at": _AT, "started_at": _AT, "closed_at": None, "round": 1, "turn": None,
        "position": 0, "attempts": 0, "next_attempt_at": None, "answer": _ANSWER, "draft": draft,
        "decision": None, "delivered": None, "error": "", "steps": 1, "executions": 1,
        "execution_arn": None, "version": 3, "items": [step],
    }  # fmt: skip


def test_a_run_shows_what_it_would_make_what_would_come_of_it_and_its_charts(
    cloud: Address, visitor: Visitor
) -> None:
    page = visitor.page("phone", "dark")
    run = _run()
    points = [["2026-11-20T11:00:00Z", 1], ["2026-11-20T11:30:00Z", 9], [_AT, 2]]
    chart = {"evidence_id": "EV-0000000B", "title": "Errors", "unit": "Count", "points": points}
    kept = (
        "run_id", "goal", "status", "asked_by", "created_at", "closed_at", "answer", "draft",
        "decision", "delivered", "error",
    )  # fmt: skip
    report = {name: run[name] for name in kept}
    answers(page, "**/runs/RUN-0000000A", run)
    more = {"rounds": 1, "charts": [chart], "evidence": [], "steps": run["items"], "link": "/"}
    answers(page, "**/runs/RUN-0000000A/report*", {**report, **more})

    page.goto(signing_in(cloud, "/runs/RUN-0000000A"))
    page.get_by_text("it would have been refused: writing is off").wait_for()
    page.get_by_text("by whoever deploys ITOps").wait_for()
    page.get_by_role("img", name="Count: between 1 and 9, last 2.").wait_for()
    page.get_by_role("button", name="Make exactly this").click()
    page.get_by_text("Say why.").wait_for()

    stages = page.get_by_role("list", name="How far it has come").get_by_role("listitem")
    told = [one.strip("→ \n") for one in stages.all_inner_texts()]
    assert told == ["Goal", "Plan", "Steps", "Consent to the ticket", "Report"]
    session = {
        "name": "ann", "role": "approver", "environment": "local", "ends_at": None,
        "kind": "session", "actions": {"is_on": False, "reason": "actions are off"},
    }  # fmt: skip
    answers(page, "**/api/session", session)
    page.reload()
    page.get_by_text("Consent alone will not have it made").wait_for()
    page.get_by_role("link", name="Settings").first.wait_for()
    made = page.get_by_role("button", name="Make exactly this")
    assert made.get_attribute("aria-disabled") == "true"
    assert page.locator("img[src=x]").count() == 0
    assert sideways(page) <= 0
    assert faults_for_disabled_people(page) == []
