"""The console when something is wrong: no line, no answer, no permission, hostile words."""

# Playwright's callbacks are handed untyped objects.
# pyright: reportUnknownLambdaType=false

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from itops_core.domain.values import canonical_json, sha256_of
from local_cloud.address import Address
from tests.support.browser import Visitor, answers, needs_browser, signing_in

pytest_plugins = ("tests.support.browser_fixtures",)
pytestmark = [needs_browser, pytest.mark.timeout(1200)]

_HOSTILE = "<img src=x onerror=\"window.pwned='yes'\"><script>window.pwned='yes'</script>"
_LEAST_BYTES, _MOST_BYTES, _MOST_REQUESTS = 5_000, 60_000, 20
"""Of the page that asks a phone on slow 4G for one decision, with all that it asks the API."""
_LINK = "[click](javascript:window.pwned='yes')"


@pytest.fixture
def incident(cloud: Address, unique: Callable[[str], str]) -> dict[str, Any]:
    """An incident whose every word is an attack on who reads it."""
    answer = httpx2.post(
        f"{cloud.api_url}/incidents",
        headers={"Authorization": f"Bearer {cloud.token}"},
        json={
            "title": f"{_HOSTILE} {unique('t')}",
            "description": f"{_HOSTILE} {_LINK}",
            "affected_services": [unique("hostile")],
            "detected_by": "<b>somebody</b>",
        },
        trust_env=False,
        timeout=60.0,
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


def _evidence(incident_id: str) -> dict[str, Any]:
    line = {"at": "2026-11-20T12:00:00Z", "message": f"ERROR é {_HOSTILE}", "stream": _LINK}
    content = {"lines": [line, line]}
    return {
        "evidence_id": "EV-0000000A",
        "incident_id": incident_id,
        "server": "monitoring",
        "tool": "query_cloudwatch_logs",
        "arguments": {"query": _HOSTILE},
        "data_source": "cloudwatch_logs",
        "content": content,
        "canonical": canonical_json(content),
        "sha256": sha256_of(content),
        "collected_at": "2026-11-20T12:00:00Z",
    }


def _bytes_of_the_second(quote: str, text: str) -> str:
    """Where it stands the second time: the first place of the same words is not what was cited."""
    before = text[: text.rindex(quote)].encode()
    return f"{len(before)}-{len(before) + len(quote.encode())}"


def test_hostile_words_in_titles_and_log_lines_stay_words(
    cloud: Address, incident: dict[str, Any], visitor: Visitor
) -> None:
    name = incident["incident_id"]
    page = visitor.page()
    answers(page, "**/evidence/EV-0000000A", _evidence(name))
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message) or dialog.dismiss())

    at = _bytes_of_the_second(json.dumps(_HOSTILE)[1:-1], _evidence(name)["canonical"])
    page.goto(signing_in(cloud, f"/incidents/{name}?evidence=EV-0000000A&at={at}"))
    lines = page.get_by_role("list", name="Log lines")
    lines.locator("mark").first.wait_for()
    shown = lines.inner_text()
    assert lines.locator("mark").all_inner_texts() == [_HOSTILE]
    assert lines.get_by_role("listitem").nth(1).locator("mark").count() == 1
    page.get_by_text("Unchanged").wait_for()
    page.get_by_role("button", name="Close", exact=True).click()
    heading = page.get_by_role("heading", level=1).filter(has_text="<img").inner_text()
    page.goto(f"{cloud.ui_url}#/incidents?text=hostile")
    page.get_by_role("link", name="<img src=x").first.wait_for()
    page.get_by_label("Search incidents").fill("nothing is called so")
    page.get_by_text("No incident fits").wait_for()
    page.get_by_role("button", name="Show all again").click()
    page.get_by_role("link", name="<img src=x").first.wait_for()

    assert _HOSTILE in shown
    assert _HOSTILE in heading
    assert page.evaluate("window.pwned") is None
    assert not dialogs
    assert page.locator("img[src=x], a[href^=javascript]").count() == 0


def test_without_a_line_it_says_so_and_goes_on_when_it_is_back(
    cloud: Address, visitor: Visitor
) -> None:
    visitor.expected = ("ERR_INTERNET_DISCONNECTED",)
    page = visitor.at(cloud, "/incidents")
    page.get_by_text("Live", exact=True).first.wait_for()

    page.context.set_offline(True)
    page.get_by_text("You are offline.").wait_for()
    page.context.set_offline(False)
    page.get_by_text("You are offline.").wait_for(state="detached")
    page.get_by_text("Live", exact=True).first.wait_for()


