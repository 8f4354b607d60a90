"""The operations of the API as its document describes them, and requests inside it and outside."""

from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode

from incident_api.openapi import document


def schema() -> Any:  # noqa: ANN401
    """Return the document, to be told which application answers; one of the caller's own."""
    found = schemathesis.openapi.from_dict(document())
    found.config.generation.update(with_security_parameters=False)
    return found


def operations(schema: Any) -> list[Any]:  # noqa: ANN401
    """Return every operation."""
    return [one.ok() for one in schema.get_all_operations()]


def requests(operation: Any) -> "st.SearchStrategy[schemathesis.Case[Any]]":  # noqa: ANN401
    """Draw requests as the document allows them, and others."""
    return st.one_of([operation.as_strategy(generation_mode=mode) for mode in GenerationMode])


def few(examples: int) -> settings:
    """Return settings for so many requests of each operation, however slow."""
    return settings(
        max_examples=examples,
        deadline=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=tuple(HealthCheck),  # pyright: ignore[reportArgumentType]
    )
