"""What differs between two revisions of an ECS task definition, without anybody's secrets."""

from collections.abc import Mapping
from typing import Any

from itops_core.domain.values import Value
from itops_core.tools.redaction import MARK, names_a_secret, redacted_text

_OF_TASK = ("cpu", "memory", "networkMode", "taskRoleArn", "executionRoleArn")
_OF_CONTAINER = ("image", "cpu", "memory", "memoryReservation", "command", "entryPoint")
_SHOWN_CHARACTERS = 200


class Difference(Value):
    """One thing that is not as it was; `None` where it was, or is, not there."""

    before: str | None
    after: str | None


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Difference]:
    """Return what changed, by name: `image`, `memory`, `environment.DB_HOST`, …

    Names start with the container's where there are several. Values of variables whose name
    tells a secret are not shown, only that they changed.
    """
    old, new = _settings(before), _settings(after)
    return {
        name: Difference(before=_shown(name, old.get(name)), after=_shown(name, new.get(name)))
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    }


def in_words(changed: Mapping[str, Difference]) -> str:
    """Return the differences as one line."""
    return "; ".join(
        f"{name}: {change.before or 'none'} → {change.after or 'none'}"
        for name, change in changed.items()
    )


def _settings(definition: Mapping[str, Any]) -> dict[str, str]:
    found = {name: str(definition[name]) for name in _OF_TASK if definition.get(name)}
    containers = definition.get("containerDefinitions", [])
    for container in containers:
        prefix = f"{container.get('name', '')}." if len(containers) > 1 else ""
        for name in _OF_CONTAINER:
            if container.get(name):
                found[f"{prefix}container.{name}" if name in found else f"{prefix}{name}"] = str(
                    container[name]
                )
        for variable in container.get("environment", []):
            found[f"{prefix}environment.{variable['name']}"] = str(variable.get("value", ""))
        for secret in container.get("secrets", []):
            found[f"{prefix}secret.{secret['name']}"] = str(secret.get("valueFrom", ""))
    return found


def _shown(name: str, value: str | None) -> str | None:
    if value is None:
        return None
    if "environment." in name and names_a_secret(name):
        return MARK
    return redacted_text(value)[:_SHOWN_CHARACTERS]
