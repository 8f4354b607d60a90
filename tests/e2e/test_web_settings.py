"""Signing in, the settings and the knowledge of the console, as people of each role meet them."""

# Playwright's callbacks are handed untyped objects.
# pyright: reportUnknownLambdaType=false

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from itops_core.domain.people import Role
from local_cloud.address import Address
from tests.support.browser import (
    Visitor,
    answers,
    faults_for_disabled_people,
    needs_browser,
    sideways,
    signing_in,
)
from tests.support.eventually import eventually

pytest_plugins = ("tests.support.browser_fixtures",)
pytestmark = [needs_browser, pytest.mark.timeout(1200)]


def _status(cloud: Address, token: str) -> int:
    sent = {"Authorization": f"Bearer {token}"}
    asked = f"{cloud.api_url}/session"
    return httpx2.get(asked, headers=sent, trust_env=False, timeout=60.0).status_code


def test_a_link_signs_in_once_offers_what_the_role_may_and_signing_out_ends_it(
    cloud: Address, visitor: Visitor
) -> None:
    # A question that was on its way when the session ended is refused.
    visitor.expected = ("409", "401", "403")
    link = signing_in(cloud, "/settings", Role.VIEWER)
    page = visitor.page()

    page.goto(link)
    page.get_by_text("You are a-viewer, viewer").wait_for()
    assert page.url == f"{cloud.ui_url}#/settings"
    page.get_by_role("tab", name="Policies").wait_for()
    offered = page.get_by_role("tab").all_inner_texts()
    token = page.evaluate("sessionStorage.getItem('itops.token')")
    assert _status(cloud, token) == 200

    second = visitor.page("phone", "dark")
    second.goto(link)
    second.get_by_text("was used at").wait_for()
    second.get_by_text("itops link").first.wait_for()
    assert "code" not in second.url
    assert faults_for_disabled_people(second) == []

    for path, role in (("incidents/new", "a responder"), ("pipelines/new", "an approver")):
        page.goto(f"{cloud.ui_url}#/{path}")
        page.get_by_text(f"needs the role of {role}").wait_for()
        assert page.get_by_role("textbox").count() == 0
    page.goto(f"{cloud.ui_url}#/knowledge?article=new")
    page.get_by_text("Writing an article needs the role of a responder").wait_for()
    assert page.get_by_role("button", name="Add it").count() == 0

    page.get_by_role("button", name="a-viewer").click()
    page.get_by_role("menuitem", name="Sign out").click()
    page.get_by_text("You are signed out.").wait_for()
    page.wait_for_function("sessionStorage.getItem('itops.token') === null")
    assert offered == ["Actions", "Maintenance", "Tools", "Policies"]
    # The page forgets it first, and then tells the API.
    eventually(lambda: _status(cloud, token) in {401, 403})


_LETTER = {
    "letter_id": "letter-1",
    "reason": "it is no alarm: <b>bold</b> words",
    "body": '{"a": "<script>window.pwned=1</script>"}',
    "buried_at": "2026-11-20T12:00:00Z",
}


def _add_a_weekly_window(page: Any, service: str) -> None:  # noqa: ANN401
    page.get_by_role("button", name="Add a window").click()
    page.get_by_label("What is done in it?").fill(f"backups of {service}")
    services = page.get_by_placeholder("payment-service, then Enter")
    services.fill(service)
    services.press("Enter")
    page.get_by_role("radio", name="Every week").click()
    page.get_by_role("button", name="Add it").click()
    page.get_by_text("Choose at least one day.").wait_for()
    for day in ("Mon", "Tue", "Wed"):
        page.get_by_role("checkbox", name=day).click()
    page.get_by_label("To", exact=True).fill("01:30")
    page.get_by_text("It opens first at").wait_for()
    page.get_by_role("button", name="Add it").click()
    row = page.get_by_role("row").filter(has_text=service)
    row.get_by_text("Mon to Wed 22:00 to 01:30 the next day").wait_for()
    row.get_by_role("button", name="End now").click()
    row.get_by_text("Over").wait_for()


