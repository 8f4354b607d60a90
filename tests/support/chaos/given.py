"""What is left of one play: everything that was written, sent, done and heard in it."""

from dataclasses import dataclass, field
from typing import Any

from itops_core.domain.incident import Incident
from itops_core.domain.remediation import Approval
from itops_core.stores.approvals import ApprovalStore
from itops_core.stores.audit import AuditLog
from itops_core.stores.incidents import IncidentStore
from tests.support.chaos.clock import Clock
from tests.support.chaos.cloud import PREFIX, Cloud
from tests.support.chaos.faults import Plan
from tests.support.chaos.stories import INCIDENT, Story


@dataclass
class Play:
    """One run: what goes on in it, and what is left of it."""

    story: Story
    plan: Plan
    cloud: Cloud = field(init=False)
    visits: dict[str, int] = field(default_factory=dict[str, int])
    traces: dict[tuple[str, int], list[str]] = field(
        default_factory=dict[tuple[str, int], list[str]]
    )
    states: list[str] = field(default_factory=list[str])
    happened: list[str] = field(default_factory=list[str])
    heard: list[tuple[str, str, bool]] = field(default_factory=list[tuple[str, str, bool]])
    """Decisions that the API has acknowledged: approval, person, word."""
    switched_off_at: float | None = None
    resolved_by_person: bool = False
    is_over: bool = False
    _steps: list[set[str]] = field(default_factory=list[set[str]])

    def incidents(self) -> IncidentStore:
        """The incidents of this run."""
        return IncidentStore(self.table("Incidents"))

    def audit(self) -> AuditLog:
        """Its audit log."""
        return AuditLog(self.table("Audit"))

    def approvals(self) -> tuple[Approval, ...]:
        """Everything that people were asked."""
        return ApprovalStore(self.table("Approvals")).for_incident(INCIDENT)

    def incident(self) -> Incident:
        """The incident as it stands."""
        return self.incidents().get(INCIDENT)

    def table(self, name: str) -> Any:  # noqa: ANN401 - it stands for boto3's table
        """Return a table, past the boundary."""
        return self.cloud.tables[f"{PREFIX}{name}"]

    @property
    def clock(self) -> Clock:
        """The clock of this run."""
        return self.cloud.boundary.clock
