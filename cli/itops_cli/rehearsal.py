"""Finds the incident that a rehearsed fault led to."""

from typing import Any

from itops_cli.api import Api
from itops_cli.screen.follow import read
from itops_core.domain.incident import Incident
from local_cloud.sandbox.effects import AlarmSpec


def is_about(item: dict[str, Any], alarm: AlarmSpec) -> bool:
    """Whether an incident is about what `alarm` tells.

    Another alarm of the same service may have opened it: then this one is only linked to it.
    """
    opened_by = item.get("alarm") or {}
    return opened_by.get("name") == alarm.name or item.get("service") == alarm.service


def newest_about(api: Api, alarm: AlarmSpec) -> Incident | None:
    """Return the newest incident about `alarm` among the last ones; the original of duplicates."""
    items = api.get("/incidents", limit=100)["items"]
    found = next((item for item in items if is_about(item, alarm)), None)
    if found is None:
        return None
    if found.get("duplicate_of"):
        found = api.get(f"/incidents/{found['duplicate_of']}")
    return read(Incident, found)
