"""Tools whose writes leave the system: tickets, GitHub issues, pages. A refusal is an answer."""

from typing import Annotated, Any, Literal

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from incident_server.reading import WhichIncident
from incident_server.sending import Sender, Sent, Wish
from incident_server.writing import Key
from itops_core.domain.incident import Incident
from itops_core.domain.notification import Occasion
from itops_core.domain.ticket import Ticket, TicketProvider
from itops_core.domain.values import derived_id
from itops_core.domain.verdict import Severity
from itops_core.stores.tickets import TicketStore
from itops_core.tools.aws_errors import asking
from itops_core.tools.tool_server import ToolResult
from itops_core.workflow.channels.github_issues import GitHubIssues, IssueText
from itops_core.workflow.channels.port import DeliveryFailedError
from itops_core.workflow.notifications import Notifications

Text = Annotated[
    str, Field(min_length=1, max_length=8000, description="What people should know, as text.")
]
Headline = Annotated[str, Field(min_length=1, max_length=256, description="In one line.")]
Label = Annotated[str, Field(pattern=r"^[A-Za-z0-9:_. -]{1,50}$")]
Priority = Annotated[Severity | None, Field(description="The incident's severity, if left out.")]
Provider = Annotated[
    TicketProvider, Field(description="itops keeps it in our own table; github opens an issue too.")
]


class MessageAnswer(ToolResult):
    """What became of a message, and where it is now. A refusal says why, and which rule it was."""

    outcome: Literal["sent", "refused", "failed", "busy"]
    changed: bool = Field(description="Whether this very call sent it.")
    reason: str
    rules: list[str] = Field(description="The rules that decided.")
    message_id: str
    ticket_id: str | None = None
    number: int | None = None
    url: str | None = None


class Outward:
    """Sends messages about incidents."""

    def __init__(
        self,
        sender: Sender,
        tickets: TicketStore,
        notifications: Notifications,
        github: GitHubIssues | None,
    ) -> None:
        self._sender = sender
        self._tickets = tickets
        self._notifications = notifications
        self._github = github

    def create_ticket(  # noqa: PLR0913 - a tool's parameters are its schema
        self,
        incident_id: WhichIncident,
        title: Headline,
        body: Text,
        key: Key,
        *,
        priority: Priority = None,
        provider: Provider = "itops",
    ) -> MessageAnswer:
        """Keep a ticket on an incident, on GitHub too if asked; passes the write gate."""
        content = {"title": title, "body": body, "priority": priority or "", "provider": provider}
        wish = Wish(tool="create_ticket", incident_id=incident_id, key=key, content=content)
        _check_words(wish)
        if provider == "github":
            # An issue keeps its words for good, so what forbids an issue forbids this, too.
            wish = wish.model_copy(update={"tool": "create_github_issue", "key": f"ticket {key}"})

        def keep(incident: Incident, message_id: str) -> dict[str, Any]:
            said = wish.plain()
            issue: dict[str, Any] = {}
            if provider == "github":
                issue = self._issue(said, (), message_id, incident)
            ticket = self._tickets.add(
                Ticket(
                    ticket_id=derived_id("TKT", message_id),
                    incident_id=incident.incident_id,
                    title=said["title"],
                    body=said["body"],
                    priority=priority or incident.severity,
                    provider=provider,
                    reference=str(issue["number"]) if issue else None,
                    url=issue.get("url"),
                    created_at=self._sender.now(),
                )
            )
            return {**issue, "ticket_id": ticket.ticket_id}

        with asking("dynamodb"):
            return _answer(self._sender.send(wish, keep), wish)

    def create_github_issue(
        self,
        incident_id: WhichIncident,
        title: Headline,
        body: Text,
        key: Key,
        *,
        labels: Annotated[
            list[Label] | None, Field(max_length=10, description="Beside the label itops.")
        ] = None,
    ) -> MessageAnswer:
        """Open an issue in the configured GitHub repository; passes the write gate."""
        content = {"title": title, "body": body, "labels": "\n".join(labels or ())}
        wish = Wish(tool="create_github_issue", incident_id=incident_id, key=key, content=content)
        _check_words(wish)

        def opened(incident: Incident, message_id: str) -> dict[str, Any]:
            return self._issue(wish.plain(), tuple(labels or ()), message_id, incident)

        with asking("dynamodb"):
            return _answer(self._sender.send(wish, opened), wish)

    def publish_sns_escalation(
        self,
        incident_id: WhichIncident,
        message: Annotated[
            str, Field(min_length=1, max_length=4000, description="Why a person is needed now.")
        ],
        key: Key,
    ) -> MessageAnswer:
        """Page the people on call about an incident: SNS and chat; passes the write gate."""
        content = {"message": message}
        tool = "publish_sns_escalation"
        wish = Wish(tool=tool, incident_id=incident_id, key=key, content=content)
        _check_words(wish)

        def published(incident: Incident, message_id: str) -> dict[str, Any]:
            told = self._notifications.tell(
                incident, Occasion.PAGE, wish.plain()["message"], key=message_id
            )
            if not told:
                raise DeliveryFailedError("it could not be written down")
            return {"people": "on call"}

        with asking("dynamodb"):
            return _answer(self._sender.send(wish, published), wish)

    def _issue(
        self, said: dict[str, str], labels: tuple[str, ...], message_id: str, incident: Incident
    ) -> dict[str, Any]:
        if self._github is None:
            raise DeliveryFailedError(
                "no GitHub repository is set up (GitHubRepository in the template)"
            )
        body = f"{said['body']}\n\nIncident {incident.incident_id}, {incident.service}"
        text = IssueText(title=said["title"], body=body, labels=labels)
        return self._github.open(text, message_id)


def _check_words(wish: Wish) -> None:
    """What holds marks alone says nothing, and no tracker takes it."""
    said = wish.plain()
    empty = [name for name in ("title", "body", "message") if name in said and not said[name]]
    if empty:
        raise ToolError(f"{', '.join(empty)}: nothing readable is left of it; write words")


def _answer(sent: Sent, wish: Wish) -> MessageAnswer:
    return MessageAnswer(
        outcome=sent.outcome,
        changed=sent.changed,
        reason=sent.reason,
        rules=list(sent.rules),
        message_id=sent.message_id,
        ticket_id=sent.reference.get("ticket_id"),
        number=sent.reference.get("number"),
        url=sent.reference.get("url"),
        data_source="incidents",
        query={"incident_id": wish.incident_id, "tool": wish.tool},
    )
