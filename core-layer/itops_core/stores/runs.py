"""Runs towards goals: the run, guarded by its version, and its steps, written once."""

from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, Key

from itops_core.domain.run import GoalRun, RunStatus, RunStep
from itops_core.errors import ConflictError, NotFoundError
from itops_core.stores.items import (
    Listing,
    Page,
    item_of,
    page_of,
    put_if,
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
        is_new = put_if(self._table, _item(run), Attr("item_key").not_exists())
        return run if is_new else self.get(run.run_id)

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
        if not put_if(self._table, _item(saved), Attr("version").eq(run.version)):
            raise ConflictError(f"{run.run_id} was changed by someone else")
        return saved

    def list(
        self, status: RunStatus | None = None, limit: int = 50, cursor: str | None = None
    ) -> Page[GoalRun]:
        """Return runs, the newest first."""
        index, name, value = ("by_time", "kind", _RUN)
        if status is not None:
            index, name, value = ("by_status", "status", status.value)
        listing = Listing(
            GoalRun,
            {
                "IndexName": index,
                "KeyConditionExpression": Key(name).eq(value),
                "ScanIndexForward": False,
            },
            ("run_id", "item_key", name, "created_at"),
            {name: value, "item_key": _RUN},
        )
        return page_of(self._table, listing, limit, cursor)

    def add_step(self, step: RunStep) -> RunStep:
        """Append a step; of two under one number the first stands, and is returned."""
        item = item_of(step, item_key=_STEP.format(step.number))
        if put_if(self._table, item, Attr("item_key").not_exists()):
            return step
        return self.step(step.run_id, step.number) or step

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