def test_an_api_that_fails_is_told_in_words_and_nothing_typed_is_lost(
    cloud: Address, visitor: Visitor
) -> None:
    visitor.expected = ("500",)
    page = visitor.at(cloud, "/incidents/new")
    page.get_by_label("Title").fill("What I typed")
    page.get_by_placeholder("payment-service, then Enter").fill("payment")
    page.get_by_placeholder("payment-service, then Enter").press("Enter")
    answers(page, "**/api/incidents", {"detail": "the table is away", "status": 500}, status=500)

    page.get_by_role("button", name="Start AI resolution").click()

    page.get_by_text("The table is away").wait_for()
    page.get_by_text("Nothing you typed is lost.").wait_for()
    assert page.get_by_label("Title").input_value() == "What I typed"


def test_a_token_that_is_no_longer_good_leads_to_signing_in_and_keeps_the_draft(
    cloud: Address, visitor: Visitor
) -> None:
    visitor.expected = ("401", "403")
    page = visitor.at(cloud, "/incidents/new")
    page.get_by_label("Title").fill("What I typed")
    page.evaluate("sessionStorage.setItem('itops.token', 'itops_stale')")

    page.reload()
    page.get_by_role("heading", name="Sign in").wait_for()
    page.get_by_label("API token").fill(cloud.token)
    page.get_by_role("button", name="Sign in with the token").click()

    page.get_by_role("heading", name="Open an incident").wait_for()
    assert page.get_by_label("Title").input_value() == "What I typed"


def _approval(version: int, status: str, state: str) -> dict[str, Any]:
    action = {
        "number": 1, "what": "scale_ecs_service", "called": None, "why": "More tasks",
        "to_what": "shop/payment", "effect": "From 3 to 8 tasks.", "cost": "", "risk": "medium",
        "blast_radius": ["payment"], "blast_size": "medium", "undoing": "scale back",
        "parameters": {"desired_count": 8}, "undone_by": None,
        "changes": [{"name": "desired_count", "before": 3, "after": 8}],
        "may_be_narrowed": {"desired_count": {"now": 3, "asked": 8}},
    }  # fmt: skip
    card = {
        "approval_id": "APR-0000000A", "incident_id": "INC-0000000A", "title": _HOSTILE,
        "cause": "too few tasks", "rationale": "load", "confidence": 0.8, "severity": "high",
        "state": state, "status": status, "expires_at": "2099-01-01T00:00:00Z", "changed": [],
        "approvers_needed": 2, "agreed": ["bob"], "first_approver": "bob", "narrowed": [],
        "asked_because": ["a person has to look"], "policy_ids": [], "actions": [action],
        "evidence": [{"evidence_id": "EV-0000000A", "quote": _HOSTILE, "span": [1, 9]}],
    }  # fmt: skip
    return {
        "approval_id": "APR-0000000A", "incident_id": "INC-0000000A", "status": status,
        "version": version, "card": card, "notice": "actions are switched off", "decisions": [],
        "aftermath": None,
    }  # fmt: skip


_RESTART = {"name": "restart_ecs_service", "parameters": {"service": "payment"}}
_WHY = "actions are switched off"
_REFUSED = "Approved, but refused when it was to be carried out"
_BEFORE = "2026-11-19T12:00:00Z"
_HINT = {
    "kind": "incident", "source_id": "INC-0000000B", "title": "slow", "cause": "too few tasks",
    "fix": "a restart", "trust_percent": 80, "shared": [],
}  # fmt: skip


def _approved_and_refused() -> tuple[dict[str, Any], dict[str, Any]]:
    """An approval that people gave, and its incident, where the switch was turned meanwhile."""
    word = {"decided_by": "ann", "role": "approver", "approved": True, "reason": "looks right"}
    approval = {
        **_approval(2, "approved", "approved by ann"), "notice": None, "void_reason": None,
        "decisions": [word], "plan": {"round": 1, "actions": [{"action": _RESTART}]},
        "severity": "high", "created_at": _BEFORE,
        "aftermath": {"tone": "halted", "title": _REFUSED, "why": _WHY, "is_final": True},
    }  # fmt: skip
    record = {
        "action_id": "ACT-1", "round": 1, "action": _RESTART, "resource": "shop/payment",
        "status": "refused", "message": _WHY, "before": {}, "after": {}, "inverse": None,
        "in_vain": False,
    }  # fmt: skip
    incident = {
        "incident_id": "INC-0000000A", "title": "slow", "description": "", "service": "payment",
        "affected_services": [], "detected_by": "api", "severity": "high", "version": 9,
        "status": "escalated", "opened_at": "2026-11-20T12:00:00Z", "phases": [],
        "closed_at": "2026-11-20T12:05:00Z", "actions": [record], "approval": approval,
        "approval_id": "APR-0000000A", "past": {"hints": [_HINT], "taken_at": _BEFORE},
        "recurrence": {"count": 1, "incident_ids": ["INC-0000000B"], "since": _BEFORE},
    }  # fmt: skip
    absent = (
        "duplicate_of", "verdict", "resolution", "escalation", "grade", "acknowledgement",
        "verification", "alarm", "symptom_started_at",
    )  # fmt: skip
    return approval, {**incident, **dict.fromkeys(absent)}


