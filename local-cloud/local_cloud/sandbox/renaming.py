"""The same scenario under other names, so that many can run side by side."""

import re
from collections.abc import Mapping
from typing import Any

from local_cloud.sandbox.scenario import Scenario


def suffixed(scenario: Scenario, suffix: str) -> Scenario:
    """Return `scenario` with `-suffix` behind every name that AWS knows it by."""
    renamed_one = renamed(scenario, {one.name: f"{one.name}-{suffix}" for one in scenario.estate})
    services = [
        service.model_copy(
            update={"log_group": _apart(service.log_group, original.log_group, suffix)}
        )
        for service, original in zip(renamed_one.estate, scenario.estate, strict=True)
    ]
    changes = [
        change.model_copy(
            update={"parameter": _apart(change.parameter, original.parameter, suffix)}
        )
        for change, original in zip(renamed_one.changes, scenario.changes, strict=True)
    ]
    name = _apart(renamed_one.alarm.name, scenario.alarm.name, suffix)
    alarm = renamed_one.alarm.model_copy(update={"name": name})
    return renamed_one.model_copy(
        update={"estate": tuple(services), "changes": tuple(changes), "alarm": alarm}
    )


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
            return {key: replace(one) for key, one in value.items()}
        return value

    return Scenario.model_validate(replace(scenario.model_dump(mode="json")))


def _apart(value: str | None, original: str | None, suffix: str) -> str | None:
    return f"{value}-{suffix}" if value is not None and value == original else value
