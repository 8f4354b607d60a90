"""CloudWatch Logs and X-Ray, recorded."""

import bisect
import json
import re
from collections.abc import Mapping
from typing import Any

from monitoring_server.analysis.segments import Trace, trace_of
from monitoring_server.recorded.answering import Answer, RecordedService, page, refusal
from monitoring_server.recorded.recording import LogEvent, Recording

_EVENTS_A_PAGE = 10_000
_SUMMARIES_A_PAGE = 100
_QUOTED = re.compile(r'"([^"]+)"')


class RecordedLogs(RecordedService):
    """Answers as CloudWatch Logs does."""

    def __init__(self, recording: Recording) -> None:
        groups: dict[str, list[LogEvent]] = {name: [] for name in recording.log_groups}
        for event in recording.log_events:
            groups.setdefault(event.log_group, []).append(event)
        self._groups = {
            name: sorted(events, key=lambda event: event.timestamp)
            for name, events in groups.items()
        }

    def filter_log_events(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return events of a group, oldest first."""
        events = self._groups.get(query["logGroupName"])
        if events is None:
            raise refusal("FilterLogEvents", "ResourceNotFoundException", "no such log group")
        begin = bisect.bisect_left(events, query["startTime"], key=lambda one: one.timestamp)
        end = bisect.bisect_right(events, query["endTime"], key=lambda one: one.timestamp)
        size = query.get("limit", _EVENTS_A_PAGE)
        asked = [one for one in events[begin:end] if _is_asked_for(one, query)]
        shown, more = page(asked, query, size, following="nextToken")
        return {"events": [_told(event) for event in shown], **more}

    def describe_log_groups(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return the groups that start alike."""
        names = [name for name in sorted(self._groups) if name.startswith(_prefix(query))]
        return {"logGroups": [{"logGroupName": name} for name in names[: query.get("limit", 50)]]}


def _is_asked_for(event: LogEvent, query: Answer) -> bool:
    """Whether an event is of the streams asked for, and holds the words in quotes, if any are."""
    streams = query.get("logStreamNames")
    found = _QUOTED.fullmatch(query.get("filterPattern") or "")
    return (not streams or event.stream in streams) and (
        found is None or found.group(1) in event.message
    )


class RecordedTraces(RecordedService):
    """Answers as X-Ray does."""

    def __init__(self, recording: Recording) -> None:
        self._documents: dict[str, list[str]] = {}
        for document in recording.segments:
            trace_id = _trace_id(document)
            if trace_id:
                self._documents.setdefault(trace_id, []).append(document)
        self._traces = {
            trace_id: trace_of(trace_id, documents)
            for trace_id, documents in self._documents.items()
        }

    def get_trace_summaries(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return the traces that began in the window."""
        start, end = query["StartTime"].timestamp(), query["EndTime"].timestamp()
        found = [trace for trace in self._traces.values() if start <= trace.start <= end]
        found.sort(key=lambda trace: trace.start)
        shown, more = page(found, query, _SUMMARIES_A_PAGE)
        return {"TraceSummaries": [_summary(trace) for trace in shown], **more}

    def batch_get_traces(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return whole traces by id."""
        asked = [trace_id for trace_id in query["TraceIds"] if trace_id in self._documents]
        return {
            "Traces": [
                {
                    "Id": trace_id,
                    "Segments": [{"Document": document} for document in self._documents[trace_id]],
                }
                for trace_id in asked
            ],
            "UnprocessedTraceIds": [one for one in query["TraceIds"] if one not in asked],
        }


def _told(event: LogEvent) -> dict[str, Any]:
    return {
        "timestamp": event.timestamp,
        "logStreamName": event.stream,
        "message": event.message,
    }


def _summary(trace: Trace) -> dict[str, Any]:
    return {
        "Id": trace.trace_id,
        "Duration": trace.seconds,
        "ResponseTime": trace.seconds,
        "HasFault": any(span.fault for span in trace.spans),
        "HasError": any(span.error for span in trace.spans),
        "HasThrottle": any(span.throttle for span in trace.spans),
    }


def _trace_id(document: str) -> str:
    try:
        told = json.loads(document)
    except ValueError:
        return ""
    return str(told.get("trace_id", "")) if isinstance(told, dict) else ""


def _prefix(query: Mapping[str, Any]) -> str:
    return str(query.get("logGroupNamePrefix", ""))