def test_what_was_approved_and_then_refused_is_told_so_on_every_page_that_asked(
    cloud: Address, visitor: Visitor
) -> None:
    approval, incident = _approved_and_refused()
    page = visitor.page()
    answers(page, "**/incidents/INC-0000000A", incident)
    answers(page, "**/incidents/INC-0000000A/*", {"items": [], "cursor": None})
    answers(page, "**/api/approvals/APR-0000000A", approval)
    answers(page, "**/api/approvals?*", {"items": [approval], "cursor": None})

    page.goto(signing_in(cloud, "/incidents/INC-0000000A"))
    page.get_by_text("it began 2026-11-19 12:00 UTC, 24.0 h before this one").wait_for()
    page.get_by_text("What mended INC-0000000B: a restart").wait_for()
    for path in ("#/incidents/INC-0000000A", "#/approvals/APR-0000000A"):
        page.goto(f"{cloud.ui_url}{path}")
        told = page.locator("[class*=awsui_alert]").filter(has_text="Approved, but refused")
        told.get_by_text(_WHY).wait_for()
        assert page.locator("[class*=awsui_type-success]").count() == 0
    page.goto(f"{cloud.ui_url}#/approvals?show=all")
    page.get_by_text(_REFUSED, exact=True).wait_for()
    page.goto(f"{cloud.ui_url}approve.html#APR-0000000A")
    page.get_by_role("status").filter(has_text="Approved, but refused").get_by_text(_WHY).wait_for()


def _on_a_slow_line(page: Any) -> list[tuple[str, int]]:  # noqa: ANN401
    """Let a page have slow 4G; return each answer, its address and bytes, as they come in."""
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    rates = {"downloadThroughput": 50_000, "uploadThroughput": 20_000}
    line.send("Network.emulateNetworkConditions", {"offline": False, "latency": 400, **rates})
    urls: dict[str, str] = {}
    fetched: list[tuple[str, int]] = []

    def came(done: dict[str, Any]) -> None:
        fetched.append((urls.get(done["requestId"], ""), int(done["encodedDataLength"])))

    line.on(
        "Network.requestWillBeSent",
        lambda told: urls.update({told["requestId"]: told["request"]["url"]}),
    )
    line.on("Network.loadingFinished", came)
    return fetched


def _needed(fetched: list[tuple[str, int]]) -> list[int]:
    """Return the bytes of all answers, but for looks at the approval beyond the two it takes.

    The page looks every few seconds: how often, the machine decides that the test runs on.
    """
    looks = [size for url, size in fetched if url.endswith("/approvals/APR-0000000A")]
    others = [size for url, size in fetched if not url.endswith("/approvals/APR-0000000A")]
    assert looks
    return [*others, *looks[:2]]


def test_the_page_for_a_phone_narrows_decides_and_tells_who_was_faster(
    cloud: Address, visitor: Visitor
) -> None:
    visitor.expected = ("409",)
    page = visitor.page("phone")
    sent: list[dict[str, Any]] = []
    now = [_approval(1, "pending", "waits for a second person")]
    page.route("**/api/approvals/APR-0000000A", lambda route: route.fulfill(json=now[0]))

    def decide(route: Any) -> None:  # noqa: ANN401
        sent.append(json.loads(route.request.post_data))
        now[0] = _approval(2, "denied", "was denied by carol")
        problem = {"detail": "somebody was faster", "status": 409}
        route.fulfill(status=409, content_type="application/problem+json", json=problem)

    page.route("**/api/approvals/APR-0000000A/decision", decide)
    page.add_init_script(f"sessionStorage.setItem('itops.token', '{cloud.token}')")
    fetched = _on_a_slow_line(page)
    page.goto(f"{cloud.ui_url}approve.html#APR-0000000A")
    page.get_by_text("2 people have to agree, agreed so far: bob.").wait_for()
    page.get_by_label("Desired count").fill("12")
    page.get_by_label("Reason").fill("enough is enough")
    page.get_by_role("button", name="Approve exactly this").click()
    page.get_by_text("from 4 to 8").first.wait_for()
    assert not sent

    page.get_by_label("Desired count").fill("5")
    page.get_by_role("button", name="Approve exactly this").click()
    page.get_by_text("was denied by carol").wait_for()
    page.get_by_text("What you had typed was not sent: enough is enough").wait_for()

    needed = _needed(fetched)
    assert _LEAST_BYTES <= sum(needed) <= _MOST_BYTES
    assert len(needed) <= _MOST_REQUESTS
    edit = {"actions": [{"number": 1, "parameters": {"desired_count": 5}}]}
    assert sent == [{"approved": True, "reason": "enough is enough", "edit": edit}]
    assert page.get_by_role("button", name="Approve exactly this").count() == 0
    assert page.evaluate("window.pwned") is None
