"""What people changed before a fault: the cause sometimes, a false lead more often."""

from typing import Literal, Self

from pydantic import Field, model_validator

from itops_core.domain.values import Value

FLAGS = "/flags"
"""Feature flags are SSM parameters below this path."""


class Change(Value):
    """One change, before the onset."""

    change_id: str
    kind: Literal[
        "deployment", "parameter", "flag", "function_code", "function_configuration", "api_call"
    ]
    minutes_before_onset: float = Field(gt=0)
    service: str | None = Field(default=None, description="The part that was changed.")
    image: str | None = None
    environment: dict[str, str] = Field(default_factory=dict)
    removes: tuple[str, ...] = Field(default=(), description="Variables that are gone since.")
    cpu: int | None = None
    memory: int | None = None
    memory_mb: int | None = Field(default=None, description="Of a function.")
    timeout_seconds: int | None = Field(default=None, description="Of a function.")
    runtime: str | None = Field(default=None, description="Of a function.")
    parameter: str | None = None
    flag: str | None = None
    value_before: str | None = None
    value_after: str | None = None
    call: str | None = Field(
        default=None, pattern=r"^[a-z0-9-]+:[A-Z][A-Za-z0-9]+$", description="As CloudTrail tells."
    )
    user: str = Field(default="deploy-bot", description="Who called, by the name in IAM.")
    resource: str = Field(default="", description="What was called upon.")
    request: dict[str, str] = Field(default_factory=dict, description="Parameters of the call.")

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if self.kind in {"deployment", "function_code", "function_configuration"}:
            _demand(self.service, f"a {self.kind} names its service")
        if self.kind == "parameter":
            both = self.parameter and self.value_after
            _demand(both, "a parameter change names parameter and value_after")
        if self.kind == "flag":
            _demand(self.flag and self.value_after, "a flag change names flag and value_after")
        if self.kind == "api_call":
            _demand(self.call, "an api_call names its call, such as dynamodb:UpdateTable")
        return self

    def environment_after(self, before: dict[str, str]) -> dict[str, str]:
        """Return the environment as this change leaves it."""
        after = {**before, **self.environment}
        return {name: value for name, value in after.items() if name not in self.removes}

    @property
    def parameter_name(self) -> str | None:
        """The SSM parameter that it sets, if it is that sort of change."""
        return f"{FLAGS}/{self.flag}" if self.kind == "flag" else self.parameter


def _demand(there: object, complaint: str) -> None:
    if not there:
        raise ValueError(complaint)
