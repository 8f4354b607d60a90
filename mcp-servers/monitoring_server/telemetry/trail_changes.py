"""Changes that CloudTrail saw: who called what. Asked only where the account keeps a trail."""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from itops_core.tools.redaction import redacted, redacted_text
from monitoring_server.telemetry.changes import Change, Target
from monitoring_server.telemetry.windows import Window, in_utc

if TYPE_CHECKING:
    from mypy_boto3_cloudtrail import CloudTrailClient

_PAGES = 4
_SHOWN = 15
_PARAMETER_CHARACTERS = 160
_NO_CHANGE = (
    "AssumeRole",
    "ConsoleLogin",
    "CreateLogStream",
    "GenerateDataKey",
    "Decrypt",
    "PutMetricData",
    "SendHeartbeat",
    "StartQuery",
    "UpdateInstanceInformation",
)
"""Calls that write somewhere and change nothing that anybody runs."""


class TrailChanges:
    """Reads CloudTrail's own history of management calls."""

    name = "cloudtrail"

    def __init__(self, cloudtrail: "CloudTrailClient") -> None:
        self._cloudtrail = cloudtrail

    def changes(self, target: Target, span: Window) -> Iterator[Change]:
        """Yield the latest calls that changed something; of the target's where one is given."""
        if not self._cloudtrail.describe_trails().get("trailList"):
            return
        shown = 0
        for event in self._events(span):
            change = _change(event)
            if change is not None and _concerns(target, change):
                yield change
                shown += 1
                if shown == _SHOWN:
                    return

    def _events(self, span: Window) -> Iterator[Mapping[str, Any]]:
        query: dict[str, Any] = {
            "StartTime": span.start,
            "EndTime": span.end,
            "LookupAttributes": [{"AttributeKey": "ReadOnly", "AttributeValue": "false"}],
            "MaxResults": 50,
        }
        for _ in range(_PAGES):
            page = self._cloudtrail.lookup_events(**query)
            yield from page.get("Events", [])
            query["NextToken"] = page.get("NextToken")
            if not query["NextToken"]:
                return


def _change(event: Mapping[str, Any]) -> Change | None:
    name = str(event.get("EventName", ""))
    told = _record(event.get("CloudTrailEvent"))
    if not name or "EventTime" not in event or name.startswith(_NO_CHANGE):
        return None
    if told.get("readOnly") is True:
        return None
    resources = [str(one.get("ResourceName", "")) for one in event.get("Resources", [])]
    source = str(event.get("EventSource", "")).removesuffix(".amazonaws.com")
    failed = str(told.get("errorCode") or "")
    asked = _asked(told)
    about = ", ".join(name for name in resources if name)[:_PARAMETER_CHARACTERS]
    return Change(
        at=in_utc(event["EventTime"]),
        kind="api_call",
        what=f"{source}:{name}"
        + (f" of {about}" if about else "")
        + (f" was refused: {failed}" if failed else ""),
        who=_who(event, told),
        detail={"parameters": asked, "address": str(told.get("sourceIPAddress") or "")},
        change_id=str(event.get("EventId", "")),
    )


def _concerns(target: Target, change: Change) -> bool:
    if target.service is None:
        return True
    return target.service in change.what or target.service in str(change.detail)


def _who(event: Mapping[str, Any], told: Mapping[str, Any]) -> str:
    identity = told.get("userIdentity")
    arn = identity.get("arn") if isinstance(identity, dict) else None
    return str(arn or event.get("Username") or "")


def _asked(told: Mapping[str, Any]) -> dict[str, str]:
    parameters = told.get("requestParameters")
    if not isinstance(parameters, dict):
        return {}
    shown = redacted(parameters)
    return {
        str(name): redacted_text(str(value))[:_PARAMETER_CHARACTERS]
        for name, value in list(shown.items())[:6]
    }


def _record(text: object) -> Mapping[str, Any]:
    try:
        told = json.loads(text) if isinstance(text, str) else {}
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
