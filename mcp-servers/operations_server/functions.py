"""The actions on Lambda functions: how much memory one has, and how often it may run at once."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR

from itops_core.domain.remediation import Action, ActionRecord
from itops_core.domain.traffic import TrafficMetric
from itops_core.remediation.assessment import Outlook
from itops_core.remediation.functions import (
    NO_RESERVATION,
    FunctionState,
    concurrency_outlook,
    memory_outlook,
    next_concurrency,
    next_memory,
)
from itops_core.tools.aws_errors import asking, code_of
from operations_server.metrics import RecentMetrics
from operations_server.operation import LiveOperation, Surroundings, filled, text, whole

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_LATELY_MINUTES = 15


class Functions:
    """Reads retry; writes do not, for a write that timed out may have happened."""

    def __init__(
        self,
        reader: "LambdaClient",
        writer: "LambdaClient",
        metrics: RecentMetrics,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._metrics = metrics

    def function(self, name: str) -> FunctionState:
        """Return the function as it is now; raise `ToolError` where there is none."""
        with asking("lambda"):
            try:
                found = self._reader.get_function_configuration(FunctionName=name)
            except ClientError as error:
                if code_of(error) == "ResourceNotFoundException":
                    raise ToolError(
                        f"there is no function {name!r}; get_catalog_entry names those there are"
                    ) from error
                raise
            reserved = self._reader.get_function_concurrency(FunctionName=name)
        return FunctionState(
            arn=found.get("FunctionArn", ""),
            function_name=found.get("FunctionName", name),
            memory_mb=found.get("MemorySize", 128),
            reserved_concurrency=reserved.get("ReservedConcurrentExecutions", NO_RESERVATION),
            code_sha256=found.get("CodeSha256", ""),
            update_status=found.get("LastUpdateStatus", "Successful"),
            configuration_changed_at=_moment(found.get("LastModified")),
        )

    def with_traffic(self, name: str) -> FunctionState:
        """Return the function with how much of it ran at once, and what the account has left."""
        state = self.function(name)
        with asking("lambda"):
            limits = self._reader.get_account_settings()["AccountLimit"]
        return state.model_copy(
            update={
                "peak_concurrency": self._peak(name),
                "unreserved": limits.get("UnreservedConcurrentExecutions"),
            }
        )

    def give_memory(self, state: FunctionState, memory_mb: int) -> FunctionState:
        """Have it run with so much memory."""
        with asking("lambda"), _unless_busy():
            self._writer.update_function_configuration(
                FunctionName=state.function_name, MemorySize=memory_mb
            )
        return state.model_copy(update={"memory_mb": memory_mb})

    def reserve(self, state: FunctionState, concurrency: int) -> FunctionState:
        """Reserve so much for it, or have it share with all others again."""
        name = state.function_name
        with asking("lambda"), _unless_busy():
            if concurrency == NO_RESERVATION:
                self._writer.delete_function_concurrency(FunctionName=name)
            else:
                self._writer.put_function_concurrency(
                    FunctionName=name, ReservedConcurrentExecutions=concurrency
                )
        return state.model_copy(update={"reserved_concurrency": concurrency})

    def _peak(self, name: str) -> int | None:
        ran = TrafficMetric(
            namespace="AWS/Lambda",
            metric="ConcurrentExecutions",
            dimensions={"FunctionName": name},
            statistic="Maximum",
        )
        with asking("cloudwatch"):
            (told,) = self._metrics.read([ran], _LATELY_MINUTES)
        return round(max(told.values)) if told.values else None


@contextmanager
def _unless_busy() -> Generator[None]:
    """What AWS refuses because it is at the function already can be asked again in a moment."""
    try:
        yield
    except ClientError as error:
        if code_of(error) == "ResourceConflictException":
            raise MCPError(INTERNAL_ERROR, f"the function is being updated: {error}") from error
        raise


class FunctionOperation(LiveOperation[FunctionState]):
    """What all actions on a function have in common."""

    def __init__(self, functions: Functions, around: Surroundings) -> None:
        super().__init__(around)
        self.functions = functions

    def state(self, action: Action) -> FunctionState:
        """Return the function as it is now."""
        return self.functions.function(text(action, "function_name"))

    def last_changed_at(self, state: FunctionState) -> datetime | None:
        """Return when it was last configured."""
        return state.configuration_changed_at


def _moment(told: str | None) -> datetime | None:
    return datetime.fromisoformat(told) if told else None


class SetMemory(FunctionOperation):
    """Sets an absolute amount, so that doing it twice is doing it once."""

    def completed(self, action: Action) -> Action:
        """Return it with some times the memory of now."""
        return filled(action, memory_mb=next_memory(self.state(action), self.rules))

    def outlook(self, action: Action, state: FunctionState, undo: bool) -> Outlook:
        """Return what would be different."""
        wanted = whole(action, "memory_mb")
        return memory_outlook(state, wanted, self.rules.max_memory_mb, undo=undo)

    def change(self, record: ActionRecord, state: FunctionState) -> dict[str, Any]:
        """Have it run with so much memory."""
        return self.functions.give_memory(state, whole(record.action, "memory_mb")).shown

    def shows(self, record: ActionRecord, state: FunctionState) -> bool:
        """Whether it has so much."""
        return state.memory_mb == whole(record.action, "memory_mb")


class SetConcurrency(FunctionOperation):
    """Sets an absolute reservation, so that doing it twice is doing it once."""

    def state(self, action: Action) -> FunctionState:
        """Return the function with its traffic."""
        return self.functions.with_traffic(text(action, "function_name"))

    def completed(self, action: Action) -> Action:
        """Return it with some times what is reserved, or what ran at once lately."""
        reserved = next_concurrency(self.state(action), self.rules)
        return filled(action, reserved_concurrency=reserved)

    def outlook(self, action: Action, state: FunctionState, undo: bool) -> Outlook:
        """Return what would be different."""
        wanted = whole(action, "reserved_concurrency")
        return concurrency_outlook(state, wanted, self.rules.max_reserved_concurrency, undo=undo)

    def change(self, record: ActionRecord, state: FunctionState) -> dict[str, Any]:
        """Reserve so much for it."""
        return self.functions.reserve(state, whole(record.action, "reserved_concurrency")).shown

    def shows(self, record: ActionRecord, state: FunctionState) -> bool:
        """Whether so much is reserved."""
        return state.reserved_concurrency == whole(record.action, "reserved_concurrency")
