"""Spans of OpenTelemetry's kind, as the segment documents that X-Ray hands out."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from itops_cli.investigation.layouts.reading import moment_in, number_in, text_in

_OF_THE_ONE_BEFORE = "same"
_FAILED = {"error", "fault", "failed", "status_code_error"}

Span = Mapping[str, Any]


def segments(spans: Iterable[Span]) -> Iterator[str]:
    """Yield a segment document for each span; one that cannot be read is passed over.

    A service's segment carries what it was asked as a part of it; a span below one of the same
    service is a part of its own work.
    """
    placed = list(_placed(spans))
    service_of = {_id(trace, span): text_in(span, "service") for trace, span in placed}
    for trace, span in placed:
        document = _document(trace, span, service_of)
        if document is not None:
            yield json.dumps(document)


def called(spans: Iterable[Span]) -> dict[str, list[str]]:
    """Return who calls whom, by the spans."""
    placed = list(_placed(spans))
    service_of = {_id(trace, span): text_in(span, "service") for trace, span in placed}
    found: dict[str, list[str]] = {}
    for trace, span in placed:
        caller, callee = service_of.get(_parent(trace, span), ""), text_in(span, "service")
        if caller and callee and caller != callee and callee not in found.get(caller, []):
            found.setdefault(caller, []).append(callee)
    return found


def _placed(spans: Iterable[Span]) -> Iterator[tuple[str, Span]]:
    trace = ""
    for span in spans:
        told = text_in(span, "trace_id", "traceId")
        if told and told != _OF_THE_ONE_BEFORE:
            trace = told
        if trace and text_in(span, "span_id", "spanId") and text_in(span, "service"):
            yield trace, span


def _document(trace: str, span: Span, service_of: Mapping[str, str]) -> dict[str, Any] | None:
    start, took = moment_in(span, "start", "start_time"), number_in(span, "duration_ms", "duration")
    if start is None or took is None:
        return None
    service, name = text_in(span, "service"), text_in(span, "name", "operation")
    parent = _parent(trace, span)
    begin, end = start.timestamp(), start.timestamp() + took / 1000
    times: dict[str, Any] = {"start_time": begin, "end_time": end} | _failure(span)
    identity = _id(trace, span)
    if service_of.get(parent) == service:
        part = {"name": name or service, "type": "subsegment", "service": service}
        return {**part, **times, "id": identity, "trace_id": trace, "parent_id": parent}
    operation = {"name": name, "id": _digest(f"{identity} operation"), **times}
    return {
        "name": service,
        "id": identity,
        "trace_id": trace,
        **({"parent_id": parent} if parent else {}),
        **times,
        "subsegments": [operation] if name else [],
    }


def _failure(span: Span) -> dict[str, Any]:
    message = text_in(span, "error", "status_message", "exception")
    if text_in(span, "status").lower() not in _FAILED and not message:
        return {}
    cause = {"cause": {"exceptions": [{"type": "", "message": message}]}} if message else {}
    return {"fault": True, **cause}


def _id(trace: str, span: Span) -> str:
    return _digest(f"{trace} {text_in(span, 'span_id', 'spanId')}")


def _parent(trace: str, span: Span) -> str:
    parent = text_in(span, "parent_id", "parentSpanId")
    return _digest(f"{trace} {parent}") if parent else ""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
