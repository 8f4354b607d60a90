"""How busy is busy: what a rate of requests means for risk and blast radius, by the catalogue."""

from typing import Self

from pydantic import Field, model_validator

from itops_core.domain.remediation import BlastSize
from itops_core.domain.traffic import Traffic, TrafficLevel
from itops_core.domain.values import Value

_SIZES = {TrafficLevel.HEAVY: BlastSize.MEDIUM, TrafficLevel.FLOOD: BlastSize.LARGE}
_BUSY = (TrafficLevel.BUSY, TrafficLevel.HEAVY, TrafficLevel.FLOOD)


class TrafficRules(Value):
    """Where one level ends and the next begins, a minute; and where requests are looked for."""

    minutes: int = Field(ge=1, le=60)
    idle_below: float = Field(ge=0)
    busy_from: float
    heavy_from: float
    flood_from: float
    own_names: tuple[str, ...]
    """What a component's own metric of requests may be called, in its namespace."""

    @model_validator(mode="after")
    def _rises(self) -> Self:
        steps = [self.idle_below, self.busy_from, self.heavy_from, self.flood_from]
        if steps != sorted(set(steps)):
            raise ValueError("traffic: each level has to begin above the one before")
        return self

    def level_of(self, per_minute: float) -> TrafficLevel:
        """Return how busy something is that so much reaches."""
        if per_minute < self.idle_below:
            return TrafficLevel.IDLE
        if per_minute < self.busy_from:
            return TrafficLevel.LIGHT
        if per_minute < self.heavy_from:
            return TrafficLevel.BUSY
        return TrafficLevel.HEAVY if per_minute < self.flood_from else TrafficLevel.FLOOD


def size_by_traffic(traffic: Traffic) -> BlastSize:
    """Return how far a disturbance of what reaches it is felt."""
    return _SIZES.get(traffic.level, BlastSize.SMALL)


def riskier_by_traffic(traffic: Traffic) -> str | None:
    """Return why disturbing what reaches it is riskier now, or `None`."""
    return traffic.told if traffic.level in _BUSY else None
