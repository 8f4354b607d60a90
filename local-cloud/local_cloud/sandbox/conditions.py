"""What makes the world better or worse: states of the world, never who brought them about."""

from typing import Literal, Self

from pydantic import Field, model_validator

from itops_core.domain.values import Value

_NEEDS: dict[str, tuple[str, ...]] = {
    "new_deployment": ("service",),
    "revision_differs": ("service", "change_id"),
    "desired_count_at_least": ("service", "count"),
    "desired_count_below": ("service", "count"),
    "task_stopped": ("service",),
    "function_memory_at_least": ("service", "memory_mb"),
    "function_concurrency_at_least": ("service", "count"),
    "function_concurrency_below": ("service", "count"),
    "function_differs": ("service", "change_id"),
    "table_capacity_at_least": ("service",),
    "queue_depth_below": ("service", "count"),
    "device_restarted": ("service",),
    "parameter_differs": ("change_id",),
    "execution_succeeds": ("service",),
    "minutes_passed": ("minutes",),
}


class Condition(Value):
    """A state of the world, seen through AWS or the clock; nothing about agents."""

    when: Literal[
        "new_deployment",
        "revision_differs",
        "desired_count_at_least",
        "desired_count_below",
        "task_stopped",
        "function_memory_at_least",
        "function_concurrency_at_least",
        "function_concurrency_below",
        "function_differs",
        "table_capacity_at_least",
        "queue_depth_below",
        "device_restarted",
        "parameter_differs",
        "execution_succeeds",
        "minutes_passed",
    ]
    service: str | None = None
    change_id: str | None = None
    count: int | None = None
    memory_mb: int | None = None
    read_units: int | None = None
    write_units: int | None = None
    minutes: float | None = None

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if any(getattr(self, field) is None for field in _NEEDS[self.when]):
            raise ValueError(f"the condition {self.when} lacks a field; see docs/scenarios.md")
        if self.when == "table_capacity_at_least" and not (self.read_units or self.write_units):
            raise ValueError("table_capacity_at_least names read_units, write_units or both")
        return self


class Worsening(Condition):
    """A condition under which the fault bites harder."""

    factor: float = Field(default=1.5, gt=1, le=5)


class Physics(Value):
    """What makes the world better or worse. Any one condition suffices."""

    recovers_when: tuple[Condition, ...] = ()
    worsens_when: tuple[Worsening, ...] = ()
    recovery_seconds: float = Field(default=2.0, ge=0)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """All of them."""
        return (*self.recovers_when, *self.worsens_when)
