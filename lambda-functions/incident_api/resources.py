"""Every resource of the API, one module each."""

from incident_api import (
    actions,
    approvals,
    audit,
    briefing,
    chat,
    fleet,
    incidents,
    intake,
    knowledge,
    maintenance,
    notifications,
    pipeline_executions,
    pipelines,
    powers,
    records,
    runs,
    session,
    similar,
    slack,
    system,
    tokens,
    watching,
    webhooks,
)
from incident_api.operations import Operation

RESOURCES = (
    incidents.resource,
    records.resource,
    intake.resource,
    maintenance.resource,
    webhooks.resource,
    similar.resource,
    approvals.resource,
    slack.resource,
    notifications.resource,
    actions.resource,
    audit.resource,
    knowledge.resource,
    chat.resource,
    pipelines.resource,
    pipeline_executions.resource,
    runs.resource,
    watching.resource,
    fleet.resource,
    briefing.resource,
    session.resource,
    tokens.resource,
    powers.resource,
    system.resource,
)


def operations() -> tuple[Operation, ...]:
    """Return every operation, in the order of the document."""
    return tuple(operation for resource in RESOURCES for operation in resource.operations)
