"""Lines for a timeline, with ids under which a repeat finds its own line."""

from datetime import datetime
from typing import Any

from itops_core.domain.incident import TimelineEvent
from itops_core.domain.values import derived_id


def timeline_event(  # noqa: PLR0913
    incident_id: str,
    kind: str,
    message: str,
    at: datetime,
    *,
    actor: str,
    key: object = "",
    **fields: Any,  # noqa: ANN401
) -> TimelineEvent:
    """Return one line; `key` tells several events of one kind apart."""
    return TimelineEvent(
        incident_id=incident_id,
        event_id=derived_id("EVT", incident_id, kind, key),
        at=at,
        kind=kind,
        actor=actor,
        message=message,
        fields=fields,
    )
