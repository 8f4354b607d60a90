"""X-Ray, read the way every X-Ray answers: summaries of a window, then whole traces by id.

`FilterExpression` and `GetServiceGraph` are not used: what they would do is done here, on the
segments themselves, so that a map drawn from a recording is the same as one drawn from AWS.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from itops_core.tools.aws_errors import asking
from monitoring_server.analysis.segments import Trace, trace_of
from monitoring_server.telemetry.windows import Window

if TYPE_CHECKING:
    from mypy_boto3_xray import XRayClient

LONGEST_MINUTES = 24 * 60
"""X-Ray answers for a day at most."""
_IDS_A_CALL = 5
_AT_ONCE = 4
_PAGES = 20
_SECONDS = 9.0
"""Reading stops after so long; what was not reached is said."""


@dataclass(frozen=True)
class Sample:
    """Traces of a window: how many there are, and those that were read."""

    there_are: int
    traces: tuple[Trace, ...]
    stopped: bool

    @property
    def complete(self) -> bool:
        """Whether nothing of the window was left out."""
        return not self.stopped and len(self.traces) >= self.there_are

    @property
    def unreadable(self) -> int:
        """How many documents could not be read."""
        return sum(trace.unreadable for trace in self.traces)


class TraceReader:
    """Reads traces from X-Ray."""

    def __init__(self, xray: "XRayClient") -> None:
        self._xray = xray

    def evenly(self, span: Window, at_most: int) -> Sample:
        """Return traces spread evenly over all there are: what is counted in them is fair."""
        summaries, stopped = self._summaries(span)
        ids = [str(one["Id"]) for one in summaries]
        step = max(1, -(-len(ids) // at_most))
        return self._sample(ids, ids[::step], stopped=stopped)

    def worst_first(self, span: Window, at_most: int) -> Sample:
        """Return the traces that failed, then those that took longest."""
        summaries, stopped = self._summaries(span)
        ids = [str(one["Id"]) for one in sorted(summaries, key=_badness, reverse=True)]
        return self._sample(ids, ids[:at_most], stopped=stopped)

    def _sample(self, ids: Sequence[str], wanted: Sequence[str], *, stopped: bool) -> Sample:
        chunks = [wanted[at : at + _IDS_A_CALL] for at in range(0, len(wanted), _IDS_A_CALL)]
        deadline = time.monotonic() + _SECONDS

        def read(chunk: Sequence[str]) -> list[Trace] | None:
            return None if time.monotonic() > deadline else self._traces(chunk)

        with asking("xray"), ThreadPoolExecutor(_AT_ONCE) as pool:
            found = list(pool.map(read, chunks))
        traces = tuple(trace for some in found if some is not None for trace in some)
        return Sample(len(ids), traces, stopped or any(some is None for some in found))

    def _summaries(self, span: Window) -> tuple[list[Mapping[str, Any]], bool]:
        """Return what X-Ray has in the window, and whether there was more than is read."""
        query: dict[str, Any] = {"StartTime": span.start, "EndTime": span.end, "Sampling": False}
        found: list[Mapping[str, Any]] = []
        deadline = time.monotonic() + _SECONDS / 2
        with asking("xray"):
            for _ in range(_PAGES):
                page = self._xray.get_trace_summaries(**query)
                found.extend(page.get("TraceSummaries", []))
                query["NextToken"] = page.get("NextToken")
                if not query["NextToken"]:
                    return found, False
                if time.monotonic() > deadline:
                    break
        return found, True

    def _traces(self, ids: Sequence[str]) -> list[Trace]:
        return list(self._pages(list(ids)))

    def _pages(self, ids: list[str]) -> Iterator[Trace]:
        documents: dict[str, list[str]] = {}
        query: dict[str, Any] = {"TraceIds": ids}
        for _ in range(_PAGES):
            page = self._xray.batch_get_traces(**query)
            for raw in page.get("Traces", []):
                told = [str(one.get("Document", "")) for one in raw.get("Segments", [])]
                documents.setdefault(str(raw.get("Id")), []).extend(told)
            query["NextToken"] = page.get("NextToken")
            if not query["NextToken"]:
                break
        for trace_id, told in documents.items():
            yield trace_of(trace_id, told)


def _badness(summary: Mapping[str, Any]) -> tuple[int, float]:
    failed = [bool(summary.get(name)) for name in ("HasFault", "HasError", "HasThrottle")]
    took = summary.get("ResponseTime") or summary.get("Duration") or 0.0
    return (4 * failed[0] + 2 * failed[1] + failed[2], float(took))
