"""The way down a trace that explains it: where it failed, or where the time went."""

from itops_core.domain.values import Value
from monitoring_server.analysis.segments import Span, Trace
from monitoring_server.analysis.series import rounded

_DEEPEST = 12


class Stage(Value):
    """One span on the way; `own_ms` is what no span below it accounts for."""

    service: str
    name: str
    took_ms: float
    own_ms: float
    failed: str = ""
    status: int | None = None
    cause: str = ""


def telling_path(trace: Trace) -> list[Stage]:
    """Return the spans from the first down to the one that failed, or that took the time.

    Down a failing span goes the way of the failing part of it, as long as there is one; else
    that of the part that took longest. A trace without spans has no way.
    """
    children = trace.children()
    tops = children.get(None, [])
    path: list[Stage] = []
    span = _most_telling(tops)
    seen: set[str] = set()
    while span is not None and span.span_id not in seen and len(path) < _DEEPEST:
        seen.add(span.span_id)
        below = children.get(span.span_id, [])
        following = _next(span, below)
        # Who was called tells of the call itself, and more.
        if span.kind != "call" or following is None:
            path.append(_stage(span, below))
        span = following
    return path


def _next(span: Span, below: list[Span]) -> Span | None:
    following = _most_telling(below)
    if following is None:
        return None
    if span.failed and not following.failed:
        # It failed by itself: what it did well before that explains nothing.
        return None
    if not span.failed and following.seconds < span.seconds / 2:
        return None
    return following


def _most_telling(spans: list[Span]) -> Span | None:
    return max(spans, key=lambda span: (span.fault, span.failed, span.seconds), default=None)


def _stage(span: Span, below: list[Span]) -> Stage:
    return Stage(
        service=span.service,
        name=span.name,
        took_ms=rounded(span.seconds * 1000),
        own_ms=rounded(_own_seconds(span, below) * 1000),
        failed=_failure(span),
        status=span.status,
        cause=span.cause,
    )


def _failure(span: Span) -> str:
    if span.throttle:
        return "throttle"
    return "fault" if span.fault else "error" if span.error else ""


def _own_seconds(span: Span, below: list[Span]) -> float:
    """Return what of `span` is covered by nothing below it; parts may run side by side."""
    covered, reached = 0.0, span.start
    for part in sorted(below, key=lambda one: one.start):
        begin, end = max(part.start, reached), min(part.end, span.end)
        if end > begin:
            covered += end - begin
            reached = end
    return max(0.0, span.seconds - covered)
