"""Sources that are missing, late, or answer as if there were nothing to tell."""

from typing import Literal, Self

from pydantic import Field, model_validator

from itops_core.domain.values import Value

Backend = Literal[
    "cloudwatch",
    "logs",
    "xray",
    "ecs",
    "ssm",
    "sqs",
    "lambda",
    "cloudformation",
    "cloudtrail",
    "stepfunctions",
]
How = Literal["denied", "down", "throttled"]

_NAMES_A_PART = {"log_group", "log_lines", "metric", "late_metrics", "telemetry", "catalog_entry"}


class Missing(Value):
    """A source that does not tell what it should."""

    kind: Literal[
        "log_group",
        "log_lines",
        "metric",
        "late_metrics",
        "telemetry",
        "catalog_entry",
        "traces",
        "backend",
        "tool_server",
    ]
    service: str | None = None
    metric: str | None = None
    minutes: float = Field(default=0, ge=0, description="How late metrics come.")
    after_minutes: float = Field(default=0, ge=0, description="Of telemetry: from the onset.")
    since: Literal["always", "onset"] = Field(default="onset", description="Of log_lines.")
    source: Backend | None = Field(default=None, description="AWS service of a backend.")
    how: How = "denied"
    server: str | None = Field(default=None, description="Name of a tool server.")

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        needed = {
            "metric": self.metric,
            "late_metrics": self.minutes,
            "backend": self.source,
            "tool_server": self.server,
        }.get(self.kind, True)
        if not needed or (self.kind in _NAMES_A_PART and not self.service):
            raise ValueError(f"a missing {self.kind} lacks a field; see docs/scenarios.md")
        return self
