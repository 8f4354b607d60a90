"""The monitoring server over a recording."""

from collections.abc import Callable
from typing import Any

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.evidence import Evidence
from itops_core.errors import NotFoundError
from itops_core.tools.tool_server import ToolServer
from monitoring_server.assembly import Sources, telemetry_over
from monitoring_server.recorded.cloudwatch import RecordedCloudWatch
from monitoring_server.recorded.estate import (
    RecordedContainers,
    RecordedFunctions,
    RecordedParameters,
    RecordedQueues,
    RecordedStacks,
    RecordedTrail,
)
from monitoring_server.recorded.logs_and_traces import RecordedLogs, RecordedTraces
from monitoring_server.recorded.recording import Recording
from monitoring_server.recorded.workflows import RecordedWorkflows
from monitoring_server.server import build_server

DATA_SOURCE = "recorded"

_SERVICES: dict[str, Callable[[Recording], Any]] = {
    "cloudwatch": RecordedCloudWatch,
    "logs": RecordedLogs,
    "xray": RecordedTraces,
    "ecs": RecordedContainers,
    "ssm": RecordedParameters,
    "sqs": RecordedQueues,
    "lambda": RecordedFunctions,
    "cloudformation": RecordedStacks,
    "cloudtrail": RecordedTrail,
    "stepfunctions": RecordedWorkflows,
}


def recorded_server(recording: Recording, evidence: "RecordedEvidence | None" = None) -> ToolServer:
    """Return the monitoring server, answering from `recording` as if it were its last moment.

    `evidence` may be filled while a run goes on, so that its agents can page in what they saw.
    """
    kept = evidence or RecordedEvidence()
    for piece in recording.evidence:
        kept.put(piece)
    sources = Sources(
        client=lambda name: _SERVICES[name](recording),
        catalog=RecordedCatalog(recording.catalog),
        evidence=kept,
        now=lambda: recording.recorded_at,
    )
    return build_server(telemetry_over(sources), DATA_SOURCE)


class RecordedCatalog:
    """The catalog as it was."""

    def __init__(self, entries: tuple[CatalogEntry, ...]) -> None:
        self._entries = entries

    def find(self, name: str) -> CatalogEntry | None:
        """Return the entry of a service, by its id or its name in ECS."""
        known = (one for one in self._entries if name in {one.entry_id, one.ecs_service})
        return next(known, None)

    def list(self) -> tuple[CatalogEntry, ...]:
        """Return all entries."""
        return self._entries


class RecordedEvidence:
    """Evidence kept in memory."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Evidence] = {}

    def put(self, evidence: Evidence) -> None:
        """Keep a piece."""
        self._kept[evidence.incident_id, evidence.evidence_id] = evidence

    def get_evidence(self, incident_id: str, evidence_id: str) -> Evidence:
        """Return it, or raise `NotFoundError`."""
        found = self._kept.get((incident_id, evidence_id))
        if found is None:
            raise NotFoundError(f"no evidence {evidence_id!r} of {incident_id!r}")
        return found
