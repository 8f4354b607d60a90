"""The main job in a real browser: from the form through the investigation to resolved."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from local_cloud.address import Address
from local_cloud.sandbox import clear, inject
from local_cloud.sandbox.injection import library
from local_cloud.sandbox.renaming import suffixed
from local_cloud.sandbox.scenario import load
from tests.support.browser import (
    SIZES,
    Visitor,
    faults_for_disabled_people,
    misfits,
    needs_browser,
    tab_to,
)

pytest_plugins = ("tests.support.browser_fixtures",)
pytestmark = [needs_browser, pytest.mark.timeout(1200)]

_FAULT = "bad-deploy-5xx"
_AGENTS = 180_000
"""Milliseconds that a busy machine may take for an investigation."""


@pytest.fixture
def broken(cloud: Address, unique: Callable[[str], str]) -> Iterator[str]:
    """A service with a bad release in a maintenance window: no alarm is faster than the form."""
    mark = unique("web")
    scenario = suffixed(load(_FAULT, library()), mark)
    now = datetime.now(UTC)
    window = {
        "reason": "a person is to tell of it first",
        "services": [part.name for part in scenario.parts if mark in part.name],
        "starts_at": now.isoformat(),
        "ends_at": (now + timedelta(minutes=30)).isoformat(),
    }
    headers = {"Authorization": f"Bearer {cloud.token}"}
    answer = httpx2.post(
        f"{cloud.api_url}/maintenance", headers=headers, json=window, trust_env=False, timeout=60.0
    )
    assert answer.status_code == 201, answer.text
    run = inject(cloud, _FAULT, suffix=mark)
    try:
        yield scenario.alarm.service
    finally:
        clear(cloud, run.name)


def _press(page: Any, wanted: Any) -> None:  # noqa: ANN401
    tab_to(page, wanted)
    page.keyboard.press("Enter")


def _type(page: Any, wanted: Any, text: str) -> None:  # noqa: ANN401
    tab_to(page, wanted)
    page.keyboard.type(text)


def _open_by_form(page: Any, service: str) -> None:  # noqa: ANN401
    """Fill the form by keyboard; it says what is missing, and survives a reload."""
    start = page.get_by_role("button", name="Start AI resolution")
    _press(page, page.get_by_role("link", name="Open an incident"))
    _press(page, start)
    page.get_by_text("Say in a line what is wrong.").wait_for()
    page.get_by_label("Title").focus()
    _type(page, page.get_by_label("Title"), "Pages of the catalog answer 500")
    _type(page, page.get_by_placeholder("payment-service, then Enter"), service)
    page.keyboard.press("Enter")
    _type(page, page.get_by_label("Description"), "Since the last release, for one page in four.")
    page.reload()
    page.get_by_text(service).first.wait_for()
    assert page.get_by_label("Title").input_value() == "Pages of the catalog answer 500"
    _press(page, start)


def _approve(page: Any) -> None:  # noqa: ANN401
    """Decide by keyboard; a decision without a reason is not sent."""
    approve = page.get_by_role("button", name="Approve exactly this")
    approve.wait_for(timeout=_AGENTS)
    _press(page, approve)
    page.get_by_text("Say why; it stands in the audit log.").wait_for()
    page.get_by_label("Reason").focus()
    page.keyboard.type("The release before served without this fault")
    _press(page, approve)


def _look_at_the_evidence(page: Any) -> None:  # noqa: ANN401
    page.get_by_role("tab", name="Cause and actions").click()
    page.get_by_text("bad deployment").first.wait_for()
    # A log line is quoted from its time on.
    page.get_by_role("button", name=re.compile(r"Open evidence EV-.*: 20\d\d-")).first.click()
    dialog = page.get_by_role("dialog")
    lines = dialog.get_by_role("list", name="Log lines").get_by_role("listitem")
    lines.filter(has=page.locator("mark")).first.wait_for()
    assert "at=" in page.url
    assert lines.filter(has=page.locator("mark")).count() == 1
    dialog.get_by_text("Unchanged").wait_for()
    dialog.get_by_role("tab", name="As it came").click()
    dialog.get_by_role("region", name="The whole answer").locator("mark").wait_for()
    page.get_by_role("button", name="Close", exact=True).click()


@pytest.mark.parametrize("view", ["desktop", pytest.param("phone", marks=pytest.mark.slow)])
def test_an_incident_goes_from_the_form_to_resolved_before_the_eyes_of_a_person(
    cloud: Address, broken: str, visitor: Visitor, view: str
) -> None:
    page = visitor.at(cloud, "/incidents", view)
    page.get_by_role("heading", name="Incidents", level=1).wait_for()
    assert "code" not in page.url

    _open_by_form(page, broken)
    page.get_by_role("heading", name="Pages of the catalog answer 500", level=1).wait_for()
    page.get_by_role("list", name="Timeline").get_by_text("Tool call").first.wait_for(
        timeout=_AGENTS
    )
    page.get_by_role("button", name="Take it on").click()
    page.get_by_text("since").first.wait_for()
    _approve(page)
    page.get_by_text("Resolved", exact=True).first.wait_for(timeout=_AGENTS)

    _look_at_the_evidence(page)
    page.get_by_role("tab", name="Workflow").click()
    page.get_by_role("button", name=re.compile("^AwaitApproval, done")).click()
    page.get_by_role("region", name="Output of AwaitApproval").first.wait_for()
    page.get_by_role("tab", name="Messages").click()
    page.get_by_role("table", name="Messages").get_by_text("slack: told").first.wait_for()
    page.get_by_role("tab", name="Report").click()
    page.get_by_role("heading", name="Summary").wait_for()
    for size in SIZES:
        page.set_viewport_size(size)
        assert misfits(page) == []
    assert faults_for_disabled_people(page) == []
