"""A scenario at another size: busier or quieter, slower or quicker, worse or milder."""

from random import Random
from typing import Any

from local_cloud.sandbox.components import ComponentSpec
from local_cloud.sandbox.estate import ServiceSpec
from local_cloud.sandbox.parts import MetricSpec
from local_cloud.sandbox.scenario import Scenario

Fields = dict[str, Any]

_SHARES = {"error_rate", "client_error_rate"}
_UNITS = ("read_units", "write_units")
_MOST_PERCENT = 100.0


def scaled(scenario: Scenario, chance: Random) -> Scenario:
    """Return `scenario` with its numbers changed together, so that they still fit each other."""
    factors = _Factors(scenario, chance)
    fields = scenario.model_dump(mode="json")
    for part in (*fields["estate"], *fields["components"]):
        factors.apply_to(part)
    for effect in fields["effects"]:
        factor = factors.of(effect["service"], effect["metric"])
        if effect["metric"] in _SHARES:
            effect["to"] = round(_worse(effect["to"], chance), 3)
        else:
            effect["to"] = round(effect["to"] * factor, 6)
    for alarm in (fields["alarm"], *fields["further_alarms"]):
        metric = scenario.metric(alarm["service"], alarm["metric"])
        threshold = alarm["threshold"] * factors.of(alarm["service"], alarm["metric"])
        jitter = chance.uniform(0.95, 1.05) if metric.noise_percent else 1.0
        alarm["threshold"] = round(threshold * jitter, 6)
    for condition in (*fields["physics"]["recovers_when"], *fields["physics"]["worsens_when"]):
        factors.apply_to_condition(condition)
    return Scenario.model_validate(fields)


class _Factors:
    """By how much each metric of each part is changed."""

    def __init__(self, scenario: Scenario, chance: Random) -> None:
        self._scenario = scenario
        self._traffic = {part.name: chance.uniform(0.65, 1.7) for part in scenario.parts}
        self._slowness = {part.name: chance.uniform(0.75, 1.4) for part in scenario.parts}
        self._more_tasks = chance.randint(0, 2)

    def of(self, name: str, key: str) -> float:
        """Return the factor of one metric."""
        part = self._scenario.part(name)
        metric = part.metric(key)
        if metric is None or not isinstance(part, ServiceSpec | ComponentSpec):
            return 1.0
        if isinstance(part, ServiceSpec):
            by_key = {"requests": self._traffic[name], "errors": self._traffic[name]}
            return by_key.get(key, self._slowness[name] if key == "latency" else 1.0)
        return self._of_component(part, metric)

    def apply_to(self, part: Fields) -> None:
        """Change the ordinary levels and the settings of one part."""
        name = part["name"]
        if "kind" not in part:
            for key in ("requests", "latency"):
                part["levels"][key] = round(part["levels"][key] * self.of(name, key), 3)
            part["desired_count"] += self._more_tasks
            return
        for metric in self._scenario.part(name).all_metrics():
            factor = self.of(name, metric.key)
            own = next((one for one in part["metrics"] if one["key"] == metric.key), None)
            if own is not None:
                own["level"] = own["level"] * factor
            elif factor != 1.0 and metric.product_of is None:
                part["levels"][metric.key] = metric.level * factor
        for units in _UNITS:
            if part["settings"][units] is not None:
                part["settings"][units] = round(part["settings"][units] * self._traffic[name])

    def apply_to_condition(self, condition: Fields) -> None:
        """Let a condition ask for as much more as there is more of it."""
        name = condition["service"]
        for units in _UNITS:
            if condition[units] is not None and name in self._traffic:
                condition[units] = round(condition[units] * self._traffic[name])
        if condition["when"].startswith("desired_count"):
            condition["count"] += self._more_tasks

    def _of_component(self, part: ComponentSpec, metric: MetricSpec) -> float:
        if part.kind in {"device", "external", "other", "database"}:
            return 1.0
        if metric.key in _UNITS or (part.kind != "queue" and metric.kind == "count"):
            return self._traffic[part.name]
        if part.kind == "queue" and metric.key in {"sent", "received", "deleted"}:
            return self._traffic[part.name]
        return 1.0


def _worse(percent: float, chance: Random) -> float:
    """Return another share of failures, so far from the old one as it has room."""
    return min(_MOST_PERCENT, percent * chance.uniform(0.8, 1.35))
