"""Logs and evidence, asked for through the tools, against real AWS APIs."""

from datetime import UTC, datetime, timedelta

import pytest

from itops_core.domain.evidence import Evidence
from itops_core.domain.values import canonical_json, sha256_of, utc_now
from itops_core.stores.agent_state import AgentStateStore
from itops_core.tools.gateway import ToolGateway
from itops_core.tools.in_memory import InMemoryToolGateway
from tests.support.accounts import Account, Tables
from tests.support.telemetry import (
    DEFAULT_ANSWER_CHARACTERS,
    GROUP,
    write_logs,
)
from tests.support.tool_servers import answered, monitoring_server, refused

pytest_plugins = ("tests.emulator",)


@pytest.fixture
def monitoring(account: Account) -> ToolGateway:
    return InMemoryToolGateway(monitoring_server(account))


def test_the_newest_lines_come_last_and_all_are_counted_by_level(
    monitoring: ToolGateway, account: Account
) -> None:
    now = utc_now()
    lines = [(now - timedelta(seconds=1800 - at), f"INFO request {at} served") for at in range(900)]
    lines[100] = (lines[100][0], "java.lang.OutOfMemoryError: Java heap space")
    lines[200] = (lines[200][0], '{"level": "warning", "message": "slow"}')
    write_logs(account, lines)

    found = answered(monitoring, "query_cloudwatch_logs", log_group=GROUP)

    messages = [line["message"] for line in found["lines"]]
    assert messages == [text for _, text in lines[-50:]]
    assert found["matched"] == found["scanned"] == 900
    assert found["levels"] == {"INFO": 898, "ERROR": 1, "WARN": 1}
    assert found["truncated"]
    assert len(canonical_json(found)) < DEFAULT_ANSWER_CHARACTERS


def test_older_lines_are_reached_by_the_cursor(monitoring: ToolGateway, account: Account) -> None:
    now = utc_now()
    write_logs(account, [(now - timedelta(seconds=90 - at), f"line {at}") for at in range(60)])

    newest = answered(monitoring, "query_cloudwatch_logs", log_group=GROUP, limit=20)
    older = answered(
        monitoring, "query_cloudwatch_logs", log_group=GROUP, limit=20, end=newest["cursor"]
    )

    assert newest["lines"][0]["message"] == "line 40"
    assert older["lines"][-1]["message"] == "line 40"
    assert older["lines"][0]["message"] == "line 21"


def test_a_text_is_found_wherever_it_stands_and_in_any_case(
    monitoring: ToolGateway, account: Account
) -> None:
    now = utc_now()
    lines = [(now - timedelta(minutes=50, seconds=-at), f"GET /cart {at}") for at in range(300)]
    lines.append((now - timedelta(minutes=45), 'ERROR [pay] "{x}" ? %re% Connection REFUSED by db'))
    write_logs(account, sorted(lines))

    found = answered(
        monitoring, "query_cloudwatch_logs", log_group=GROUP, contains='"{x}" ? %re% connection'
    )

    assert found["matched"] == 1
    assert found["scanned"] == 301
    assert "Connection REFUSED" in found["lines"][0]["message"]


def test_binary_junk_long_lines_and_secrets_in_logs_are_made_harmless(
    monitoring: ToolGateway, account: Account
) -> None:
    now = utc_now() - timedelta(minutes=1)
    write_logs(
        account,
        [(now, "\x00\x1b[31mred\x07 é ✓"), (now, "x" * 5000), (now, "db password=hunter2 failed")],
    )

    found = answered(monitoring, "query_cloudwatch_logs", log_group=GROUP)

    messages = [line["message"] for line in found["lines"]]
    assert messages[0] == "\ufffd\ufffd[31mred\ufffd é ✓"
    assert len(messages[1]) == 500
    assert messages[2] == "db password=[redacted] failed"


def test_an_empty_window_is_an_answer_and_an_unknown_group_names_its_neighbours(
    monitoring: ToolGateway, account: Account
) -> None:
    write_logs(account, [(utc_now() - timedelta(hours=5), "old")])

    empty = answered(monitoring, "query_cloudwatch_logs", log_group=GROUP, minutes_back=5)

    assert (empty["lines"], empty["matched"], empty["truncated"]) == ([], 0, False)
    assert GROUP in refused(monitoring, "query_cloudwatch_logs", log_group="/ecs/payments")
    assert "log_group" in refused(monitoring, "query_cloudwatch_logs", log_group="no spaces!")


def test_evidence_is_paged_whole_and_to_the_letter(monitoring: ToolGateway, tables: Tables) -> None:
    content = {"lines": [f"line {number}" for number in range(900)]}
    evidence = Evidence(
        evidence_id="EV-0A1B2C3D",
        incident_id="INC-0A1B2C3D",
        server="monitoring",
        tool="query_cloudwatch_logs",
        arguments={},
        data_source="cloudwatch_logs",
        content=content,
        sha256=sha256_of(content),
        collected_at=datetime(2026, 11, 20, tzinfo=UTC),
    )
    AgentStateStore(tables.agent_state).put_evidence(evidence)
    asked = {"incident_id": evidence.incident_id, "evidence_id": evidence.evidence_id}

    pages = [answered(monitoring, "get_evidence", **asked)]
    while pages[-1]["cursor"]:
        pages.append(answered(monitoring, "get_evidence", **asked, cursor=pages[-1]["cursor"]))

    assert "".join(page["text"] for page in pages) == evidence.text
    assert pages[0]["sha256"] == evidence.sha256
    assert "EV-00000000" in refused(
        monitoring, "get_evidence", incident_id="INC-0A1B2C3D", evidence_id="EV-00000000"
    )
    assert "cursor" in refused(monitoring, "get_evidence", **asked, cursor="99999999")
