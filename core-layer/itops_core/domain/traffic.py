"""How much reaches something right now: what a change of it may be felt by, in numbers."""

from enum import StrEnum

from pydantic import Field

from itops_core.domain.values import Value


class TrafficLevel(StrEnum):
    """How busy something is; the numbers between the levels are the catalogue's."""

    UNKNOWN = "unknown"
    IDLE = "idle"
    LIGHT = "light"
    BUSY = "busy"
    HEAVY = "heavy"
    FLOOD = "flood"


class TrafficMetric(Value):
    """A metric of CloudWatch, and how it is read: by default one that counts what comes in."""

    namespace: str
    metric: str
    dimensions: dict[str, str] = Field(default_factory=dict)
    statistic: str = Field(default="Sum", pattern="^(Sum|SampleCount|Maximum)$")
    unit: str = Field(default="requests", description="What it counts, as people say it.")

    @property
    def told(self) -> str:
        """How people find it in CloudWatch."""
        return f"{self.namespace} {self.metric}"


class Traffic(Value):
    """What was measured of it, or why nothing was."""

    level: TrafficLevel = TrafficLevel.UNKNOWN
    per_minute: float | None = Field(default=None, description="`None` where nothing tells.")
    unit: str = "requests"
    source: str = Field(default="", description="The metric that tells it.")
    why_unknown: str = "no metric of requests"

    @property
    def told(self) -> str:
        """What people are told of it."""
        if self.per_minute is None:
            return f"traffic is not known: {self.why_unknown}"
        source = f" ({self.source})" if self.source else ""
        if self.level is TrafficLevel.IDLE:
            return f"hardly any {self.unit} reach it now{source}"
        return f"about {self.per_minute:,.0f} {self.unit} a minute reach it now{source}"
