"""Changes of CloudFormation stacks: what was deployed, and which resources that changed."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from itops_core.tools.redaction import redacted_text
from monitoring_server.telemetry.changes import Change, Target
from monitoring_server.telemetry.windows import Window, in_utc

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

_PAGES = 5
_STACKS = 8
_EVENT_PAGES = 3
_SHOWN_OF_A_STACK = 4
_REASON_CHARACTERS = 160
_STACK_TYPE = "AWS::CloudFormation::Stack"
_BEGINS = {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"}


class StackChanges:
    """Reads CloudFormation. Stacks under `hidden` prefixes are machinery."""

    name = "cloudformation"

    def __init__(self, cloudformation: "CloudFormationClient", hidden: tuple[str, ...]) -> None:
        self._cloudformation = cloudformation
        self._hidden = hidden

    def changes(self, target: Target, span: Window) -> Iterator[Change]:  # noqa: ARG002 - all may matter
        """Yield each deployment that began in the window, with the resources it touched."""
        stacks = [raw for raw in self._stacks() if _touched(raw, span)]
        stacks.sort(key=_last_touched, reverse=True)
        for raw in stacks[:_STACKS]:
            yield from self._of_stack(raw["StackName"], span)

    def _stacks(self) -> Iterator[Mapping[str, Any]]:
        query: dict[str, Any] = {}
        for _ in range(_PAGES):
            page = self._cloudformation.describe_stacks(**query)
            for raw in page["Stacks"]:
                if not f"{raw['StackName']}-".startswith(self._hidden):
                    yield raw
            query["NextToken"] = page.get("NextToken")
            if not query["NextToken"]:
                return

    def _of_stack(self, name: str, span: Window) -> Iterator[Change]:
        """Yield the deployments of a stack: from each begin on, until the next."""
        touched: list[Mapping[str, Any]] = []
        shown = 0
        for event in self._events(name, span):
            touched.append(event)
            begins = event.get("ResourceType") == _STACK_TYPE
            if begins and event.get("ResourceStatus") in _BEGINS:
                yield _deployment(name, event, touched)
                touched = []
                shown += 1
                if shown == _SHOWN_OF_A_STACK:
                    return

    def _events(self, name: str, span: Window) -> Iterator[Mapping[str, Any]]:
        """Yield the stack's events of the window, newest first, as CloudFormation gives them."""
        query: dict[str, Any] = {"StackName": name}
        for _ in range(_EVENT_PAGES):
            page = self._cloudformation.describe_stack_events(**query)
            for event in page["StackEvents"]:
                at = in_utc(event["Timestamp"])
                if at < span.start:
                    return
                if at <= span.end:
                    yield event
            query["NextToken"] = page.get("NextToken")
            if not query["NextToken"]:
                return


def _deployment(stack: str, begin: Mapping[str, Any], touched: list[Mapping[str, Any]]) -> Change:
    """Return one deployment; `touched` are its events, the newest first."""
    outcome = next(
        (one["ResourceStatus"] for one in touched if one.get("ResourceType") == _STACK_TYPE), ""
    )
    resources = {
        str(one["LogicalResourceId"]): str(one.get("ResourceType", ""))
        for one in touched
        if one.get("ResourceType") != _STACK_TYPE
    }
    failed = [
        f"{one['LogicalResourceId']}: {one.get('ResourceStatusReason', 'no reason given')}"
        for one in touched
        if str(one.get("ResourceStatus", "")).endswith("_FAILED")
    ]
    names = ", ".join(list(resources)[:8]) or "no resource"
    return Change(
        at=in_utc(begin["Timestamp"]),
        kind="stack",
        what=f"stack {stack}: {begin['ResourceStatus']} → {outcome}; touched {names}",
        detail={
            "stack": stack,
            "outcome": outcome,
            "resources": dict(list(resources.items())[:12]),
            "failed": [redacted_text(text)[:_REASON_CHARACTERS] for text in failed[:5]],
        },
        change_id=str(begin.get("EventId", f"{stack}@{begin['Timestamp']}")),
    )


def _touched(raw: Mapping[str, Any], span: Window) -> bool:
    created = in_utc(raw["CreationTime"])
    return created <= span.end and _last_touched(raw) >= span.start


def _last_touched(raw: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a moment, of boto3's making
    return in_utc(raw.get("LastUpdatedTime") or raw["CreationTime"])
