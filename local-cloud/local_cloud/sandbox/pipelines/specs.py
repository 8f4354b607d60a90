"""How a scenario tells of pipelines: what they consist of, and what breaks them.

`docs/scenarios.md` explains every field.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.values import Value
from local_cloud.address import ACCOUNT, REGION
from local_cloud.sandbox.parts import MetricSpec, Part

LONG_AGO_SECONDS = 9 * 86_400
"""Age of every function and state machine that nobody changed lately."""

_Rows = tuple[tuple[str, str, dict[str, Any]], ...]
_NAME = r"^[a-zA-Z0-9][a-zA-Z0-9_-]{0,60}$"


class FunctionSpec(Value):
    """A Lambda function with its code; `handler(event, context)` is called."""

    name: str = Field(pattern=_NAME)
    code: str = Field(min_length=1)
    timeout_seconds: int = Field(default=3, ge=1, le=30)
    memory_mb: int = Field(default=256, ge=128, le=3008)
    environment: dict[str, str] = Field(default_factory=dict)
    may: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="Allowed IAM actions by name of a table or function."
    )
    external: bool = Field(default=False, description="It stands for a service of others.")
    repeatable: bool | None = Field(default=None, description="By its owner's word.")
    owner: str = ""
    tier: int = Field(default=2, ge=1, le=4)
    description: str = ""

    @property
    def log_group(self) -> str:
        """Where Lambda writes what it prints."""
        return f"/aws/lambda/{self.name}"

    @property
    def arn(self) -> str:
        """Its ARN in the local account."""
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.name}"

    def metrics(self) -> tuple[MetricSpec, ...]:
        """Return what CloudWatch tells of it; keys begin with its name."""
        rows: _Rows = (
            ("invocations", "Invocations", _count(8)),
            ("errors", "Errors", {**_count(0), "noise_percent": 0}),
            ("duration", "Duration", {"unit": "Milliseconds", "level": 180, "noise_percent": 8}),
        )
        return _metrics("AWS/Lambda", {"FunctionName": self.name}, rows, f"{self.name}.")

    def catalog_entry(self) -> CatalogEntry:
        """Return what the catalog says of it."""
        return CatalogEntry(
            entry_id=self.name,
            kind="external" if self.external else "lambda",
            tier=self.tier,
            owner=self.owner,
            description=self.description,
            resource=self.name,
            log_groups=() if self.external else (self.log_group,),
            repeatable=self.repeatable,
            depends_on=tuple(self.may),
        )


class TableSpec(Value):
    """A DynamoDB table with provisioned capacity; its key is the text attribute `key`."""

    name: str = Field(pattern=_NAME)
    key: str = "id"
    write_units: int = Field(default=100, ge=1)
    read_units: int = Field(default=100, ge=1)
    items: tuple[dict[str, Any], ...] = Field(default=(), description="What stands in it.")
    owner: str = ""
    tier: int = Field(default=2, ge=1, le=4)
    description: str = ""

    @property
    def arn(self) -> str:
        """Its ARN in the local account."""
        return f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{self.name}"

    def metrics(self) -> tuple[MetricSpec, ...]:
        """Return what CloudWatch tells of it; keys begin with its name."""
        units = {"unit": "Count", "level": self.write_units, "noise_percent": 0}
        rows: _Rows = (
            ("writes", "ConsumedWriteCapacityUnits", _count(32)),
            ("write_throttles", "WriteThrottleEvents", {**_count(0), "noise_percent": 0}),
            ("write_units", "ProvisionedWriteCapacityUnits", units),
        )
        return _metrics("AWS/DynamoDB", {"TableName": self.name}, rows, f"{self.name}.")

    def catalog_entry(self) -> CatalogEntry:
        """Return what the catalog says of it."""
        return CatalogEntry(
            entry_id=self.name,
            kind="table",
            tier=self.tier,
            owner=self.owner,
            description=self.description,
            resource=self.name,
        )


class PipelineSpec(Part):
    """A state machine, with the functions and tables that come with it."""

    name: str = Field(pattern=_NAME)
    kind: Literal["STANDARD", "EXPRESS"] = "STANDARD"
    definition: dict[str, Any] = Field(description="Amazon States Language.")
    functions: tuple[FunctionSpec, ...] = ()
    tables: tuple[TableSpec, ...] = ()
    input: dict[str, Any] = Field(default_factory=dict, description="Of an ordinary execution.")
    every_minutes: float = Field(default=45, ge=1, description="How often one is started.")
    nested: bool = Field(default=False, description="Another pipeline starts it.")

    @property
    def arn(self) -> str:
        """The ARN of the state machine in the local account."""
        return f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{self.name}"

    @property
    def log_group_name(self) -> str:
        """Where an Express execution is logged; Standard ones log nothing."""
        return f"/aws/vendedlogs/states/{self.name}" if self.kind == "EXPRESS" else ""

    @property
    def logging(self) -> dict[str, Any]:
        """How it logs, as Step Functions is told it."""
        if not self.log_group_name:
            return {}
        group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{self.log_group_name}:*"
        return {
            "level": "ALL",
            "includeExecutionData": True,
            "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}],
        }

    def all_metrics(self) -> tuple[MetricSpec, ...]:
        """Return the metrics of the state machine, its functions and tables, then its own."""
        rows: _Rows = (
            ("failed", "ExecutionsFailed", {**_count(0), "noise_percent": 0}),
            ("duration", "ExecutionTime", {"unit": "Milliseconds", "level": 1800}),
            ("started", "ExecutionsStarted", _count(4)),
            ("succeeded", "ExecutionsSucceeded", _count(4)),
        )
        own = _metrics("AWS/States", {"StateMachineArn": self.arn}, rows)
        waiting: _Rows = (("waiting", "InputsWaiting", {"unit": "Count", "noise_percent": 0}),)
        own = (*own, *_metrics("DataPlatform", {"Pipeline": self.name}, waiting))
        of_functions = (metric for one in self.functions for metric in one.metrics())
        of_tables = (metric for one in self.tables for metric in one.metrics())
        return (*own, *of_functions, *of_tables, *self.metrics)

    def catalog_entry(self) -> CatalogEntry:
        """Return what the catalog says of it."""
        return CatalogEntry(
            entry_id=self.name,
            kind="pipeline",
            tier=self.tier,
            owner=self.owner,
            description=self.description,
            state_machine_arn=self.arn,
            log_groups=(self.log_group_name,) if self.log_group_name else (),
            metric_namespace="AWS/States",
            metric_dimensions={"StateMachineArn": self.arn},
            runbook=self.runbook,
            depends_on=self.depends_on,
        )

    def entries(self) -> tuple[CatalogEntry, ...]:
        """Return the catalog entries of the pipeline and of all that comes with it."""
        return (self.catalog_entry(), *self.pieces())

    def pieces(self) -> tuple[CatalogEntry, ...]:
        """Return the catalog entries of its functions and tables."""
        return tuple(part.catalog_entry() for part in (*self.functions, *self.tables))

    def names(self) -> tuple[str, ...]:
        """Return every name that AWS knows a piece of it by."""
        return (self.name, *(part.name for part in (*self.functions, *self.tables)))


class PipelineChange(Value):
    """What becomes different of a function or a table, by somebody's doing or by itself."""

    function: str | None = None
    table: str | None = None
    minutes_before_onset: float = Field(default=2, gt=0)
    code: str | None = None
    timeout_seconds: int | None = Field(default=None, ge=1, le=30)
    memory_mb: int | None = Field(default=None, ge=128, le=3008)
    environment: dict[str, str] = Field(default_factory=dict)
    may: dict[str, tuple[str, ...]] | None = Field(default=None, description="All it still may.")
    write_units: int | None = Field(default=None, ge=1)
    items: tuple[dict[str, Any], ...] = Field(default=(), description="Put in place of others.")

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.function is None) == (self.table is None):
            raise ValueError("a change names a function or a table")
        return self


