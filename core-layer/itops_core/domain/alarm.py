"""An alarm: what opened an incident, whoever raised it."""

from pydantic import Field

from itops_core.domain.values import Moment, Value, sha256_of


class Alarm(Value):
    """One metric that crossed a line. Dimensions are as CloudWatch names them."""

    name: str
    account: str = ""
    region: str = ""
    namespace: str = ""
    metric: str = ""
    dimensions: dict[str, str] = Field(default_factory=dict)
    statistic: str = "Average"
    period_seconds: int = 60
    threshold: float | None = None
    comparison: str = "GreaterThanThreshold"
    reason: str = ""
    description: str = ""
    changed_at: Moment

    @property
    def fingerprint(self) -> str:
        """What makes two alarm messages tell of the same thing."""
        return sha256_of([self.account, self.region, self.name, self.namespace, self.metric])[:32]
