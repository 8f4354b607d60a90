"""Changes of Lambda functions: new code and settings, and the versions published of them."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from itops_core.tools.redaction import MARK, names_a_secret, redacted_text
from monitoring_server.analysis.revisions import Difference, in_words
from monitoring_server.telemetry.changes import Change, Target
from monitoring_server.telemetry.windows import Window, in_utc

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_PAGES = 10
_FUNCTIONS = 10
_VERSIONS = 3
_VALUE_CHARACTERS = 120
_READ_CHARACTERS = 2000
_COMPARED = ("Runtime", "Handler", "MemorySize", "Timeout", "CodeSha256", "Role")


class FunctionChanges:
    """Reads Lambda. Functions under `hidden` prefixes are machinery, not part of any system."""

    name = "lambda"

    def __init__(self, functions: "LambdaClient", hidden: tuple[str, ...]) -> None:
        self._functions = functions
        self._hidden = hidden

    def changes(self, target: Target, span: Window) -> Iterator[Change]:  # noqa: ARG002 - all may matter
        """Yield the functions modified in the window and the versions published in it."""
        changed = [raw for raw in self._all() if _within(raw, span)]
        changed.sort(key=lambda raw: _modified(raw) or span.start, reverse=True)
        for raw in changed[:_FUNCTIONS]:
            yield from self._of_function(raw, span)

    def _of_function(self, latest: Mapping[str, Any], span: Window) -> Iterator[Change]:
        name = latest["FunctionName"]
        versions = self._versions(name)
        newest = versions[-1] if versions else None
        if newest is None or _settings(newest) != _settings(latest):
            yield _change(latest, newest)
        for before, after in list(zip([None, *versions], versions, strict=False))[-_VERSIONS:]:
            if _within(after, span):
                yield _change(after, before)

    def _all(self) -> Iterator[Mapping[str, Any]]:
        query: dict[str, Any] = {"MaxItems": 50}
        for _ in range(_PAGES):
            page = self._functions.list_functions(**query)
            for raw in page.get("Functions", []):
                if not str(raw.get("FunctionName", "")).startswith(self._hidden):
                    yield raw
            if not page.get("NextMarker"):
                return
            query["Marker"] = page["NextMarker"]

    def _versions(self, name: str) -> list[Mapping[str, Any]]:
        """Return the published versions, oldest first."""
        query: dict[str, Any] = {"FunctionName": name, "MaxItems": 50}
        found: list[Mapping[str, Any]] = []
        for _ in range(_PAGES):
            page = self._functions.list_versions_by_function(**query)
            found.extend(one for one in page["Versions"] if one.get("Version") != "$LATEST")
            if not page.get("NextMarker"):
                break
            query["Marker"] = page["NextMarker"]
        return sorted(found, key=lambda one: int(one.get("Version", "0")))


def _change(after: Mapping[str, Any], before: Mapping[str, Any] | None) -> Change:
    name, version = after["FunctionName"], str(after.get("Version", "$LATEST"))
    new, old = _settings(after), _settings(before) if before is not None else {}
    changed = {
        field: Difference(before=old.get(field), after=new.get(field))
        for field in sorted(new.keys() | old.keys())
        if before is not None and new.get(field) != old.get(field)
    }
    words = in_words(changed) or (
        "nothing in it is different" if before is not None else "no earlier version to compare with"
    )
    published = version != "$LATEST"
    return Change(
        at=_modified(after) or datetime.min,
        kind="function_version" if published else "function_configuration",
        what=f"function {name} "
        + (f"published version {version}: {words}" if published else f"was modified: {words}"),
        detail={
            "function": name,
            "version": version,
            "changed": {field: change.model_dump() for field, change in changed.items()},
        },
        change_id=f"{name}:{version}@{after.get('LastModified', '')}",
    )


def _settings(raw: Mapping[str, Any]) -> dict[str, str]:
    found = {name: str(raw[name])[:_VALUE_CHARACTERS] for name in _COMPARED if raw.get(name)}
    variables = raw.get("Environment", {}).get("Variables", {})
    for name, value in variables.items():
        shown = (
            MARK
            if names_a_secret(name)
            else redacted_text(str(value)[:_READ_CHARACTERS])[:_VALUE_CHARACTERS]
        )
        found[f"environment.{name}"] = shown
    layers = [str(layer.get("Arn", "")).rsplit(":layer:", 1)[-1] for layer in raw.get("Layers", [])]
    return found | ({"layers": ", ".join(layers)} if layers else {})


def _within(raw: Mapping[str, Any], span: Window) -> bool:
    modified = _modified(raw)
    return modified is not None and span.start <= modified <= span.end


def _modified(raw: Mapping[str, Any]) -> datetime | None:
    """Lambda tells it as text, such as `2026-11-20T05:57:00.000+0000`."""
    try:
        return in_utc(datetime.fromisoformat(str(raw.get("LastModified", ""))))
    except ValueError:
        return None
