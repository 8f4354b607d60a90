"""SQS queues: how deep they are, how old what waits is, and whose dead letters they hold."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

from botocore.exceptions import ClientError
from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError
from pydantic import Field

from itops_core.domain.values import Value
from itops_core.tools.aws_errors import asking, code_of
from itops_core.tools.paging import Cursor, items_page
from itops_core.tools.tool_server import ToolResult

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient

_QUEUES = 200
_FUNCTION_PAGES = 4
_AT_ONCE = 4
_SHOWN = 25
_SHOWN_CHARACTERS = 4500
_ATTRIBUTES = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
    "QueueArn",
    "RedrivePolicy",
    "MessageRetentionPeriod",
)
_AGE_MINUTES = 15
_SAYS_SO = re.compile(r"dlq|dead.?letter", re.IGNORECASE)
"""Topics and event buses give up into queues, too, and those do not know of it."""
_GONE = {"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"}


class Queue(Value):
    """One queue; its sources send it what they gave up on."""

    name: str
    dead_letters_of: list[str] = Field(description="Queues and functions that give up into it.")
    depth: int
    in_flight: int
    delayed: int
    oldest_age_seconds: float | None = Field(description="Where CloudWatch knows it.")
    retention_seconds: int
    gives_up_into: str = ""
    gives_up_after: int | None = Field(default=None, description="Receives.")


class QueueList(ToolResult):
    """Queues, the deepest first."""

    queues: list[Queue]
    gaps: list[str]
    note: str = ""


class Queues:
    """Reads SQS."""

    def __init__(
        self,
        sqs: "SQSClient",
        functions: "LambdaClient",
        cloudwatch: "CloudWatchClient",
        now: Callable[[], datetime],
    ) -> None:
        self._sqs = sqs
        self._functions = functions
        self._cloudwatch = cloudwatch
        self._now = now

    def get_dlq_depth(
        self,
        name_prefix: Annotated[
            str | None,
            Field(pattern=r"^[A-Za-z0-9_.-]+$", max_length=80, description="Only these queues."),
        ] = None,
        *,
        all_queues: Annotated[
            bool, Field(description="Queues that hold nobody's dead letters, too.")
        ] = False,
        cursor: Cursor = None,
    ) -> QueueList:
        """Return how deep dead-letter queues are, how old their oldest message is, and of whom."""
        gaps: list[str] = []
        described, more = self._described(name_prefix)
        sources = self._sources(described, gaps)
        chosen = [
            raw
            for raw in described
            if all_queues or _name(raw) in sources or _SAYS_SO.search(_name(raw))
        ]
        if name_prefix and described and not chosen:
            # Whoever names a queue means it, whatever it is for.
            chosen = described
        ages = self._ages([_name(raw) for raw in chosen], gaps)
        queues = [_queue(raw, sources.get(_name(raw), ()), ages) for raw in chosen]
        queues.sort(key=lambda queue: (-queue.depth, queue.name))
        page = items_page(queues, cursor, _SHOWN, _SHOWN_CHARACTERS)
        return QueueList(
            queues=page.items,
            gaps=gaps,
            note="" if queues else _why_none(described, name_prefix),
            data_source="sqs",
            query={"QueueNamePrefix": name_prefix or "", "AttributeNames": list(_ATTRIBUTES)},
            truncated=page.cursor is not None or more,
            cursor=page.cursor,
        )

    def _described(self, name_prefix: str | None) -> tuple[list[Mapping[str, str]], bool]:
        query: dict[str, Any] = {"MaxResults": _QUEUES}
        if name_prefix:
            query["QueueNamePrefix"] = name_prefix
        with asking("sqs"):
            page = self._sqs.list_queues(**query)
            urls = page.get("QueueUrls", [])
            if name_prefix and not urls:
                known = self._sqs.list_queues(MaxResults=20).get("QueueUrls", [])
                names = ", ".join(url.rsplit("/", 1)[-1] for url in known) or "none"
                raise ToolError(f"no queue starts with {name_prefix!r}; there are {names}")
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                found = list(pool.map(self._attributes, urls))
        return [one for one in found if one], bool(page.get("NextToken"))

    def _attributes(self, url: str) -> Mapping[str, str]:
        try:
            answer = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
        except ClientError as error:
            if code_of(error) in _GONE:
                return {}
            raise
        return {str(name): value for name, value in answer.get("Attributes", {}).items()}

    def _sources(
        self, described: Iterable[Mapping[str, str]], gaps: list[str]
    ) -> dict[str, tuple[str, ...]]:
        """Return, by dead-letter queue, who gives up into it."""
        found: dict[str, tuple[str, ...]] = {}
        for raw in described:
            target = str(_policy(raw).get("deadLetterTargetArn", ""))
            if target:
                name = _last(target)
                found[name] = (*found.get(name, ()), _name(raw))
        try:
            with asking("lambda"):
                for function in self._all_functions():
                    target = str(function.get("DeadLetterConfig", {}).get("TargetArn", ""))
                    if ":sqs:" in target:
                        name = _last(target)
                        found[name] = (*found.get(name, ()), f"function {function['FunctionName']}")
        except (ToolError, MCPError) as error:
            gaps.append(f"lambda: {error}")
        return found

    def _all_functions(self) -> Iterable[Mapping[str, Any]]:
        query: dict[str, Any] = {"MaxItems": 50}
        for _ in range(_FUNCTION_PAGES):
            page = self._functions.list_functions(**query)
            yield from page.get("Functions", [])
            if not page.get("NextMarker"):
                return
            query["Marker"] = page["NextMarker"]

    def _ages(self, names: list[str], gaps: list[str]) -> dict[str, float]:
        """Return the age of the oldest message by queue, as far as CloudWatch has it."""
        if not names:
            return {}
        queries: list[Any] = [
            {
                "Id": f"q{number}",
                "MetricStat": {
                    "Metric": {
                        "Namespace": "AWS/SQS",
                        "MetricName": "ApproximateAgeOfOldestMessage",
                        "Dimensions": [{"Name": "QueueName", "Value": name}],
                    },
                    "Period": 60,
                    "Stat": "Maximum",
                },
            }
            for number, name in enumerate(names)
        ]
        now = self._now()
        try:
            with asking("cloudwatch"):
                answer = self._cloudwatch.get_metric_data(
                    MetricDataQueries=queries,
                    StartTime=now - timedelta(minutes=_AGE_MINUTES),
                    EndTime=now,
                    ScanBy="TimestampDescending",
                )
        except (ToolError, MCPError) as error:
            gaps.append(f"cloudwatch: {error}")
            return {}
        found: dict[str, float] = {}
        for result in answer["MetricDataResults"]:
            values = result.get("Values", [])
            if values:
                found[names[int(str(result.get("Id"))[1:])]] = values[0]
        return found


def _queue(raw: Mapping[str, str], sources: Iterable[str], ages: Mapping[str, float]) -> Queue:
    policy = _policy(raw)
    after = str(policy.get("maxReceiveCount", ""))
    return Queue(
        name=_name(raw),
        dead_letters_of=sorted(sources),
        depth=_number(raw, "ApproximateNumberOfMessages"),
        in_flight=_number(raw, "ApproximateNumberOfMessagesNotVisible"),
        delayed=_number(raw, "ApproximateNumberOfMessagesDelayed"),
        oldest_age_seconds=ages.get(_name(raw)),
        retention_seconds=_number(raw, "MessageRetentionPeriod"),
        gives_up_into=_last(str(policy.get("deadLetterTargetArn", ""))),
        gives_up_after=int(after) if after.isdigit() else None,
    )


def _why_none(described: list[Mapping[str, str]], name_prefix: str | None) -> str:
    if not described:
        return "there are no queues"
    where = f" among those that start with {name_prefix!r}" if name_prefix else ""
    return f"none of {len(described)} queues holds dead letters{where}; all_queues shows them all"


def _policy(raw: Mapping[str, str]) -> Mapping[str, Any]:
    try:
        policy = json.loads(raw.get("RedrivePolicy") or "{}")
    except ValueError:
        return {}
    return policy if isinstance(policy, dict) else {}


def _name(raw: Mapping[str, str]) -> str:
    return _last(raw.get("QueueArn", ""))


def _last(arn: str) -> str:
    return arn.rsplit(":", 1)[-1]


def _number(raw: Mapping[str, str], name: str) -> int:
    text = raw.get(name, "0")
    return int(text) if text.lstrip("-").isdigit() else 0
