"""What the step engine needs of the stores and the tools."""

from collections.abc import Sequence
from typing import Any, Protocol

from itops_core.domain.evidence import Evidence
from itops_core.domain.incident import Incident, TimelineEvent
from itops_core.domain.investigation import Observation, Step, ToolCall


class Incidents(Protocol):
    """Incidents and their timelines."""

    def get(self, incident_id: str) -> Incident:
        """Return the incident, or raise `NotFoundError`."""
        ...

    def add_event(self, event: TimelineEvent) -> Any:  # noqa: ANN401 - whatever the store says
        """Add a line to the timeline; the same event again changes nothing."""
        ...


class AgentState(Protocol):
    """The append-only transcript and the evidence behind it."""

    def put_step(self, step: Step) -> bool:
        """Append `step`, or return `False` where its number is taken."""
        ...

    def steps(self, incident_id: str, after: int = 0) -> tuple[Step, ...]:
        """Return the steps with a number above `after`, in order."""
        ...

    def put_evidence(self, evidence: Evidence) -> Evidence:
        """Keep `evidence` whole; return what is kept under its id: the first one stands."""
        ...

    def get_evidence(self, incident_id: str, evidence_id: str) -> Evidence:
        """Return the evidence, or raise `NotFoundError`."""
        ...


class Tools(Protocol):
    """The tool servers, behind their breakers."""

    def run_all(
        self, calls: Sequence[ToolCall], incident_id: str, step_number: int
    ) -> Sequence[tuple[Observation, Evidence | None]]:
        """Run `calls` side by side; return what each showed, in order."""
        ...