class PipelineFault(Value):
    """How executions of a pipeline come to fail."""

    pipeline: str
    executions: int = Field(default=2, ge=1, le=5, description="That fail since the onset.")
    input: dict[str, Any] = Field(
        default_factory=dict, description="Over the usual one; null takes a field away."
    )
    changes: tuple[PipelineChange, ...] = ()
    over: bool = Field(default=False, description="The cause has passed, the failures stand.")
    later: int = Field(default=0, ge=0, le=3, description="Ordinary executions after the failed.")

    def given(self, pipeline: PipelineSpec) -> dict[str, Any]:
        """Return the input of an execution that fails."""
        return merged_input(pipeline.input, self.input)


def check_faults(pipelines: Sequence[PipelineSpec], faults: Sequence[PipelineFault]) -> None:
    """Raise a `ValueError` where a fault names what is not there."""
    names = {pipeline.name for pipeline in pipelines}
    pieces = {part.name for one in pipelines for part in (*one.functions, *one.tables)}
    for fault in faults:
        if fault.pipeline not in names:
            raise ValueError(f"{fault.pipeline!r} is not among this scenario's pipelines")
        for change in fault.changes:
            name = change.function or change.table
            if name not in pieces:
                raise ValueError(f"{name!r} is no function or table of this scenario's pipelines")


def merged_input(usual: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return `usual` with `over` merged in, mapping by mapping; null takes a field away."""
    found = dict(usual)
    for name, value in over.items():
        before = found.get(name)
        if value is None:
            found.pop(name, None)
        elif isinstance(value, Mapping) and isinstance(before, Mapping):
            found[name] = merged_input(before, value)
        else:
            found[name] = value
    return found


def changed(pipeline: PipelineSpec, changes: tuple[PipelineChange, ...]) -> PipelineSpec:
    """Return the pipeline as the changes leave it."""
    for change in changes:
        pipeline = pipeline.model_copy(
            update={
                "functions": tuple(_function(one, change) for one in pipeline.functions),
                "tables": tuple(_table(one, change) for one in pipeline.tables),
            }
        )
    return pipeline


def _function(one: FunctionSpec, change: PipelineChange) -> FunctionSpec:
    if one.name != change.function:
        return one
    told = {
        "code": change.code,
        "timeout_seconds": change.timeout_seconds,
        "memory_mb": change.memory_mb,
        "may": change.may,
        "environment": {**one.environment, **change.environment},
    }
    return one.model_copy(update={name: value for name, value in told.items() if value is not None})


def _table(one: TableSpec, change: PipelineChange) -> TableSpec:
    if one.name != change.table:
        return one
    replaced = {item[one.key] for item in change.items}
    kept = tuple(item for item in one.items if item[one.key] not in replaced)
    return one.model_copy(
        update={
            "write_units": change.write_units or one.write_units,
            "items": (*kept, *change.items),
        }
    )


def _count(level: float) -> dict[str, Any]:
    return {"unit": "Count", "kind": "count", "level": level, "noise_percent": 5}


def _metrics(
    namespace: str, dimensions: dict[str, str], rows: _Rows, prefix: str = ""
) -> tuple[MetricSpec, ...]:
    return tuple(
        MetricSpec(
            key=f"{prefix}{key}", namespace=namespace, name=name, dimensions=dimensions, **shape
        )
        for key, name, shape in rows
    )
