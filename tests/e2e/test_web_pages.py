"""Every page of the console: for everybody, in every size and light, with nothing left over."""

from typing import Any

import pytest

from local_cloud.address import Address
from tests.support.browser import (
    SIZES,
    VIEWS,
    Visitor,
    answers,
    darken,
    faults_for_disabled_people,
    misfits,
    needs_browser,
    signing_in,
)

pytest_plugins = ("tests.support.browser_fixtures",)
pytestmark = [needs_browser, pytest.mark.timeout(1200)]

_PAGES = {
    "/incidents": "Incidents",
    "/incidents/new": "Open an incident",
    "/approvals": "Approvals",
    "/chat": "Chat",
    "/runs": "Runs",
    "/pipelines": "Pipelines and services",
    "/pipelines/new": "Register a pipeline",
    "/pipelines/customer-etl": "customer-etl",
    "/fleet": "Fleet",
    "/knowledge": "Knowledge",
    "/stats": "Statistics",
    "/settings": "Settings",
}
_PARTS = {
    "/settings?tab=maintenance": "Settings",
    "/settings?tab=tools": "Settings",
    "/settings?tab=policies": "Settings",
    "/settings?tab=tokens": "Settings",
    "/settings?tab=letters": "Settings",
    "/knowledge?article=KB-5xx-after-deploy": "Knowledge",
    "/knowledge?article=new": "Knowledge",
}
_STEPS = 500
_MOST_THERE = 80


def _is_whole(page: Any, title: str) -> None:  # noqa: ANN401
    page.get_by_role("heading", name=title, level=1).wait_for()
    page.wait_for_function("() => !document.querySelector('[class*=awsui_spinner]')")

    assert misfits(page) == []
    assert faults_for_disabled_people(page) == []


@pytest.mark.parametrize(("path", "title"), _PAGES.items())
def test_a_page_opens_and_is_fit_for_everybody(
    cloud: Address, visitor: Visitor, path: str, title: str
) -> None:
    # Where no round of watching was made yet, the API says so with a 404.
    visitor.expected = ("404",) if path == "/fleet" else ()

    page = visitor.at(cloud, path)
    _is_whole(page, title)
    for size in SIZES:
        page.set_viewport_size(size)
        page.wait_for_function("() => !document.querySelector('[class*=awsui_spinner]')")
        assert misfits(page) == []
    darken(page)
    assert faults_for_disabled_people(page) == []


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("path", [*_PAGES, *_PARTS])
def test_a_page_is_fit_for_everybody_in_every_size_and_light(
    cloud: Address, visitor: Visitor, path: str, view: str, mode: str
) -> None:
    visitor.expected = ("404",) if path == "/fleet" else ()

    title = _PAGES.get(path, _PARTS.get(path, ""))
    _is_whole(visitor.at(cloud, path, view, mode), title)


def _step(number: int) -> dict[str, Any]:
    call = {"server": "monitoring", "tool": "get_metrics", "arguments": {"metric": f"m{number}"}}
    usage = {"input_tokens": 0, "cached_input_tokens": 0, "output_tokens": 0, "dollars": 0}
    return {
        "incident_id": "INC-0000000A",
        "number": number,
        "agent": "root_cause",
        "round": 1,
        "started_at": f"2026-11-20T12:{number // 60:02}:{number % 60:02}Z",
        "duration_ms": 5,
        "turn": {
            "thought": f"thought {number}", "beliefs": [], "usage": usage, "reasoner": "offline",
            "degraded": "", "verdict": None, "triage": None, "plan": None, "calls": [call],
        },
        "observations": [
            {"call": call, "status": "ok", "message": "", "evidence_id": None, "duration_ms": 5}
        ],
    }  # fmt: skip


def test_a_timeline_of_five_hundred_steps_holds_only_what_is_in_sight_and_finds_the_rest(
    cloud: Address, visitor: Visitor
) -> None:
    page = visitor.page()
    incident = {
        "incident_id": "INC-0000000A", "title": "long", "description": "", "service": "payment",
        "affected_services": [], "detected_by": "api", "severity": "high", "version": 1,
        "status": "investigating", "opened_at": "2026-11-20T12:00:00Z", "phases": [], "actions": [],
    }  # fmt: skip
    absent = dict.fromkeys(
        ("closed_at", "duplicate_of", "verdict", "resolution", "escalation", "approval", "grade",
         "acknowledgement", "verification", "alarm", "symptom_started_at", "approval_id", "past",
         "recurrence"),
    )  # fmt: skip
    answers(page, "**/incidents/INC-0000000A", {**incident, **absent})
    answers(page, "**/timeline?*", {"items": [], "cursor": None})
    steps = [_step(number) for number in range(1, _STEPS + 1)]
    answers(page, "**/steps?*", {"items": steps, "cursor": None})

    page.goto(signing_in(cloud, "/incidents/INC-0000000A"))
    timeline = page.get_by_role("list", name="Timeline")
    timeline.get_by_text("thought 1", exact=True).wait_for()
    page.get_by_role("button", name="Newest").click()
    timeline.get_by_text(f"thought {_STEPS}").wait_for()

    assert timeline.get_by_role("listitem").count() <= _MOST_THERE
    assert timeline.get_by_role("listitem").last.get_attribute("aria-setsize") == str(2 * _STEPS)
    page.get_by_label("Search the timeline").fill("thought 1")
    timeline.get_by_text("thought 1", exact=True).wait_for()
