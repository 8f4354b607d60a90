"""An execution as nodes and edges, ready to be drawn."""

from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from itops_core.domain.executions import DrawnWay
from itops_core.domain.values import Value
from monitoring_server.analysis.executions.blame import blame, deepest
from monitoring_server.analysis.executions.definitions import Definition
from monitoring_server.analysis.executions.record import Record, Visit, chain_of

NodeOutcome = Literal["not_taken", "succeeded", "failed", "caught", "aborted", "running"]
_WORST: tuple[NodeOutcome, ...] = (
    "failed", "aborted", "running", "caught", "succeeded", "not_taken",
)  # fmt: skip


class Node(Value):
    """One state, over all visits to it."""

    name: str
    kind: str
    outcome: NodeOutcome
    inside: str = Field(default="", description="The Map or Parallel it stands in.")
    branch: int | None = None
    visits: int = 0
    failed_visits: int = 0
    retries: int = 0
    seconds: float = Field(default=0, description="Of all visits together.")
    slowest_seconds: float = 0
    root: bool = Field(default=False, description="The state that failed first.")


class Picture(Value):
    """What was there, what was taken, and where it broke."""

    nodes: tuple[Node, ...]
    edges: tuple[DrawnWay, ...]


def picture_of(record: Record, definition: Definition | None) -> Picture:
    """Return the states and ways of an execution; of a definition also those not taken."""
    found = blame(record, definition)
    visits: dict[str, list[Visit]] = {}
    for visit in record.visits:
        visits.setdefault(visit.name, []).append(visit)
    failing = failing_visits(record)
    names = dict.fromkeys([*visits, *(definition.states if definition else ())])
    root = found.origin.name if found else ""
    nodes = tuple(_node(name, visits.get(name, []), definition, (failing, root)) for name in names)
    return Picture(nodes=nodes, edges=tuple(_edges(record, definition)))


def outcome_of(visit: Visit, failing: set[int]) -> NodeOutcome:
    """Return how one visit ended."""
    if visit.was_caught:
        return "caught"
    if id(visit) in failing:
        return "failed"
    if visit.exited_at is not None or visit.outcome == "succeeded":
        return "succeeded"
    if visit.outcome == "aborted":
        return "aborted"
    return "failed" if visit.outcome in {"failed", "timed_out"} or visit.failures else "running"


def failing_visits(record: Record) -> set[int]:
    """Return the identities of the visits that the failure went through."""
    if record.failed_in is None:
        return set()
    leaf = deepest(record.failed_in)
    return {id(leaf), *(id(owner) for _, owner in chain_of(leaf))}


def _node(
    name: str, visits: list[Visit], definition: Definition | None, marks: tuple[set[int], str]
) -> Node:
    failing, root = marks
    state = definition.get(name) if definition else None
    outcomes: list[NodeOutcome] = [outcome_of(visit, failing) for visit in visits]
    spans = [one.exited_at - one.entered_at for one in visits if one.exited_at is not None]
    owner = next((above.name for one in visits[:1] for _, above in chain_of(one)), "")
    return Node(
        name=name,
        kind=visits[0].kind if visits else state.kind if state else "",
        outcome=min(outcomes, key=_WORST.index) if outcomes else "not_taken",
        inside=(state.owner or "") if state else owner,
        branch=state.branch if state else None,
        visits=len(visits),
        failed_visits=sum(outcome in {"failed", "caught"} for outcome in outcomes),
        retries=sum(max(0, len(one.attempts) - 1) for one in visits),
        seconds=round(sum(spans), 3),
        slowest_seconds=round(max(spans, default=0), 3),
        root=name == root,
    )


def _edges(record: Record, definition: Definition | None) -> Iterable[DrawnWay]:
    taken: dict[tuple[str, str], int] = {}
    last: dict[int, Visit] = {}
    for visit in record.visits:
        before = last.get(id(visit.scope))
        if before is not None:
            way = before.name, visit.name
            taken[way] = taken.get(way, 0) + 1
        elif visit.scope.owner is not None:
            way = visit.scope.owner.name, visit.name
            taken[way] = taken.get(way, 0) + 1
        last[id(visit.scope)] = visit
    labels: dict[tuple[str, str], str] = {}
    for state in definition.states.values() if definition else ():
        for target, label in state.successors():
            labels.setdefault((state.name, target), label)
        for start in definition.starts.get(state.name, ()) if definition else ():
            labels.setdefault((state.name, start), "starts")
    for source, target in dict.fromkeys([*taken, *labels]):
        way = source, target
        yield DrawnWay(
            source=source, target=target, label=labels.get(way, ""), taken=taken.get(way, 0)
        )
