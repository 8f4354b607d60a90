"""Arguments that nobody should send, callers that hang up, and many callers at once."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from mcp import StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

from itops_core.stores.incidents import IncidentStore
from itops_core.tools.client_gateway import ClientGateway
from itops_core.tools.gateway import ToolAnswer, ToolGateway
from itops_core.tools.in_memory import InMemoryToolGateway
from tests.support.accounts import Account, Tables
from tests.support.served import served
from tests.support.tool_servers import Writable, answered, incident_server, refused

pytest_plugins = ("tests.emulator",)

ID = "INC-0A1B2C3D"
KEY = "the-same-question"
WORDS = {"title": "Payments fail", "body": "since noon"}
CALLS: dict[str, dict[str, Any]] = {
    "get_incident": {"incident_id": ID},
    "list_incidents": {"cursor": "YWJj"},
    "search_incidents": {"query": "memory"},
    "find_similar_incidents": {"incident_id": ID},
    "analyze_incident": {"incident_id": ID},
    "search_knowledge_base": {"query": "memory", "services": ["cart"]},
    "get_runbook": {"runbook_id": "RB-1"},
    "list_runbooks": {"service": "cart"},
    "get_catalog_entry": {"name": "cart"},
    "create_incident": {"title": "Payments fail", "service": "cart", "key": KEY},
    "update_incident": {"incident_id": ID, "title": "x"},
    "add_timeline_event": {"incident_id": ID, "message": "x", "actor": "mira"},
    "generate_report": {"incident_id": ID},
    "save_knowledge_article": {
        "title": "x", "symptoms": "x", "cause": "x", "fix": "x", "key": KEY, "services": ["cart"],
    },
    "create_ticket": {"incident_id": ID, "key": KEY, **WORDS},
    "create_github_issue": {"incident_id": ID, "key": KEY, **WORDS},
    "publish_sns_escalation": {"incident_id": ID, "key": KEY, "message": "x"},
}  # fmt: skip
"""A call of every tool that would do, were it about something that exists."""

UNUSABLE = (1_000_000 * "x", "\ud800", 7, None, {"a": 1}, ["x" * 10_000] * 3, [["deep"]])
ODD = ("\x00", "\u202e\u200b", "a\u202eb\u200bc\x00\x1b[2J", "%00../../etc", "' OR 1=1 --", "§oom")
CRASHED = "failed on its side"


@pytest.fixture
def server(account: Account, tables: Tables) -> ToolGateway:
    machine = account.create_waiting_machine("Work")
    return InMemoryToolGateway(incident_server(account, Writable(machine=machine)))


def is_empty(tables: Tables) -> bool:
    kept = (tables.incidents, tables.knowledge, tables.runtime)
    return not any(table.scan()["Items"] for table in kept)


def test_every_tool_is_tried_here(server: ToolGateway) -> None:
    assert {tool.name for tool in server.list_tools()} == set(CALLS)


def test_what_cannot_be_used_is_named_and_nothing_is_written(
    server: ToolGateway, tables: Tables
) -> None:
    for tool, arguments in CALLS.items():
        for name in arguments:
            for unusable in UNUSABLE:
                if unusable is None and name in {"cursor", "services", "service"}:
                    continue
                answer = server.call(tool, {**arguments, name: unusable})

                assert not answer.ok, (tool, name)
                assert name in answer.message, (tool, name, answer.message[:200])
                assert len(answer.message) < 2000
                assert CRASHED not in answer.message
    assert is_empty(tables)


def test_odd_text_crashes_nothing_and_is_kept_as_plain_words(
    server: ToolGateway, tables: Tables
) -> None:
    for tool, arguments in CALLS.items():
        for name in arguments:
            for odd in ODD:
                answer: ToolAnswer = server.call(tool, {**arguments, name: odd})

                assert answer.ok or CRASHED not in answer.message, (tool, name, odd)
    texts = json.dumps(
        [table.scan()["Items"] for table in (tables.incidents, tables.knowledge)], default=str
    )
    marks = ("\\u202e", "\\u200b", "\\u001b")
    assert not [mark for mark in marks if mark in texts]


@pytest.mark.parametrize("words", ["\u202e\u200b", "   ", "\x00"])
def test_words_of_which_nothing_readable_is_left_are_refused(
    server: ToolGateway, tables: Tables, words: str
) -> None:
    for tool, name in (
        ("create_incident", "title"),
        ("create_incident", "service"),
        ("save_knowledge_article", "fix"),
        ("create_ticket", "body"),
        ("create_github_issue", "title"),
        ("publish_sns_escalation", "message"),
    ):
        assert "nothing readable" in refused(server, tool, **{**CALLS[tool], name: words})
    assert is_empty(tables)


def test_a_cursor_that_no_page_gave_is_refused_however_it_was_made(server: ToolGateway) -> None:
    for text in ("[" * 1500, "{}", '{"incident_id": 1}', "null", "9" * 1400):
        cursor = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

        assert "cursor" in refused(server, "list_incidents", cursor=cursor)


def test_names_that_a_caller_made_up_are_not_repeated_at_length(server: ToolGateway) -> None:
    for made_up in ("y" * 1_000_000, "\ud800", "\u202e"):
        answer = server.call("list_incidents", {made_up: 1})
        # The client itself cannot send a lone surrogate as a name.
        unknown = server.call(made_up.replace("\ud800", "?"), {})

        assert not answer.ok
        assert not unknown.ok
        assert len(answer.message) + len(unknown.message) < 2000
        assert (answer.message + unknown.message).isprintable()


def test_the_same_call_from_many_sides_at_once_does_one_thing(
    server: ToolGateway, tables: Tables, account: Account
) -> None:
    def opened(_: int) -> dict[str, Any]:
        return answered(server, "create_incident", **CALLS["create_incident"])

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(opened, range(16)))

    assert len({answer["incident_id"] for answer in answers}) == 1
    assert [answer["changed"] for answer in answers].count(True) == 1
    (incident,) = IncidentStore(tables.incidents).list().items
    assert account.executions() == {incident.incident_id: "RUNNING"}


RECORDS = (
    "create_incident",
    "update_incident",
    "add_timeline_event",
    "generate_report",
    "save_knowledge_article",
)


@pytest.mark.parametrize("mode", ["briefing", "", "nonsense"])
def test_every_tool_that_writes_records_refuses_where_the_mode_may_not(
    account: Account, tables: Tables, mode: str
) -> None:
    server = InMemoryToolGateway(incident_server(account, Writable(mode=mode)))

    for tool in RECORDS:
        assert "mode-allow-list" in refused(server, tool, **CALLS[tool])
    assert is_empty(tables)


# --- over a pipe, as a foreign client has it


@pytest.fixture
def piped(process: Account) -> Iterator[ClientGateway]:
    """The server as its own process on the account of this process, reached over stdio."""
    command = StdioServerParameters(
        command=sys.executable, args=["-m", "incident_server"], env=dict(os.environ)
    )
    gateway = ClientGateway("incident", partial(stdio_client, command), 30)
    yield gateway
    gateway.close()


def test_a_foreign_client_is_refused_what_would_leave_though_nobody_told_it_no(
    piped: ClientGateway, tables: Tables
) -> None:
    opened = answered(piped, "create_incident", **CALLS["create_incident"])

    for tool in ("create_ticket", "create_github_issue", "publish_sns_escalation"):
        asked = {**CALLS[tool], "incident_id": opened["incident_id"]}
        answer = answered(piped, tool, **asked)
        assert (answer["outcome"], answer["rules"]) == ("refused", ["kill-switch"])
    assert tables.runtime.scan()["Items"] == []
    assert not piped.call("create_incident", {"title": "x" * 1_000_000}).ok
    assert piped.call("list_incidents", {}).ok


def test_over_http_bad_arguments_write_nothing_and_many_callers_do_one_thing(
    process: Account, tables: Tables
) -> None:
    program = ["-m", "incident_server", "--transport", "http", "--port", "0"]
    valid = CALLS["create_incident"]

    with served(program, dict(os.environ)) as place:
        gateway = ClientGateway("incident", partial(streamable_http_client, place.url), 30)
        for unusable in ("x" * 200_000, "", 7):
            assert "title" in refused(gateway, "create_incident", **{**valid, "title": unusable})
        assert is_empty(tables)
        with ThreadPoolExecutor(6) as pool:
            asked = [pool.submit(gateway.call, "create_incident", valid) for _ in range(6)]
        answers = [answer.result().content for answer in asked]
        gateway.close()

    assert [answer["changed"] for answer in answers].count(True) == 1
    (incident,) = IncidentStore(tables.incidents).list().items
    assert process.executions() == {incident.incident_id: "RUNNING"}


def test_a_client_that_hangs_up_leaves_a_whole_incident_or_none(
    process: Account, tables: Tables
) -> None:
    said = [
        _message(1, "initialize", protocolVersion="2025-11-25", capabilities={}, clientInfo=_ME),
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        _message(2, "tools/call", name="create_incident", arguments=CALLS["create_incident"]),
    ]
    text = "".join(json.dumps(message) + "\n" for message in said) + '{"jsonrpc": "2.0", "id'

    gone = subprocess.run(
        [sys.executable, "-m", "incident_server"],
        input=text.encode(),
        env=dict(os.environ),
        capture_output=True,
        timeout=240,
        check=False,
    )

    assert gone.returncode == 0, gone.stderr[-2000:]
    kept = IncidentStore(tables.incidents).list().items
    for incident in kept:
        assert process.executions() == {incident.incident_id: "RUNNING"}
        assert IncidentStore(tables.incidents).timeline(incident.incident_id).items


_ME = {"name": "hangs-up", "version": "1"}


def _message(number: int, method: str, **params: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
