"""The monitoring server over a recording."""

from collections.abc import Callable, Iterable
from typing import Any

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.evidence import Evidence
from itops_core.errors import NotFoundError
from itops_core.tools.tool_server import ToolServer
from monitoring_server.assembly import Sources, telemetry_over
from monitoring_server.recorded.changes import RecordedChanges
from monitoring_server.recorded.cloudwatch import RecordedCloudWatch
from monitoring_server.recorded.databases import RecordedDatabases, RecordedInsights
from monitoring_server.recorded.estate import (
    RecordedContainers,
    RecordedParameters,
    RecordedStacks,
    RecordedTables,
    RecordedTrail,
)
from monitoring_server.recorded.logs_and_traces import RecordedLogs, RecordedTraces
from monitoring_server.recorded.outages import UnwellService
from monitoring_server.recorded.recording import Recording
from monitoring_server.recorded.remediable import (
    RecordedFunctions,
    RecordedQueues,
    RecordedThings,
)
from monitoring_server.recorded.workflows import RecordedWorkflows
from monitoring_server.server import build_server
from monitoring_server.telemetry.evidence import EvidenceStore

DATA_SOURCE = "recorded"

_SERVICES: dict[str, Callable[[Recording], Any]] = {
    "cloudwatch": RecordedCloudWatch,
    "logs": RecordedLogs,
    "xray": RecordedTraces,
    "ecs": RecordedContainers,
    "ssm": RecordedParameters,
    "sqs": RecordedQueues,
    "lambda": RecordedFunctions,
    "iot": RecordedThings,
    "iot-data": RecordedThings,
    "dynamodb": RecordedTables,
    "cloudformation": RecordedStacks,
    "cloudtrail": RecordedTrail,
    "stepfunctions": RecordedWorkflows,
    "rds": RecordedDatabases,
    "pi": RecordedInsights,
}


RECORDED = frozenset(_SERVICES)
"""The services of AWS that a recording answers for, by their boto3 names."""


def recorded_clients(recording: Recording) -> Callable[[str], Any]:
    """Return what gives the recorded client of an AWS service, by its boto3 name."""
    unwell = {outage.source: outage for outage in recording.outages}
    return lambda name: (
        UnwellService(unwell[name]) if name in unwell else _SERVICES[name](recording)
    )


def recorded_server(recording: Recording, evidence: EvidenceStore | None = None) -> ToolServer:
    """Return the monitoring server, answering from `recording` as if it were its last moment.

    `evidence` may be filled while a run goes on, so that its agents can page in what they saw.
    """
    kept = evidence or RecordedEvidence(recording.evidence)
    sources = Sources(
        client=recorded_clients(recording),
        catalog=RecordedCatalog(recording.catalog),
        evidence=kept,
        now=lambda: recording.recorded_at,
        # Who wrote down changes by themselves had no AWS to tell of others.
        own_changes=(RecordedChanges(recording),) if recording.changes else (),
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

    def __init__(self, pieces: Iterable[Evidence] = ()) -> None:
        self._kept: dict[tuple[str, str], Evidence] = {}
        for piece in pieces:
            self.put(piece)

    def put(self, evidence: Evidence) -> None:
        """Keep a piece."""
        self._kept[evidence.incident_id, evidence.evidence_id] = evidence

    def get_evidence(self, incident_id: str, evidence_id: str) -> Evidence:
        """Return it, or raise `NotFoundError`."""
        found = self._kept.get((incident_id, evidence_id))
        if found is None:
            raise NotFoundError(f"no evidence {evidence_id!r} of {incident_id!r}")
        return found
