"""On whose behalf an action is asked for."""

from typing import Any

from pydantic import ConfigDict, Field

from itops_core.domain.values import ApprovalId, IncidentId, Value


def _brief(schema: dict[str, Any]) -> None:
    """Leave out what says nothing more: every tool that acts repeats this schema."""
    schema.pop("description", None)
    for described in schema["properties"].values():
        described.pop("title", None)


class ActionRequest(Value):
    """For which incident something should be done, and with whose consent."""

    model_config = ConfigDict(json_schema_extra=_brief)

    incident_id: IncidentId = Field(description="The incident whose stored plan says so.")
    round: int = Field(ge=1, le=1000, description="The incident's current round.")
    approval_id: ApprovalId | None = Field(default=None, description="Where people said yes.")
    undo: bool = Field(default=False, description="This is the recorded inverse of what was done.")
