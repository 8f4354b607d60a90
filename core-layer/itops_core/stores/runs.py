"""Runs towards goals: the run, guarded by its version, and its steps, written once."""

from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

from itops_core.domain.run import GoalRun, RunStatus, RunStep
from itops_core.errors import ConflictError, NotFoundError
from itops_core.stores.items import (
    Page,
    cursor_of,
    is_refused_condition,
    item_of,
    key_of,
    query_all,
    value_of,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

_RUN = "run"
_STEP = "step#{:06d}"


class RunStore:
    """One table: `run` and `step#…` under the run's id."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def create(self, run: GoalRun) -> GoalRun:
        """Store a new run; return the one that stands under its id."""
        try:
            self._table.put_item(Item=_item(run), ConditionExpression=Attr("item_key").not_exists())
        except ClientError as error:
            if not is_refused_condition(error):
                raise
            return self.get(run.run_id)
        return run

    def get(self, run_id: str) -> GoalRun:
        """Return the run, or raise `NotFoundError`."""
        key = {"run_id": run_id, "item_key": _RUN}
        item = self._table.get_item(Key=key, ConsistentRead=True).get("Item")
        if item is None:
            raise NotFoundError(f"no run {run_id!r}")
        return value_of(GoalRun, item)

    def save(self, run: GoalRun) -> GoalRun:
        """Store a run that was read at its version, or raise `ConflictError`."""
        saved = run.model_copy(update={"version": run.version + 1})
        try:
            self._table.put_item(
                Item=_item(saved), ConditionExpression=Attr("version").eq(run.version)
            )
        except ClientError as error:
            if is_refused_condition(error):
                raise ConflictError(f"{run.run_id} was changed by someone else") from error
            raise
        return saved

    def list(
        self, status: RunStatus | None = None, limit: int = 50, cursor: str | None = None
    ) -> Page[GoalRun]:
        """Return runs, the newest first."""
        index, name, value = ("by_time", "kind", _RUN)
        if status is not None:
            index, name, value = ("by_status", "status", status.value)
        query: dict[str, Any] = {
            "IndexName": index,
            "KeyConditionExpression": Key(name).eq(value),
            "ScanIndexForward": False,
            "Limit": limit,
        }
        if cursor:
            names = ("run_id", "item_key", name, "created_at")
            query["ExclusiveStartKey"] = key_of(cursor, names, {name: value, "item_key": _RUN})
        answer = self._table.query(**query)
        found = tuple(value_of(GoalRun, item) for item in answer["Items"])
        return Page(found, cursor_of(answer.get("LastEvaluatedKey")))

    def add_step(self, step: RunStep) -> RunStep:
        """Append a step; of two under one number the first stands, and is returned."""
        key = _STEP.format(step.number)
        try:
            self._table.put_item(
                Item=item_of(step, item_key=key),
                ConditionExpression=Attr("item_key").not_exists(),
            )
        except ClientError as error:
            if not is_refused_condition(error):
                raise
            known = self.step(step.run_id, step.number)
            return step if known is None else known
        return step

    def step(self, run_id: str, number: int) -> RunStep | None:
        """Return a step, or `None` where it was not taken yet."""
        key = {"run_id": run_id, "item_key": _STEP.format(number)}
        item = self._table.get_item(Key=key, ConsistentRead=True).get("Item")
        return None if item is None else value_of(RunStep, item)

    def steps(self, run_id: str, after: int = 0) -> tuple[RunStep, ...]:
        """Return the steps behind number `after`, oldest first."""
        items = query_all(
            self._table,
            KeyConditionExpression=Key("run_id").eq(run_id)
            & Key("item_key").between(_STEP.format(after + 1), "step#999999"),
            ConsistentRead=True,
        )
        return tuple(value_of(RunStep, item) for item in items)


def _item(run: GoalRun) -> dict[str, Any]:
    return item_of(run, item_key=_RUN, kind=_RUN)
