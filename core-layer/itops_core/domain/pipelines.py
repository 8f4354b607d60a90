"""What people see of a pipeline's failures: families, days, and what several have in common."""

from collections.abc import Mapping
from typing import Any, TypeVar, get_args

from pydantic import Field

from itops_core.domain.values import Moment, Value

V = TypeVar("V", bound=Value)


class FailureGroup(Value):
    """Failures of one state with one error and the same words."""

    state_machine: str
    state: str
    error: str
    template: str
    count: int
    first_at: Moment
    last_at: Moment
    latest_execution: str


class NewestRun(Value):
    """How the newest execution stands: whether it works again."""

    state_machine: str
    status: str
    started_at: Moment


class PipelineFailures(Value):
    """What failed, the most frequent first."""

    failed: int
    families: tuple[FailureGroup, ...]
    latest: tuple[NewestRun, ...]
    gaps: tuple[str, ...] = ()
    truncated: bool = False


class Day(Value):
    """The executions that ended within 24 hours."""

    since: Moment
    until: Moment
    failed: int
    succeeded: int


class TrendFound(Value):
    """What the days tell, by two tests."""

    direction: str = Field(description="increasing, decreasing, steady or too_little_data.")
    sentence: str
    confidence: float
    earlier: int
    later: int
    rate_ratio: float | None
    ratio_range: tuple[float, float | None]
    rate_p: float
    dispersion: float
    kendall_s: int
    kendall_p: float


class PipelineTrend(Value):
    """Failures a day, and whether they become more."""

    days: tuple[Day, ...]
    trend: TrendFound
    failed: int
    succeeded: int
    gaps: tuple[str, ...] = ()


class FailingPipeline(Value):
    """A pipeline that fails, and what its failure is about."""

    pipeline: str
    execution_arn: str
    state: str
    error: str
    family: str
    summary: str
    first_at: Moment
    last_at: Moment
    about: dict[str, str]
    deepest: str


class SharedCauseFound(Value):
    """A resource whose failure explains several pipelines."""

    component: str
    pipelines: tuple[str, ...]
    also_felt_by: tuple[str, ...]
    confidence: float
    certainty: str
    why: str
    executions: tuple[str, ...]


class Overlap(Value):
    """A dependency that failing pipelines have in common, which explains nothing."""

    component: str
    pipelines: tuple[str, ...]
    why: str
    chance: float


class SharedCausesFound(Value):
    """What explains several failing pipelines, and what they merely share."""

    failing: tuple[FailingPipeline, ...]
    causes: tuple[SharedCauseFound, ...]
    overlaps: tuple[Overlap, ...]
    note: str = ""
    gaps: tuple[str, ...] = ()


def seen_as(model: type[V], content: Mapping[str, Any]) -> V:
    """Return a tool's answer as `model`, without what a caller is not told."""
    return model.model_validate(_fitting(content, model))


def _fitting(told: Any, model: type[Value]) -> dict[str, Any]:  # noqa: ANN401
    """Return of a record only the fields that `model` has, in all that lies in it as well."""
    fitting: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if name not in told:
            continue
        inner = next(
            (
                one
                for one in (field.annotation, *get_args(field.annotation))
                if isinstance(one, type) and issubclass(one, Value)
            ),
            None,
        )
        value = told[name]
        if inner is not None and isinstance(value, list):
            value = [_fitting(one, inner) for one in value]
        elif inner is not None and isinstance(value, dict):
            value = _fitting(value, inner)
        fitting[name] = value
    return fitting
