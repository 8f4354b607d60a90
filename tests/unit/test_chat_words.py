"""The very words that were asked for are answered first, unless they are over and trouble lasts."""

from datetime import UTC, datetime, timedelta
from typing import Any

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.investigation import Observation, ObservationStatus, ToolCall
from itops_core.domain.question import Intent, Reading
from itops_core.reasoning.offline.chat_answer import composed
from itops_core.reasoning.offline.chat_scope import Scope

NOW = datetime(2026, 11, 20, 13, 30, tzinfo=UTC)
ENTRIES = (CatalogEntry(entry_id="checkout", kind="ecs_service", tier=2),)
GROUP = "/shop/orders"


def at(minutes_ago: int) -> str:
    return (NOW - timedelta(minutes=minutes_ago)).isoformat().replace("+00:00", "Z")


def saw(tool: str, content: dict[str, Any], **arguments: Any) -> Observation:  # noqa: ANN401
    return Observation(
        call=ToolCall(server="monitoring", tool=tool, arguments=arguments),
        status=ObservationStatus.OK,
        content={"log_group": GROUP, **content},
        evidence_id="EV-0A1B2C3D",
    )


def asked_for(minutes_ago: int) -> Observation:
    line = {"at": at(minutes_ago), "message": "pool: no connection within 5 s"}
    return saw("query_cloudwatch_logs", {"matched": 3, "lines": [line]}, contains="connection")


NEW_PATTERN = saw(
    "find_log_patterns",
    {
        "patterns": [
            {
                "level": "ERROR",
                "change": "new",
                "count": 40,
                "first_seen": at(30),
                "last_seen": at(1),
                "example": {"message": "checkout failed"},
            }
        ]
    },
)


def summary_of(*seen: Observation) -> str:
    reading = {
        "intent": Intent.ERRORS,
        "since": NOW - timedelta(hours=1),
        "until": NOW,
        "window": "the last hour",
    }
    scope = Scope(Reading.model_validate(reading), ENTRIES, seen, is_now=True)
    return composed(scope).summary


def test_what_weighs_more_comes_after_the_words_that_were_asked_for() -> None:
    summary = summary_of(NEW_PATTERN, asked_for(2))

    assert summary.startswith("Everything in the catalog, the last hour: 3 lines with 'connection'")


def test_words_that_are_over_come_after_what_lasts() -> None:
    summary = summary_of(asked_for(50), NEW_PATTERN)

    assert summary.startswith(f"Everything in the catalog, the last hour: New in {GROUP}")
