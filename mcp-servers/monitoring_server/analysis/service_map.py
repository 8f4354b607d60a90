"""Who calls whom, how often, how slowly and how badly: drawn from traces."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from itops_core.domain.values import Value
from monitoring_server.analysis.segments import Span, Trace
from monitoring_server.analysis.series import rounded

CLIENT = "client"
"""Whoever stands before the first service that writes segments."""


class Call(Value):
    """One arrow of the map; latencies are what the caller waited, in milliseconds."""

    caller: str
    callee: str
    calls: int
    faults: int
    errors: int
    throttles: int
    mean_ms: float
    p50_ms: float
    p95_ms: float
    maximum_ms: float


@dataclass
class _Heap:
    spans: list[Span] = field(default_factory=list)

    def as_call(self, caller: str, callee: str) -> Call:
        waited = sorted(span.seconds * 1000 for span in self.spans)
        return Call(
            caller=caller,
            callee=callee,
            calls=len(waited),
            faults=sum(span.fault for span in self.spans),
            errors=sum(span.error and not span.throttle for span in self.spans),
            throttles=sum(span.throttle for span in self.spans),
            mean_ms=rounded(sum(waited) / len(waited)),
            p50_ms=_percentile(waited, 50),
            p95_ms=_percentile(waited, 95),
            maximum_ms=rounded(waited[-1]),
        )


def service_map(traces: Iterable[Trace]) -> list[Call]:
    """Return every arrow, those that fail most first, then the slowest."""
    heaps: dict[tuple[str, str], _Heap] = {}
    for trace in traces:
        for caller, callee, span in _calls(trace):
            heaps.setdefault((caller, callee), _Heap()).spans.append(span)
    arrows = [heap.as_call(caller, callee) for (caller, callee), heap in heaps.items()]
    return sorted(
        arrows,
        key=lambda one: (-(one.faults + one.errors + one.throttles), -one.mean_ms, one.callee),
    )


def callees_of(calls: Iterable[Call]) -> dict[str, tuple[str, ...]]:
    """Return each component with those it calls; whoever stands before the system is left out."""
    found: dict[str, tuple[str, ...]] = {}
    for call in calls:
        if call.caller != CLIENT:
            found[call.caller] = (*found.get(call.caller, ()), call.callee)
    return found


def _calls(trace: Trace) -> Iterator[tuple[str, str, Span]]:
    """Yield caller, callee and the span that tells most of the call.

    A caller's own span of the call is what it waited; the callee's segment behind it adds
    nothing but its name. Where the caller wrote none, the callee's segment stands for it.
    """
    spans = {span.span_id: span for span in trace.spans}
    answered = {span.parent_id: span for span in trace.spans if span.kind == "service"}
    for span in trace.spans:
        if span.kind == "call":
            behind = answered.get(span.span_id)
            yield span.service, behind.service if behind else span.name, span
        elif span.kind == "service":
            parent = spans.get(span.parent_id or "")
            if parent is None:
                yield CLIENT, span.service, span
            elif parent.kind != "call":
                yield parent.service, span.service, span


def _percentile(ordered: Sequence[float], percent: int) -> float:
    at = min(len(ordered) - 1, round(percent / 100 * (len(ordered) - 1)))
    return rounded(ordered[at])
