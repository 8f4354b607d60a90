"""What callers may send: bodies and query strings, bounded and closed to unknown fields."""

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticKnownError

from itops_core.domain.audit import CHAIN
from itops_core.domain.grade import Mark
from itops_core.domain.incident import Status
from itops_core.domain.narrowing import PlanEdit
from itops_core.domain.remediation import ApprovalStatus
from itops_core.domain.values import IncidentId, Value
from itops_core.domain.verdict import Severity
from itops_core.tools.redaction import one_line, plain_text


def plainly(most: int, clean: Callable[[str], str] = plain_text) -> BeforeValidator:
    """Take words without what moves or hides them: as sent and as kept they meet their bounds."""

    def read(sent: object) -> object:
        if not isinstance(sent, str):
            return sent
        if len(sent) > most:
            raise PydanticKnownError("string_too_long", {"max_length": most})
        return clean(sent)

    return BeforeValidator(read)


Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=300),
    plainly(300, one_line),
]
Detector = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    plainly(100, one_line),
]
Description = Annotated[str, StringConstraints(max_length=10_000), plainly(10_000)]
Sentence = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), plainly(2000)
]
Text = Annotated[str, StringConstraints(max_length=20_000), plainly(20_000)]
ServiceName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._\-/:]{0,199}$")]
Cursor = Annotated[str, StringConstraints(min_length=1, max_length=2048)]


class NewIncident(Value):
    """What is known of something that is wrong."""

    title: Title = Field(description="What is wrong, in a line.")
    description: Description = Field(default="", description="What else is known.")
    severity: Severity | None = Field(default=None, description="Left out: triage decides.")
    affected_services: tuple[ServiceName, ...] = Field(
        min_length=1, max_length=50, description="The first one shows the symptom."
    )
    detected_by: Detector = "api"


class IncidentAmendment(Value):
    """What is to be changed; what is left out or null stays."""

    title: Title | None = None
    description: Description | None = None
    severity: Severity | None = None
    affected_services: (
        Annotated[tuple[ServiceName, ...], Field(min_length=1, max_length=50)] | None
    ) = None
    status: Literal[Status.RESOLVED, Status.CLOSED] | None = None
    note: Sentence | None = Field(default=None, description="A line for the timeline.")

    @model_validator(mode="after")
    def _changes_something(self) -> "IncidentAmendment":
        if not self.model_dump(exclude_none=True):
            fields = ", ".join(type(self).model_fields)
            raise ValueError(f"nothing is to be changed; name at least one of {fields}")
        return self


class Resolution(Value):
    """How a person ended an incident."""

    resolution: Sentence


class Marking(Value):
    """What a person thinks of a verdict."""

    cause: Mark
    cause_was: Annotated[
        str, StringConstraints(strip_whitespace=True, max_length=2000), plainly(2000)
    ] = Field(default="", description="What the cause was in truth.")


class Word(Value):
    """A person's word on an approval."""

    approved: bool
    reason: Sentence
    edit: PlanEdit | None = Field(
        default=None, description="With a yes: what of the plan is kept, and how much of it."
    )

    @model_validator(mode="after")
    def _narrows_only_what_it_approves(self) -> "Word":
        if self.edit is not None and not self.approved:
            raise ValueError("a no takes no edit: nothing of it is carried out")
        return self


class NewArticle(Value):
    """What is worth knowing the next time."""

    title: Title
    services: tuple[ServiceName, ...] = Field(default=(), max_length=50)
    symptoms: Text = ""
    cause: Text = ""
    fix: Text = ""
    body: Text = ""
    trust_percent: int = Field(default=50, ge=0, le=100)


class ArticleEdit(NewArticle):
    """An article's new text, and which version of it was seen."""

    version: int = Field(ge=0, description="As it was read; another one by now is a conflict.")
    reason: Sentence | None = Field(default=None, description="For the audit log.")


class WithdrawArticle(Value):
    """Why an article is taken out of use, or put into it again."""

    reason: Sentence


class PageQuery(Value):
    """Which part of a list."""

    limit: int = Field(default=50, ge=1, le=200)
    cursor: Cursor | None = None


class IncidentQuery(PageQuery):
    """Which incidents."""

    status: Status | None = None


class SummaryQuery(PageQuery):
    """Which incidents a list is to hold."""

    text: Annotated[str, StringConstraints(max_length=200), plainly(200)] = Field(
        default="",
        description="Words that all stand in its title, services, id, cause or who detected it.",
    )
    status: Status | None = None
    severity: Severity | None = None
    over: bool | None = Field(
        default=None, description="Only those that are over, or only those that go on."
    )


class NotificationQuery(PageQuery):
    """Which notifications."""

    incident_id: IncidentId | None = Field(default=None, description="All of this incident's.")


class ApprovalQuery(PageQuery):
    """Which approvals."""

    status: ApprovalStatus | None = None


class AuditQuery(PageQuery):
    """Which entries of the audit log."""

    chain: Annotated[str, StringConstraints(pattern=CHAIN)] | None = Field(
        default=None,
        description="An incident's id, or a day: DAY-2026-11-20, DAY-2026-11-20-A; or all of them.",
    )


class StepQuery(PageQuery):
    """Which steps."""

    after: int = Field(default=0, ge=0, le=999_998, description="Only steps behind this number.")


class KnowledgeQuery(Value):
    """Which articles."""

    query: Annotated[str, StringConstraints(max_length=500)] | None = None
    service: ServiceName | None = None
    kind: Literal["article", "runbook"] | None = None
    withdrawn: bool = Field(default=False, description="Only those out of use.")
    limit: int = Field(default=50, ge=1, le=200)


class ReportQuery(Value):
    """In which form."""

    format: Literal["json", "markdown", "md", "html", "text", "slack"] = "json"
