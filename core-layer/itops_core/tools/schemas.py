"""JSON schemas as a model should see them: every word of every tool is paid for."""

from typing import Any


def terse(schema: Any, *, of_names: bool = False) -> Any:  # noqa: ANN401 - any JSON schema
    """Return a schema without titles that repeat a name, and defaults that are nothing."""
    if isinstance(schema, list):
        return [terse(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: terse(part, of_names=key in {"properties", "$defs"})
        for key, part in schema.items()
        if of_names or not (key == "title" or (key == "default" and part is None))
    }
