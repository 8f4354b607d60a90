"""What a scenario tells of a fault, as far as metrics, logs and its alarm go."""

import re
from pathlib import Path
from random import Random
from typing import Any

import yaml
from pydantic import Field

from itops_core.domain.values import Value
from itops_core.settings import bundled

_PLACEHOLDER = re.compile(r"\{([a-z]+)(?::([^{}\"]*))?\}")
_USUAL = {"cpu": 30.0, "memory": 50.0, "error_rate": 0.3, "latency": 120.0, "requests": 600.0}
"""What a metric is when nothing is wrong; another one is at a fifth of what the fault makes it."""


class Effect(Value):
    """How a metric of a service moves when the fault strikes."""

    service: str
    metric: str
    to: float
    shape: str = "step"
    after_minutes: float = 0
    over_minutes: float = 1

    def value_at(self, minutes: float, chance: Random) -> float:
        """Return the metric that long after the fault began; negative is before."""
        usual = _USUAL.get(self.metric, self.to / 5)
        since = minutes - self.after_minutes
        share = 0.0 if since < 0 else 1.0
        if since >= 0 and self.shape == "ramp":
            share = min(1.0, since / max(self.over_minutes, 1))
        value = usual + (self.to - usual) * share
        return round(max(0.0, value * chance.uniform(0.96, 1.04)), 3)


class LogLine(Value):
    """A line that a service writes because of the fault."""

    service: str
    level: str = "ERROR"
    message: str
    per_minute: float = 1
    after_minutes: float = 0

    def written(self, chance: Random) -> str:
        """Return it as it is written once."""
        return (
            f"{self.level} {_PLACEHOLDER.sub(lambda found: _filled(found, chance), self.message)}"
        )


class StoryAlarm(Value):
    """The alarm that rings."""

    name: str
    service: str
    metric: str
    threshold: float
    description: str = ""
    comparison: str = "GreaterThanThreshold"
    statistic: str = "Average"
    period_seconds: int = 60


class Story(Value):
    """One scenario, without what is true of it: that is for judging, not for telling."""

    slug: str
    title: str
    onset_minutes_ago: float
    effects: tuple[Effect, ...] = ()
    logs: tuple[LogLine, ...] = ()
    alarm: StoryAlarm = Field(description="What opens the incident.")

    @property
    def services(self) -> tuple[str, ...]:
        """Whom it tells of; the first one shows the symptom."""
        named = (self.alarm.service, *(one.service for one in (*self.effects, *self.logs)))
        return tuple(dict.fromkeys(named))


def stories() -> dict[str, Story]:
    """Return every scenario that can be told, by its folder's name."""
    folders = sorted(bundled("scenarios").glob("*/scenario.yaml"))
    return {path.parent.name: _read(path) for path in folders}


def _read(path: Path) -> Story:
    raw: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Story(
        slug=path.parent.name,
        title=raw["title"],
        onset_minutes_ago=float(raw["onset_minutes_ago"]),
        effects=tuple(_known(Effect, one) for one in raw.get("effects", ())),
        logs=tuple(_known(LogLine, one) for one in raw.get("logs", ())),
        alarm=_known(StoryAlarm, raw["alarm"]),
    )


def _known(model: Any, raw: dict[str, Any]) -> Any:  # noqa: ANN401 - one of the values above
    """Return the value, without what the sandbox alone makes something of."""
    return model.model_validate({k: v for k, v in raw.items() if k in model.model_fields})


def _filled(found: re.Match[str], chance: Random) -> str:
    name, argument = found[1], found[2] or ""
    if name == "pick" and argument:
        return chance.choice(argument.split("|"))
    if name in {"int", "float"} and "-" in argument:
        low, high = (float(part) for part in argument.split("-", 1))
        value = chance.uniform(low, high)
        return f"{value:.0f}" if name == "int" else f"{value:.2f}"
    if name == "ip":
        return f"10.{chance.randint(0, 3)}.{chance.randint(1, 250)}.{chance.randint(1, 250)}"
    return f"{chance.getrandbits(48):012x}"
