"""What a run would make is made only for a yes, and only exactly what the yes was given for."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from goal_runner.delivering import Deliverer
from itops_core.domain.question import Deliverable
from itops_core.domain.run import Draft, GoalRun, RunDecision
from itops_core.errors import ConflictError
from itops_core.tools.gateway import ToolAnswer, ToolSchema

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DRAFT = Draft(kind=Deliverable.TICKET, service="payments", title="Slow", body="It is.", sha256="a")
YES = RunDecision(
    approved=True, reason="Do it.", decided_by="bob", decided_at=NOON, sha256=DRAFT.sha256
)


class Calls:
    """A gateway that remembers what it was asked for."""

    server = "incident"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def call(self, tool: str, arguments: Mapping[str, Any]) -> ToolAnswer:
        assert arguments
        self.asked.append(tool)
        return ToolAnswer(ok=True, content={"incidents": [], "incident_id": "INC-0000000B"})

    def list_tools(self) -> tuple[ToolSchema, ...]:
        return ()


def a_run(**changes: Any) -> GoalRun:  # noqa: ANN401
    run = GoalRun(
        run_id="RUN-0000000A",
        goal="Look.",
        asked_by="ann",
        case_id="INC-0000000A",
        created_at=NOON,
        updated_at=NOON,
        draft=DRAFT,
        decision=YES,
    )
    return run.model_copy(update=changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"decision": None},
        {"decision": YES.model_copy(update={"approved": False})},
        {"decision": YES.model_copy(update={"sha256": "b"})},
        {"draft": None},
        {"draft": DRAFT.model_copy(update={"sha256": "b", "title": "Another"})},
    ],
)
def test_without_a_yes_to_the_very_draft_nothing_is_even_asked_for(changes: dict[str, Any]) -> None:
    calls = Calls()

    with pytest.raises(ConflictError):
        Deliverer(calls)(a_run(**changes))

    assert calls.asked == []


def test_with_a_yes_to_it_the_incident_of_the_ticket_comes_first() -> None:
    calls = Calls()

    delivered = Deliverer(calls)(a_run())

    assert (delivered.outcome, delivered.incident_id) == ("incident", "INC-0000000B")
    assert calls.asked == ["list_incidents", "create_incident"]
