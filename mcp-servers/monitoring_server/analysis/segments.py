"""Traces as X-Ray hands them out: JSON documents of segments, made into spans."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

SpanKind = Literal["service", "call", "part"]
"""A service's own segment, its call of somebody else, or a part of its own work."""

_DEEPEST = 50
_CAUSE_CHARACTERS = 300


@dataclass(frozen=True)
class Span:
    """One stretch of work. `service` is whose work it is, `name` what it is called."""

    span_id: str
    parent_id: str | None
    service: str
    name: str
    kind: SpanKind
    start: float
    end: float
    fault: bool = False
    error: bool = False
    throttle: bool = False
    status: int | None = None
    cause: str = ""

    @property
    def seconds(self) -> float:
        """How long it took; clocks of two machines may make it look shorter than nothing."""
        return max(0.0, self.end - self.start)

    @property
    def failed(self) -> bool:
        """Whether it failed, whoever is to blame."""
        return self.fault or self.error or self.throttle


@dataclass(frozen=True)
class Trace:
    """One request through the system; documents that could not be read are counted."""

    trace_id: str
    spans: tuple[Span, ...]
    unreadable: int = 0

    @property
    def start(self) -> float:
        """When it began, in seconds since the epoch."""
        return min((span.start for span in self.spans), default=0.0)

    @property
    def seconds(self) -> float:
        """How long it took from the first to the last moment known."""
        return max((span.end for span in self.spans), default=0.0) - self.start

    @property
    def services(self) -> frozenset[str]:
        """Everybody who took part: those that wrote segments, and those that were called."""
        return frozenset(span.name if span.kind == "call" else span.service for span in self.spans)

    def children(self) -> dict[str | None, list[Span]]:
        """Return the spans by the span they belong to; those of nobody known under `None`."""
        known = {span.span_id for span in self.spans}
        found: dict[str | None, list[Span]] = {}
        for span in self.spans:
            parent = span.parent_id if span.parent_id in known else None
            found.setdefault(None if parent == span.span_id else parent, []).append(span)
        return found


def trace_of(trace_id: str, documents: Iterable[str]) -> Trace:
    """Return the trace that `documents` tell of, whatever their order."""
    spans: dict[str, Span] = {}
    unreadable = 0
    for document in documents:
        found = list(_read(document))
        unreadable += not found
        spans.update({span.span_id: span for span in found})
    ordered = sorted(spans.values(), key=lambda span: (span.start, span.span_id))
    return Trace(trace_id, tuple(ordered), unreadable)


def _read(document: str) -> Iterator[Span]:
    try:
        raw = json.loads(document)
    except (ValueError, RecursionError):
        return
    if isinstance(raw, dict) and _is_span(raw):
        is_part = raw.get("type") == "subsegment"
        yield from _spans(raw, str(raw["name"]), raw.get("parent_id"), 0 if not is_part else 1)


def _spans(raw: Mapping[str, Any], service: str, parent: object, depth: int) -> Iterator[Span]:
    span = _span(raw, service, parent if isinstance(parent, str) else None, is_part=depth > 0)
    yield span
    parts = raw.get("subsegments")
    if depth < _DEEPEST and isinstance(parts, list):
        for part in parts:
            if isinstance(part, dict) and _is_span(part):
                yield from _spans(part, service, span.span_id, depth + 1)


def _is_span(raw: Mapping[str, Any]) -> bool:
    begin, end = raw.get("start_time"), raw.get("end_time", raw.get("start_time"))
    numbers = isinstance(begin, int | float) and isinstance(end, int | float)
    return numbers and isinstance(raw.get("id"), str) and isinstance(raw.get("name"), str)


def _span(raw: Mapping[str, Any], service: str, parent: str | None, *, is_part: bool) -> Span:
    kind: SpanKind = "service"
    if is_part:
        kind = "call" if raw.get("namespace") in {"remote", "aws"} else "part"
    http = raw.get("http")
    response = http.get("response") if isinstance(http, dict) else None
    status = response.get("status") if isinstance(response, dict) else None
    return Span(
        span_id=raw["id"],
        parent_id=parent,
        service=service,
        name=raw["name"],
        kind=kind,
        start=float(raw["start_time"]),
        end=float(raw.get("end_time", raw["start_time"])),
        fault=raw.get("fault") is True,
        error=raw.get("error") is True,
        throttle=raw.get("throttle") is True,
        status=status if isinstance(status, int) else None,
        cause=_cause(raw.get("cause")),
    )


def _cause(cause: object) -> str:
    """Return what the exception said; a cause may also be the id of another's."""
    exceptions = cause.get("exceptions") if isinstance(cause, dict) else None
    for exception in exceptions if isinstance(exceptions, list) else []:
        if isinstance(exception, dict):
            words = (str(exception.get(field) or "") for field in ("type", "message"))
            return ": ".join(word for word in words if word)[:_CAUSE_CHARACTERS]
    return ""
