"""The action on DynamoDB tables: how much they may take a second."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR

from itops_core.domain.remediation import Action, ActionRecord
from itops_core.domain.traffic import TrafficMetric
from itops_core.remediation.assessment import Outlook
from itops_core.remediation.tables import (
    Capacity,
    Refusals,
    TableState,
    capacity_outlook,
    next_capacity,
)
from itops_core.tools.aws_errors import asking, code_of
from operations_server.metrics import RecentMetrics
from operations_server.operation import LiveOperation, Surroundings, filled, text, whole

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_LATELY_MINUTES = 15


class Tables:
    """Reads retry; writes do not, for a write that timed out may have happened."""

    def __init__(
        self,
        reader: "DynamoDBClient",
        writer: "DynamoDBClient",
        metrics: RecentMetrics,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._metrics = metrics

    def table(self, name: str) -> TableState:
        """Return the table as it is now; raise `ToolError` where there is none."""
        with asking("dynamodb"):
            try:
                found = self._reader.describe_table(TableName=name)["Table"]
            except ClientError as error:
                if code_of(error) == "ResourceNotFoundException":
                    raise ToolError(
                        f"there is no table {name!r}; get_catalog_entry names those there are"
                    ) from error
                raise
        capacity = found.get("ProvisionedThroughput", {})
        provisioned = "PROVISIONED" if capacity.get("ReadCapacityUnits") else "PAY_PER_REQUEST"
        return TableState(
            arn=found.get("TableArn", ""),
            table_name=found.get("TableName", name),
            status=found.get("TableStatus", ""),
            billing_mode=found.get("BillingModeSummary", {}).get("BillingMode", provisioned),
            read_units=capacity.get("ReadCapacityUnits", 0),
            write_units=capacity.get("WriteCapacityUnits", 0),
            capacity_changed_at=max(
                filter(None, map(capacity.get, ("LastIncreaseDateTime", "LastDecreaseDateTime"))),
                default=None,
            ),
        )

    def refusals(self, name: str) -> Refusals:
        """Return how many reads and writes of the table were throttled lately."""
        refused = [
            TrafficMetric(namespace="AWS/DynamoDB", metric=metric, dimensions={"TableName": name})
            for metric in ("ReadThrottleEvents", "WriteThrottleEvents")
        ]
        with asking("cloudwatch"):
            reads, writes = self._metrics.read(refused, _LATELY_MINUTES)
        return Refusals(reads=sum(reads.values), writes=sum(writes.values))

    def provision(self, state: TableState, wanted: Capacity) -> TableState:
        """Have it take so much; AWS tells of the new capacity only when it is there.

        A table that is being changed already is looked at again later: that may be this change.
        """
        with asking("dynamodb"):
            try:
                self._writer.update_table(
                    TableName=state.table_name,
                    ProvisionedThroughput={
                        "ReadCapacityUnits": wanted.read_units,
                        "WriteCapacityUnits": wanted.write_units,
                    },
                )
            except ClientError as error:
                if code_of(error) == "ResourceInUseException":
                    said = f"{state.table_name} is being changed right now"
                    raise MCPError(INTERNAL_ERROR, said) from error
                if code_of(error) == "LimitExceededException":
                    said = f"{state.table_name}: AWS lowers capacity only so often a day: {error}"
                    raise ToolError(said) from error
                raise
        return state.model_copy(update=wanted.model_dump())


class RaiseCapacity(LiveOperation[TableState]):
    """Sets absolute capacity, so that doing it twice is doing it once."""

    def __init__(self, tables: Tables, around: Surroundings) -> None:
        super().__init__(around)
        self.tables = tables

    def completed(self, action: Action) -> Action:
        """Return it with some times the capacity of now."""
        state = self.state(action)
        lately = self.tables.refusals(state.table_name)
        return filled(action, **next_capacity(state, self.rules, lately).model_dump())

    def state(self, action: Action) -> TableState:
        """Return the table as it is now."""
        return self.tables.table(text(action, "table_name"))

    def last_changed_at(self, state: TableState) -> datetime | None:
        """Return when its capacity last went up or down."""
        return state.capacity_changed_at

    def outlook(self, action: Action, state: TableState, undo: bool) -> Outlook:
        """Return what would be different."""
        return capacity_outlook(state, _wanted(action), self.rules.max_capacity_units, undo=undo)

    def change(self, record: ActionRecord, state: TableState) -> dict[str, Any]:
        """Have it take so much."""
        return self.tables.provision(state, _wanted(record.action)).shown

    def shows(self, record: ActionRecord, state: TableState) -> bool:
        """Whether it takes so much."""
        return Capacity(read_units=state.read_units, write_units=state.write_units) == _wanted(
            record.action
        )


def _wanted(action: Action) -> Capacity:
    return Capacity(
        read_units=whole(action, "read_units"), write_units=whole(action, "write_units")
    )
