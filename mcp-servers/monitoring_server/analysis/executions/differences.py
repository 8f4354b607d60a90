"""The structural difference of two JSON values: bounded, and without secrets."""

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from itops_core.domain.values import Value
from itops_core.tools.redaction import MARK, names_a_secret
from monitoring_server.analysis.executions.payloads import shown_value

_CHARACTERS = 120
_ELEMENTS = 2000
_DEEPEST = 30


class Difference(Value):
    """One place at which two values differ."""

    path: str = Field(description="As JSONPath: $.orders[3].id")
    kind: Literal["added", "removed", "changed", "type_changed"]
    good: str = ""
    bad: str = ""


def differences(good: Any, bad: Any, at_most: int) -> tuple[list[Difference], int]:  # noqa: ANN401
    """Return the first places that differ, and how many more there are among those looked at."""
    found: list[Difference] = []
    more = 0
    for difference in _walk(good, bad, "$", 0):
        if len(found) < at_most:
            found.append(difference)
        else:
            more += 1
    return found, more


def _walk(good: Any, bad: Any, path: str, depth: int) -> Iterator[Difference]:  # noqa: ANN401
    if kind_of(good) != kind_of(bad):
        yield _one("type_changed", path, good, bad)
    elif isinstance(good, dict) and depth < _DEEPEST:
        yield from _fields(good, bad, path, depth)
    elif isinstance(good, list) and depth < _DEEPEST:
        yield from _elements(good, bad, path, depth)
    elif good != bad:
        yield _one("changed", path, good, bad)


def _fields(
    good: dict[str, Any], bad: dict[str, Any], path: str, depth: int
) -> Iterator[Difference]:
    for name in dict.fromkeys((*good, *bad)):
        inner = f"{path}.{name}" if str(name).isidentifier() else f"{path}['{name}']"
        if name not in bad:
            yield _one("removed", inner, good[name], None)
        elif name not in good:
            yield _one("added", inner, None, bad[name])
        else:
            yield from _walk(good[name], bad[name], inner, depth + 1)


def _elements(good: list[Any], bad: list[Any], path: str, depth: int) -> Iterator[Difference]:
    if len(good) != len(bad):
        yield Difference(
            path=f"{path}.length()", kind="changed", good=str(len(good)), bad=str(len(bad))
        )
    for place, (left, right) in enumerate(zip(good[:_ELEMENTS], bad[:_ELEMENTS], strict=False)):
        yield from _walk(left, right, f"{path}[{place}]", depth + 1)


def _one(
    kind: Literal["added", "removed", "changed", "type_changed"],
    path: str,
    good: Any,  # noqa: ANN401
    bad: Any,  # noqa: ANN401
) -> Difference:
    secret = names_a_secret(path)
    return Difference(
        path=path,
        kind=kind,
        good="" if kind == "added" else (MARK if secret else shown_value(good, _CHARACTERS)),
        bad="" if kind == "removed" else (MARK if secret else shown_value(bad, _CHARACTERS)),
    )


def kind_of(value: Any) -> str:  # noqa: ANN401
    """Return what a value is in JSON."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return type(value).__name__