def test_an_administrator_makes_a_token_turns_the_switch_and_sends_letters_again(
    cloud: Address, visitor: Visitor, unique: Callable[[str], str]
) -> None:
    page, name = visitor.page(), unique("robot")
    # Of the whole cloud: what others are doing in it must not stop.
    stands = {"enabled": False, "reason": "", "modes": {}, "items": [], "seeds_measured_by": "",
              "seeds_measured_at": "", "turned": {"at": "2026-11-20T12:00:00Z", "by": None,
              "reason": ""}}  # fmt: skip
    answers(page, "**/api/actions", stands)
    turned = {"at": "2026-11-20T12:01:00Z", "by": "a-admin", "reason": "the freeze is over"}
    answers(page, "**/api/actions/switch", {**stands, "enabled": True, "turned": turned})
    answers(page, "**/api/intake/dead-letters?*", {"items": [_LETTER], "cursor": None})
    answers(page, "**/api/intake/dead-letters/redrive", {"handled": ["letter-1"], "missing": []})

    page.goto(signing_in(cloud, "/settings?tab=tokens"))
    page.get_by_role("button", name="Make a token").click()
    page.get_by_label("Whose").fill(name)
    page.get_by_role("radio", name="Responder").click()
    page.get_by_role("button", name="Make it").click()
    page.get_by_text("shown this once").wait_for()
    secret = page.get_by_text("itops_").first.inner_text()
    assert _status(cloud, secret) == 200
    page.get_by_role("button", name=f"of {name}").click()
    page.get_by_role("button", name="Revoke the token", exact=True).click()
    page.get_by_text("shown this once").wait_for(state="detached")
    assert page.get_by_text(secret).count() == 0
    page.get_by_text(name, exact=True).wait_for(state="detached")
    assert _status(cloud, secret) in {401, 403}

    page.get_by_role("tab", name="Dead letters").click()
    page.get_by_text("it is no alarm: <b>bold</b> words").wait_for()
    page.get_by_role("checkbox", name="Choose letter-1").click()
    page.get_by_role("button", name="Send again").click()
    page.get_by_text("1 message was sent again.").wait_for()

    page.get_by_role("tab", name="Maintenance").click()
    _add_a_weekly_window(page, name)
    assert faults_for_disabled_people(page) == []

    page.get_by_role("tab", name="Actions").click()
    page.get_by_text("by the deployment or past this console").wait_for()
    page.get_by_role("button", name="Turn actions on").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Turn actions on").click()
    dialog.get_by_text("Say why; it stands in the audit log.").wait_for()
    dialog.get_by_label("Why").fill("the freeze is over")
    dialog.get_by_role("button", name="Turn actions on").click()
    page.get_by_text("Turned on by a-admin").wait_for()
    assert page.evaluate("window.pwned") is None


def test_an_article_is_written_edited_beside_somebody_else_withdrawn_and_restored(
    cloud: Address, visitor: Visitor, unique: Callable[[str], str]
) -> None:
    visitor.expected = ("409",)
    title = unique("The pool is empty")
    page = visitor.page("phone", "dark")
    page.goto(signing_in(cloud, "/knowledge?article=new", Role.RESPONDER))
    page.get_by_label("Title").fill(title)
    page.get_by_label("Cause").fill("a leak")
    page.get_by_role("button", name="Add it").click()
    page.get_by_label("Search the knowledge").fill(title)
    page.get_by_label("Search the knowledge").press("Enter")
    page.get_by_role("link", name=title).click()
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Cause").fill("mine")
    _edit_past_the_page(cloud, page)

    page.get_by_role("button", name="Save it").click()
    page.get_by_text("Somebody else changed it meanwhile").wait_for()
    page.get_by_text("theirs", exact=True).wait_for()
    assert page.get_by_label("Cause").input_value() == "mine"
    assert faults_for_disabled_people(page) == []
    page.get_by_role("button", name="Save mine in its place").click()
    page.get_by_text("40 %: checked").wait_for()
    page.get_by_role("dialog").get_by_text("mine", exact=True).wait_for()

    for done, told in (("Withdraw", "Out of use since"), ("Restore", "What moved the trust")):
        page.get_by_role("button", name=done, exact=True).click()
        page.get_by_label("Why").fill("a reason")
        page.get_by_role("button", name=f"{done} it").click()
        page.get_by_text(told).wait_for()
    assert sideways(page) <= 0


def _edit_past_the_page(cloud: Address, page: Any) -> None:  # noqa: ANN401
    """Change the article that is open in the page, as somebody else would."""
    name = page.url.rsplit("article=", 1)[1]
    sent = {"Authorization": f"Bearer {cloud.token}"}
    with httpx2.Client(headers=sent, timeout=60.0, trust_env=False) as client:
        url = f"{cloud.api_url}/knowledge/{name}"
        known = client.get(url).json()["article"]
        texts = ("title", "services", "symptoms", "fix", "body", "version")
        changed = {one: known[one] for one in texts}
        edit = {**changed, "cause": "theirs", "trust_percent": 40, "reason": "checked"}
        assert client.put(url, json=edit).status_code == 200
