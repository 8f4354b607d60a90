"""Random state machines, and an interpreter that runs them into histories with a known truth.

It shares nothing with what is tested but the format of definitions and events.
"""

import json
from collections.abc import Generator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.support.histories import HistoryWriter

CALLED = ("lambda", "invoke")
FAILURE = {"error": "Broken", "cause": '{"errorType": "Broken", "errorMessage": "no luck"}'}
HICCUP = {"error": "Hiccup", "cause": "try again"}
_RESOURCE = "arn:aws:states:::lambda:invoke"


@dataclass
class Node:
    """One state of a random machine."""

    name: str
    kind: str
    parts: list[list["Node"]] = field(default_factory=list[list["Node"]])
    items: int = 0
    hiccups: int = 0
    caught: bool = False


@dataclass
class Fault:
    """The Task that fails for good, after so many retries, in these iterations."""

    node: Node
    retries: int
    places: dict[str, int]
    top: str


Run = Generator[None, None, tuple[int, bool]]


class RandomMachine:
    """A machine drawn from `random`, with one Task chosen to fail."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._count = 0
        self.steps = self._sequence(0)
        self.fault = self._fault()

    def definition(self) -> dict[str, Any]:
        """Return its definition."""
        return self._machine(self.steps)

    def history(
        self, *, broken: bool = True, linked: bool = True, at_once: bool = True
    ) -> list[dict[str, Any]]:
        """Return the history of a run in which the fault strikes, or does not."""
        run = _Interpreter(self._random if at_once else None, self.fault if broken else None)
        events = run.events(self.steps)
        if not linked:
            for event in events:
                del event["previousEventId"]
        return events

    def _sequence(self, depth: int) -> list[Node]:
        steps = [self._node(depth) for _ in range(self._random.randint(1, 3))]
        return [*steps, self._task()]

    def _node(self, depth: int) -> Node:
        kinds = ["Task", "Task", "Pass", "Wait"] + (["Map", "Parallel"] if depth < 2 else [])
        kind = self._random.choice(kinds)
        if kind == "Task":
            return self._task()
        node = Node(self._name(kind), kind)
        if kind == "Map":
            node.items = self._random.randint(1, 5)
            node.parts = [self._sequence(depth + 1)]
        if kind == "Parallel":
            node.parts = [self._sequence(depth + 1) for _ in range(self._random.randint(1, 3))]
        return node

    def _task(self) -> Node:
        node = Node(self._name("Task"), "Task")
        node.hiccups = self._random.choice([0, 0, 0, 1, 2])
        node.caught = self._random.random() < 0.2
        return node

    def _name(self, kind: str) -> str:
        self._count += 1
        return f"{kind} {self._count}"

    def _fault(self) -> Fault:
        steps, places, top = self.steps, dict[str, int](), ""
        while True:
            node = self._random.choice([one for one in steps if one.kind == "Task" or one.parts])
            top = top or node.name
            if node.kind == "Task":
                node.caught = False
                return Fault(node, self._random.randint(0, 3), places, top)
            branch = self._random.randrange(len(node.parts))
            places[node.name] = self._random.randrange(node.items) if node.items else branch
            steps = node.parts[branch]

    def _machine(self, steps: list[Node]) -> dict[str, Any]:
        states: dict[str, Any] = {}
        for place, node in enumerate(steps):
            after = steps[place + 1].name if place + 1 < len(steps) else None
            states[node.name] = self._state(node, after)
        return {"StartAt": steps[0].name, "States": states}

    def _state(self, node: Node, after: str | None) -> dict[str, Any]:
        state: dict[str, Any] = {"Type": node.kind}
        state |= {"Next": after} if after else {"End": True}
        if node.kind == "Wait":
            state["Seconds"] = 1
        if node.kind == "Map":
            state |= {"ItemsPath": "$.items", "ItemProcessor": self._machine(node.parts[0])}
        if node.kind == "Parallel":
            state["Branches"] = [self._machine(part) for part in node.parts]
        if node.kind == "Task":
            state |= {"Resource": _RESOURCE, "Parameters": {"FunctionName": node.name}}
            retries = self.fault.retries if node is self.fault.node else 0
            state["Retry"] = [
                {"ErrorEquals": ["Hiccup"], "MaxAttempts": 3, "IntervalSeconds": 1},
                {"ErrorEquals": ["Broken"], "MaxAttempts": retries, "IntervalSeconds": 1},
            ]
            if node.caught and after:
                state["Catch"] = [{"ErrorEquals": ["Broken"], "Next": after}]
        return state


class _Interpreter:
    def __init__(self, random: Random | None, fault: Fault | None) -> None:
        self._random = random
        self._fault = fault
        self._writer = HistoryWriter()

    def events(self, steps: list[Node]) -> list[dict[str, Any]]:
        start = self._writer.begin({"run": 1})
        last, failed = _finished(self._run(steps, start, {}))
        if failed:
            self._writer.add("ExecutionFailed", last, 0.02, **FAILURE)
        else:
            self._writer.add("ExecutionSucceeded", last, output="{}")
        return self._writer.events

    def _run(self, steps: list[Node], last: int, places: dict[str, int]) -> Run:
        for place, node in enumerate(steps):
            is_last = place + 1 == len(steps)
            last, failed = yield from self._visit(node, last, places, is_last=is_last)
            if failed:
                return last, True
        return last, False

    def _visit(self, node: Node, last: int, places: dict[str, int], *, is_last: bool) -> Run:
        given = {"at": places, "items": [f"{node.name} {one}" for one in range(node.items)]}
        last = self._writer.enter(node.kind, node.name, given, last)
        yield
        failed = False
        if node.kind == "Task":
            last, failed = yield from self._task(node, last, places, may_catch=not is_last)
        if node.parts:
            last, failed = yield from self._group(node, last, places)
        if failed:
            return last, True
        last = self._writer.leave(node.kind, node.name, {}, last)
        yield
        return last, False

    def _task(self, node: Node, last: int, places: dict[str, int], *, may_catch: bool) -> Run:
        for _ in range(node.hiccups):
            last = self._writer.task(CALLED, 0.1, HICCUP, last)
            yield
        if self._strikes(node, places):
            for _ in range((self._fault.retries if self._fault else 0) + 1):
                last = self._writer.task(CALLED, 0.2, FAILURE, last)
                yield
            return last, True
        if node.caught and may_catch:
            return self._writer.task(CALLED, 0.2, FAILURE, last), False
        return self._writer.task(CALLED, 0.1, json.dumps({}), last), False

    def _strikes(self, node: Node, places: dict[str, int]) -> bool:
        return self._fault is not None and node is self._fault.node and self._fault.places == places

    def _group(self, node: Node, last: int, places: dict[str, int]) -> Run:
        length: dict[str, Any] = {"length": node.items} if node.kind == "Map" else {}
        started = self._writer.add(f"{node.kind}StateStarted", last, 0.02, **length)
        yield
        if node.kind == "Map":
            inner = [self._iteration(node, one, started, places) for one in range(node.items)]
        else:
            inner = [
                self._run(part, started, {**places, node.name: branch})
                for branch, part in enumerate(node.parts)
            ]
        while inner:
            chosen = self._random.choice(inner) if self._random else inner[0]
            try:
                next(chosen)
            except StopIteration as end:
                last, failed = end.value
                inner.remove(chosen)
                if failed:
                    return self._writer.add(f"{node.kind}StateFailed", last), True
            yield
        return self._writer.add(f"{node.kind}StateSucceeded", last), False

    def _iteration(self, node: Node, index: int, started: int, places: dict[str, int]) -> Run:
        last = self._writer.add("MapIterationStarted", started, name=node.name, index=index)
        yield
        last, failed = yield from self._run(node.parts[0], last, {**places, node.name: index})
        kind = "MapIterationFailed" if failed else "MapIterationSucceeded"
        return self._writer.add(kind, last, name=node.name, index=index), failed


def _finished(run: Run) -> tuple[int, bool]:
    while True:
        try:
            next(run)
        except StopIteration as end:
            return end.value
