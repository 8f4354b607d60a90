"""The catalog: which services and pipelines there are, who owns them, what they lean on."""

from typing import Literal

from pydantic import Field

from itops_core.domain.traffic import TrafficMetric
from itops_core.domain.values import Moment, Value


class CatalogEntry(Value):
    """One service or pipeline, as its owner describes it."""

    entry_id: str = Field(description="The service's name, as alarms and people call it.")
    kind: Literal[
        "ecs_service",
        "lambda",
        "pipeline",
        "table",
        "queue",
        "api",
        "database",
        "device",
        "device_fleet",
        "external",
        "other",
    ]
    tier: int = Field(default=2, ge=1, le=4, description="1 is what customers notice at once.")
    environment: str = "sandbox"
    owner: str = ""
    description: str = ""
    cluster: str | None = Field(default=None, description="ECS cluster name.")
    ecs_service: str | None = None
    resource: str | None = Field(
        default=None,
        description="Name of the function, table, queue, API, database or thing, as AWS has it.",
    )
    log_groups: tuple[str, ...] = ()
    state_machine_arn: str | None = None
    metric_namespace: str | None = Field(default=None, description="Of its own metrics.")
    metric_dimensions: dict[str, str] = Field(default_factory=dict)
    traffic_metric: TrafficMetric | None = Field(
        default=None,
        description="What counts the requests that reach it. None: it is looked for.",
    )
    runbook: str | None = None
    depends_on: tuple[str, ...] = ()
    repeatable: bool | None = Field(
        default=None,
        description="Whether calling it again with the same input does nothing twice, by its "
        "owner's word. None: nobody said.",
    )
    discovered: bool = Field(
        default=False,
        description="Registered from tags and stacks; what a person writes takes its place.",
    )


_HISTORY = 50


class TrustChange(Value):
    """What moved the trust in an article, from where to where."""

    at: Moment
    was_percent: int = Field(ge=0, le=100)
    percent: int = Field(ge=0, le=100)
    by: str
    why: str
    incident_id: str | None = Field(default=None, description="Whose verdict was graded.")


class Withdrawal(Value):
    """That people took an article out of use, and why; nothing of it is lost."""

    at: Moment
    by: str
    reason: str


class Article(Value):
    """What is known from before: symptoms, cause, fix. `trust_percent` weighs it."""

    article_id: str
    kind: Literal["article", "runbook"] = "article"
    title: str
    services: tuple[str, ...] = ()
    component: str = Field(default="", description="Who was at fault, where it was learned.")
    fault: str = Field(default="", description="Identifier in the fault library, likewise.")
    symptoms: str = ""
    cause: str = ""
    fix: str = ""
    body: str = ""
    trust_percent: int = Field(default=50, ge=0, le=100)
    source_incident: str | None = None
    learned_at: Moment | None = Field(
        default=None,
        description="When it was learned or confirmed last; trust in it fades from then on. None: "
        "people keep it up to date.",
    )
    version: int = Field(default=0, ge=0, description="Goes up by one with every change.")
    withdrawn: Withdrawal | None = Field(
        default=None, description="Where set, agents are not told of it."
    )
    trust_history: tuple[TrustChange, ...] = Field(
        default=(), description=f"What moved the trust, oldest first; the last {_HISTORY}."
    )

    def trusted(self, change: TrustChange) -> "Article":
        """Return it with the trust that `change` gives it; the same change counts once."""
        if any((one.at, one.by) == (change.at, change.by) for one in self.trust_history):
            return self
        history = (*self.trust_history, change)[-_HISTORY:]
        return self.model_copy(update={"trust_percent": change.percent, "trust_history": history})
