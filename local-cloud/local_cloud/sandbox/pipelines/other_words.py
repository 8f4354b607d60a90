"""Other names for what pipelines consist of: functions, tables, states, fields of their data."""

from collections.abc import Iterable, Iterator, Mapping
from random import Random
from typing import Any

from local_cloud.sandbox.pipelines.specs import PipelineSpec

_ROLES = {
    "function": ("handler", "fn", "worker", "step", "importer", "job"),
    "table": ("records", "items", "by-id", "rows", "state"),
}
_STATES = ("Do", "Run", "Handle", "Perform", "Process")
_FIELDS = ("src", "raw", "in", "x")


def other_words(
    pipelines: Iterable[PipelineSpec], fields: Iterable[str], chance: Random
) -> dict[str, str]:
    """Return another word for each; `fields` are fields of what is known of other systems."""
    pipelines = tuple(pipelines)
    stems = list(fields)
    found: dict[str, str] = {}
    for number, (kind, name) in enumerate(_pieces(pipelines)):
        stem = stems[number % len(stems)]
        found.setdefault(name, f"{stem}-{chance.choice(_ROLES[kind])}-{number + 1}")
    for name in dict.fromkeys(_states(pipelines)):
        found.setdefault(name, f"{chance.choice(_STATES)}{len(found)}")
    prefix = chance.choice(_FIELDS)
    for name in dict.fromkeys(_data_fields(pipelines)):
        found.setdefault(name, f"{prefix}_{name}")
    return found


def _pieces(pipelines: Iterable[PipelineSpec]) -> Iterator[tuple[str, str]]:
    for pipeline in pipelines:
        yield from (("function", one.name) for one in pipeline.functions)
        yield from (("table", one.name) for one in pipeline.tables)


def _states(pipelines: Iterable[PipelineSpec]) -> Iterator[str]:
    for pipeline in pipelines:
        yield from _states_in(pipeline.definition)


def _states_in(machine: Mapping[str, Any]) -> Iterator[str]:
    for name, state in machine.get("States", {}).items():
        yield name
        for inner in (state.get("ItemProcessor", {}), *state.get("Branches", ())):
            yield from _states_in(inner)


def _data_fields(pipelines: Iterable[PipelineSpec]) -> Iterator[str]:
    """Yield the fields of inputs; what a specification calls something itself stays as it is."""
    own = set(PipelineSpec.model_fields)
    for pipeline in pipelines:
        for part in (*pipeline.functions, *pipeline.tables):
            own |= set(type(part).model_fields)
    for pipeline in pipelines:
        yield from (name for name in _keys(pipeline.input) if name not in own and len(name) > 2)


def _keys(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield str(name)
            yield from _keys(inner)
    if isinstance(value, list | tuple):
        for inner in value:
            yield from _keys(inner)
