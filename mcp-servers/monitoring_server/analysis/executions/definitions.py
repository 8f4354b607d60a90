"""A state machine's definition, in JSONPath or JSONata: its states, and what stands in what."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from itops_core.errors import InvalidInputError

_INTEGRATION = re.compile(
    r"^arn:[a-z-]+:states:[a-z0-9-]*:\d*:(?:aws-sdk:)?([A-Za-z0-9-]+):(\w+)"
    r"(\.(?:sync(?::2)?|waitForTaskToken))?$"
)
_FUNCTION = re.compile(r"^arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:function:(.+)$")
_DEEPEST = 40


@dataclass(frozen=True, slots=True)
class Integration:
    """What a Task calls: `dynamodb`, `putItem`, and whether it waits for the end."""

    service: str
    action: str
    pattern: str = ""
    target: str = ""

    @property
    def name(self) -> str:
        """As people write it: `dynamodb:putItem`."""
        return f"{self.service}:{self.action}"


@dataclass(frozen=True, slots=True)
class Retrier:
    """One Retry rule, with what AWS takes for what is left out."""

    errors: tuple[str, ...]
    interval_seconds: float = 1
    max_attempts: int = 3
    backoff_rate: float = 2
    max_delay_seconds: float | None = None
    jitter: bool = False


@dataclass(frozen=True)
class StateDefinition:
    """One state; `owner` is the Map or Parallel it stands in, `branch` which branch of it."""

    name: str
    kind: str
    body: Mapping[str, Any]
    language: str
    owner: str | None = None
    branch: int | None = None

    @property
    def is_distributed(self) -> bool:
        """Whether it is a Map that starts an execution for each item."""
        processor = _mapping(self.body.get("ItemProcessor"))
        return _mapping(processor.get("ProcessorConfig")).get("Mode") == "DISTRIBUTED"

    @property
    def arguments(self) -> Mapping[str, Any]:
        """What is handed to the integration."""
        return _mapping(self.body.get("Arguments") or self.body.get("Parameters"))

    @cached_property
    def integration(self) -> Integration | None:
        """What a Task calls, `None` for other states."""
        resource = self.body.get("Resource")
        return integration_of(str(resource), self.arguments) if resource else None

    @cached_property
    def retriers(self) -> tuple[Retrier, ...]:
        """Its Retry rules in their order."""
        return tuple(
            Retrier(
                errors=tuple(str(name) for name in rule.get("ErrorEquals", ())),
                interval_seconds=_number(rule.get("IntervalSeconds"), 1),
                max_attempts=int(_number(rule.get("MaxAttempts"), 3)),
                backoff_rate=_number(rule.get("BackoffRate"), 2),
                max_delay_seconds=_number(rule.get("MaxDelaySeconds"), 0) or None,
                jitter=rule.get("JitterStrategy") == "FULL",
            )
            for rule in _rules(self.body, "Retry")
        )

    @cached_property
    def catchers(self) -> tuple[tuple[tuple[str, ...], str], ...]:
        """Its Catch rules in their order: the errors, and the state they lead to."""
        return tuple(
            (tuple(str(name) for name in rule.get("ErrorEquals", ())), str(rule.get("Next", "")))
            for rule in _rules(self.body, "Catch")
        )

    def successors(self) -> Iterator[tuple[str, str]]:
        """Yield the states that may follow, each with what leads there."""
        if isinstance(self.body.get("Next"), str):
            yield str(self.body["Next"]), ""
        for number, choice in enumerate(_rules(self.body, "Choices"), start=1):
            yield str(choice.get("Next", "")), f"choice {number}"
        if isinstance(self.body.get("Default"), str):
            yield str(self.body["Default"]), "default"
        for errors, target in self.catchers:
            yield target, f"catch {', '.join(errors)}"


@dataclass(frozen=True)
class Definition:
    """All states by name: names are unique in the whole of a state machine."""

    start_at: str
    states: Mapping[str, StateDefinition]
    language: str
    starts: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: {})
    """By Map or Parallel: where each branch starts."""

    def get(self, name: str) -> StateDefinition | None:
        """Return the state of that name."""
        return self.states.get(name)


def parse_definition(source: str | Mapping[str, Any]) -> Definition:
    """Return the definition, from its JSON text or the parsed mapping."""
    try:
        body = json.loads(source) if isinstance(source, str) else source
    except ValueError as error:
        raise InvalidInputError(f"the definition is not JSON: {error}") from error
    if isinstance(body, Mapping) and isinstance(body.get("definition"), str):
        return parse_definition(body["definition"])  # what DescribeStateMachine answers
    if not isinstance(body, Mapping) or not isinstance(body.get("States"), Mapping):
        raise InvalidInputError("the definition has no States; give the state machine's own JSON")
    language = str(body.get("QueryLanguage", "JSONPath"))
    states: dict[str, StateDefinition] = {}
    starts: dict[str, tuple[str, ...]] = {}
    for state in _states(body, language, None, None):
        states[state.name] = state
        inner = tuple(str(part.get("StartAt", "")) for part in _parts(state.body))
        if inner:
            starts[state.name] = inner
    return Definition(str(body.get("StartAt", "")), states, language, starts)


def integration_of(resource: str, arguments: Mapping[str, Any] | None = None) -> Integration:
    """Return what a resource ARN, with its arguments, calls."""
    given = arguments or {}
    function = _FUNCTION.match(resource)
    if function:
        return Integration("lambda", "invoke", target=function.group(1))
    if ":activity:" in resource:
        return Integration("activity", "run", target=resource.rsplit(":", 1)[-1])
    found = _INTEGRATION.match(resource)
    if not found:
        return Integration("unknown", "call", target=resource)
    service, action, pattern = found.group(1), found.group(2), found.group(3) or ""
    return Integration(service.lower(), action, pattern.removeprefix("."), target_in(given))


_TARGETS = (
    "FunctionName", "TableName", "TopicArn", "QueueUrl", "StateMachineArn", "JobName",
    "JobDefinition", "TaskDefinition", "ApiEndpoint", "Bucket", "DetectorId", "Name",
)  # fmt: skip


def target_in(arguments: Mapping[str, Any]) -> str:
    """Return what a call names as its object: a function, a table, a queue."""
    for name in _TARGETS:
        value = arguments.get(name) or arguments.get(f"{name}.$")
        if isinstance(value, str):
            return value
    return ""


def _states(
    body: Mapping[str, Any], language: str, owner: str | None, branch: int | None, depth: int = 0
) -> Iterator[StateDefinition]:
    if depth > _DEEPEST:
        raise InvalidInputError(f"the definition is nested more than {_DEEPEST} deep")
    for name, raw in _mapping(body.get("States")).items():
        state = _mapping(raw)
        spoken = str(state.get("QueryLanguage", language))
        yield StateDefinition(name, str(state.get("Type", "")), state, spoken, owner, branch)
        for number, part in enumerate(_parts(state)):
            inner = number if "Branches" in state else None
            yield from _states(part, spoken, name, inner, depth + 1)


def _parts(state: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    branches = state.get("Branches")
    if isinstance(branches, Sequence) and not isinstance(branches, str):
        return [_mapping(branch) for branch in branches]
    processor = state.get("ItemProcessor") or state.get("Iterator")
    return [_mapping(processor)] if processor else []


def _rules(body: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    rules = body.get(name)
    if not isinstance(rules, Sequence) or isinstance(rules, str):
        return []
    return [_mapping(rule) for rule in rules]


def _mapping(value: Any) -> Mapping[str, Any]:  # noqa: ANN401
    return value if isinstance(value, Mapping) else {}


def _number(value: Any, otherwise: float) -> float:  # noqa: ANN401 - JSONata may stand there
    return value if isinstance(value, int | float) and not isinstance(value, bool) else otherwise
