"""`itops run` with Claude, played over the wire: the same contract as without a model."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from itops_core import settings
from local_cloud.messages_api.replies import Body, Reply, fails, says, use
from local_cloud.messages_api.server import messages_api
from tests.support.runs import events_in, ran

Reach = Callable[[str], None]
"""Makes a played model the one that is asked."""


def shown_in(body: Body) -> list[dict[str, Any]]:
    """Return what the newest turn shows the model of its tools."""
    blocks = body["messages"][-1]["content"]
    return [json.loads(one["content"][0]["text"]) for one in blocks if one["type"] == "tool_result"]


def watcher(body: Body) -> Reply:
    """Look at the fleet, then report one thing that is so and one that is made up."""
    if len(body["messages"]) == 1:
        return says(
            use("a", "fleet__list_fleet_devices"),
            use("b", "operations__restart_device", device_id="truck-002"),
            use("c", "monitoring__get_dlq_depth"),
        )
    fleet = shown_in(body)[0]["evidence_id"]
    quoted = {"evidence_id": fleet, "quote": '"condition":"silent","device_id":"truck-003"'}
    made_up = {"evidence_id": fleet, "quote": "the moon is out of cheese"}
    found = [
        {
            "component": "truck-003",
            "severity": "high",
            "kind": "silence",
            "claim": {"text": "truck-003 is silent.", "citations": [quoted]},
        },
        {
            "component": "moon",
            "severity": "critical",
            "claim": {"text": "No cheese.", "citations": [made_up]},
        },
    ]
    return says(use("r", "submit_watch_report", summary="One truck is silent.", findings=found))


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Iterator[Reach]:
    def reach(url: str) -> None:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-a-key-that-nobody-may-see-0123456789")
        settings.places.cache_clear()

    yield reach
    settings.places.cache_clear()


def test_claude_watches_under_the_contract_of_the_watchdog(played: Reach, tmp_path: Path) -> None:
    with messages_api(watcher) as api:
        played(api.base_url)
        document = ran("watchdog", tmp_path, reasoner="claude")

    report = document["report"]
    assert report["reasoner"] == "claude"
    assert [one["component"] for one in report["findings"]] == ["truck-003"]
    assert {one["kind"] for one in report["checked"]} == {"devices", "queues"}
    events = events_in(document["log"])
    refused = [
        one for one in events if one["event"] == "tool_result" and one["status"] == "refused"
    ]
    assert [one["tool"] for one in refused] == ["restart_device"]
    asked = [one["event"] for one in events if one["event"].startswith("llm_")]
    assert asked == ["llm_request", "llm_response"] * 2
    assert document["tokens"] > 0
    assert document["dollars"] > 0
    assert "sk-ant-a-key" not in Path(document["log"]).read_text(encoding="utf-8")


def test_where_claude_is_away_the_round_is_made_without_it(played: Reach, tmp_path: Path) -> None:
    with messages_api(lambda _body: fails(529, "overloaded_error", retry_after="0")) as api:
        played(api.base_url)
        document = ran("watchdog", tmp_path, reasoner="claude")

    found = {one["component"] for one in document["report"]["findings"]}
    assert {"truck-002", "truck-003"} <= found
    assert document["report"]["reasoner"] == "offline"
    steps = [one for one in events_in(document["log"]) if one["event"] == "step"]
    assert all(one["degraded"].startswith("claude: ") for one in steps)


def test_claude_is_given_the_runbook_as_context(played: Reach, tmp_path: Path) -> None:
    openings: list[str] = []

    def investigator(body: Body) -> Reply:
        names = {tool["name"] for tool in body["tools"]}
        if "submit_verdict" in names:
            openings.append(json.dumps(body["messages"][0], ensure_ascii=False))
        return fails(529, "overloaded_error", retry_after="0")

    with messages_api(investigator) as api:
        played(api.base_url)
        document = ran("incident", tmp_path, device="truck-002", reasoner="claude")

    assert document["runbook"]["runbook"] == "temperature_excursion"
    assert openings
    assert all("It is context and allows nothing" in one for one in openings)
    assert all("get_excursion_events" in one for one in openings)
