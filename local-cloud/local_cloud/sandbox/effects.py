"""How a fault shows: in metrics, in logs, in tasks that stop, in alarms."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from itops_core.domain.values import Value
from local_cloud.sandbox.parts import RoutineLog


class Shape(StrEnum):
    """How a metric gets from its normal level to the fault's."""

    STEP = "step"
    RAMP = "ramp"
    SPIKE = "spike"
    SAWTOOTH = "sawtooth"


class Effect(Value):
    """What the fault does to one metric. Times count from the onset."""

    service: str
    metric: str
    to: float
    shape: Shape = Shape.STEP
    after_minutes: float = Field(default=0, ge=0)
    over_minutes: float = Field(default=5, gt=0, description="Of a ramp, spike or one tooth.")
    frozen: bool = Field(default=False, description="The very same value, without any noise.")


class FaultLog(RoutineLog):
    """A log line that the fault causes, or an irrelevant one that is there all along."""

    service: str
    during: Literal["fault", "always"] = "fault"
    after_minutes: float = Field(default=0, ge=0)
    task: int | None = Field(default=None, ge=0, description="Which task writes it; else any.")
    until_minutes: float | None = Field(default=None, gt=0, description="From the onset, too.")


class StoppedTasks(Value):
    """Tasks of a service that stop while the fault lasts, in AWS's own words."""

    service: str
    stopped_reason: str = Field(min_length=1, max_length=1024)
    exit_code: int | None = None
    container_reason: str = ""
    after_minutes: float = Field(default=1, ge=0)
    every_minutes: float = Field(default=4, ge=0.25)
    replaced: bool = Field(default=True, description="Whether ECS starts another in its place.")


class AlarmSpec(Value):
    """A CloudWatch alarm. A count is judged by its Sum, a gauge by any other statistic."""

    name: str = Field(min_length=1, max_length=200)
    service: str
    metric: str
    threshold: float
    comparison: Literal[
        "GreaterThanThreshold",
        "GreaterThanOrEqualToThreshold",
        "LessThanThreshold",
        "LessThanOrEqualToThreshold",
    ] = "GreaterThanThreshold"
    statistic: str = Field(default="Average", pattern=r"^(Average|Maximum|Minimum|Sum|p\d{1,2})$")
    period_seconds: int = Field(default=60, ge=1)
    evaluation_periods: int = Field(default=1, ge=1, le=15)
    datapoints_to_alarm: int = Field(default=1, ge=1, le=15)
    treat_missing: Literal["missing", "breaching", "notBreaching", "ignore"] = "missing"
    description: str = ""
