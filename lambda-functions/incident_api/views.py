"""What the API answers with."""

from typing import Any

from pydantic import Field, create_model

from itops_core.domain.aftermath import Aftermath
from itops_core.domain.approval_card import ApprovalCard, card_of
from itops_core.domain.audit import AuditEntry, AuditHead
from itops_core.domain.autonomy import Standing
from itops_core.domain.catalog import Article, CatalogEntry
from itops_core.domain.evidence import Evidence
from itops_core.domain.incident import Incident, TimelineEvent
from itops_core.domain.incident_summary import IncidentSummary
from itops_core.domain.investigation import Step
from itops_core.domain.notification import Notification
from itops_core.domain.remediation import Approval, BlastSize, Risk
from itops_core.domain.values import Value
from itops_core.remediation.switching import Turned
from itops_core.stores.agent_state import EvidenceHead
from itops_core.workflow.executions import Execution
from itops_core.workflow.visits import Visit


class ApprovalView(Approval):
    """An approval as people may see it, with the card that they decide by."""

    task_token: str | None = Field(default=None, exclude=True)
    card: ApprovalCard
    first_approver: str | None = Field(default=None, description="Who agreed first.")
    notice: str | None = Field(
        default=None, description="What keeps it from being carried out although people agree."
    )
    aftermath: Aftermath | None = Field(
        default=None, description="What became of it; null while it waits for an answer."
    )


def _incident_view() -> type[Value]:
    """Return `Incident` with two fields more; one of them has the name of a method there."""
    fields: dict[str, Any] = {
        name: (field.annotation, field) for name, field in Incident.model_fields.items()
    }
    fields["phase_seconds"] = (dict[str, float], ...)
    fields["approval"] = (ApprovalView | None, None)
    told = "An incident, how long its phases took, and what was asked of people last."
    return create_model("IncidentView", __base__=Value, __doc__=told, **fields)


IncidentView = _incident_view()


class IncidentPage(Value):
    """Incidents, newest first."""

    items: tuple[Incident, ...]
    cursor: str | None


class SummaryPage(Value):
    """Incidents as a list shows them, newest first.

    A search looks at a part at a time: a page may hold few or none of them and yet have a cursor.
    """

    items: tuple[IncidentSummary, ...]
    cursor: str | None


class TimelinePage(Value):
    """What happened, oldest first."""

    items: tuple[TimelineEvent, ...]
    cursor: str | None


class StepPage(Value):
    """What the agents thought and asked, oldest first."""

    items: tuple[Step, ...]
    cursor: str | None


class EvidenceView(Evidence):
    """A tool's whole answer, and the text that quotes of it are taken from."""

    canonical: str = Field(
        description="The content's canonical JSON: in its UTF-8 bytes spans of citations are told, "
        "and `sha256` is over them."
    )


class EvidencePage(Value):
    """What evidence there is, without its content, oldest first."""

    items: tuple[EvidenceHead, ...]
    cursor: str | None = None


class NotificationPage(Value):
    """What people were told."""

    items: tuple[Notification, ...]
    cursor: str | None = None


class ApprovalPage(Value):
    """Approvals, newest first."""

    items: tuple[ApprovalView, ...]
    cursor: str | None


class FoundArticle(Article):
    """An article, and how well it fits what was asked for."""

    score: float | None = None


class AuditPage(Value):
    """Entries of the audit log; those of one chain in their order."""

    items: tuple[AuditEntry, ...]
    cursor: str | None = None


class AuditHeadPage(Value):
    """How far each chain of the audit log has come."""

    items: tuple[AuditHead, ...]
    cursor: str | None = None


class ArticlePage(Value):
    """Articles, the best first, or by id where nothing was asked for."""

    items: tuple[FoundArticle, ...]
    cursor: str | None = None


class CatalogPage(Value):
    """Services and pipelines, by name."""

    items: tuple[CatalogEntry, ...]
    cursor: str | None = None


class ExecutionView(Value):
    """How the workflow of an incident stands; `execution` is missing where none is known."""

    incident_id: str
    execution: Execution | None
    resumes: int


class VisitPage(Value):
    """The states that an incident's workflow went through, oldest first."""

    items: tuple[Visit, ...]
    cursor: str | None = None


class ActionClass(Value):
    """One action of the catalogue, and how far it may go alone."""

    name: str
    description: str
    risk: Risk
    blast_size: BlastSize
    reversible: bool
    precondition: str
    cost: str
    autonomy: Standing | None = Field(description="Missing where it changes nothing.")


class ActionsView(Value):
    """Whether actions are carried out at all, and what each class of them has earned."""

    enabled: bool
    reason: str
    turned: Turned | None = Field(description="When it was turned last, by whom and why.")
    modes: dict[str, tuple[str, ...]]
    seeds_measured_by: str = Field(description="The command behind the seeds.")
    seeds_measured_at: str
    items: tuple[ActionClass, ...]


class Health(Value):
    """That the API answers."""

    status: str = "ok"
    environment: str


def view_of(
    approval: Approval, notice: str | None = None, aftermath: Aftermath | None = None
) -> ApprovalView:
    """Return an approval without the task token, and with its card."""
    card = card_of(approval)
    more = {"card": card, "first_approver": card.first_approver}
    told = {**more, "notice": notice, "aftermath": aftermath}
    return ApprovalView.model_validate({**dict(approval), "task_token": None, **told})


def incident_view(incident: Incident, approval: ApprovalView | None = None) -> Value:
    """Return an incident as the API shows it."""
    return IncidentView.model_validate(
        {
            **dict(incident),
            "phase_seconds": incident.phase_seconds(),
            "approval": approval,
        }
    )
