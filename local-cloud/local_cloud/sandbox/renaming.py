"""The same scenario under other names, so that many can run side by side."""

import re
from collections.abc import Mapping
from typing import Any

from local_cloud.sandbox.scenario import Scenario


def suffixed(scenario: Scenario, suffix: str) -> Scenario:
    """Return `scenario` with `-suffix` behind every name that AWS knows it by."""
    known = {one.name for one in scenario.parts}
    known |= {name for one in scenario.pipelines for name in one.names()}
    other = renamed(scenario, {name: f"{name}-{suffix}" for name in known})
    fields = other.model_dump(mode="json")
    before = scenario.model_dump(mode="json")
    for section, names in _KNOWN_BY.items():
        for new, old in zip(fields[section], before[section], strict=True):
            new.update({name: _apart(new[name], old[name], suffix) for name in names})
    fields["alarm"]["name"] = _apart(other.alarm.name, scenario.alarm.name, suffix)
    return Scenario.model_validate(fields)


_KNOWN_BY = {
    "estate": ("log_group",),
    "components": ("log_group", "resource"),
    "changes": ("parameter", "flag"),
    "further_alarms": ("name",),
}


def renamed(scenario: Scenario, names: Mapping[str, str]) -> Scenario:
    """Return `scenario` with whole words replaced, wherever they stand."""
    words = sorted(names, key=len, reverse=True)
    pattern = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, words))})(?![\w-])")

    def replace(value: Any) -> Any:  # noqa: ANN401 - any JSON
        if isinstance(value, str):
            return pattern.sub(lambda match: names[match[1]], value)
        if isinstance(value, list):
            return [replace(one) for one in value]
        if isinstance(value, dict):
            return {replace(key): replace(one) for key, one in value.items()}
        return value

    return Scenario.model_validate(replace(scenario.model_dump(mode="json")))


def _apart(value: str | None, original: str | None, suffix: str) -> str | None:
    return f"{value}-{suffix}" if value is not None and value == original else value
