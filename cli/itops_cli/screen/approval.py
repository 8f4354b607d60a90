"""One approval as a terminal page: what would be done, what it changes, who said what."""

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.text import Text

from itops_cli.screen.beats import action_line, difference
from itops_cli.screen.console import command, tame
from itops_core.domain.remediation import Approval, ApprovalStatus


def question(approval: Approval) -> Iterable[RenderableType]:
    """Yield what a person has to know to decide."""
    yield Text(tame(approval.summary, 400))
    for preview in approval.previews:
        yield Text(action_line(preview.action.name, preview.action.parameters), style="bold")
        facts = f"risk {preview.risk.value} · reach {preview.blast_size.value} · {preview.undoing}"
        yield Text(f"  {facts}", style="dim")
        for change in difference(preview.before, preview.after):
            yield Text(f"  {change}")
    for reason in approval.decision.reasons:
        yield Text(f"asked because {tame(reason, 300)}", style="dim")
    yield Text(f"expires {approval.expires_at:%Y-%m-%d %H:%M:%S UTC}", style="dim")


def approval_page(approval: Approval) -> RenderableType:
    """Return the whole page."""
    heading = f"{approval.approval_id} · {approval.incident_id} · {approval.status.value}"
    lines: list[RenderableType] = [Text(heading, style="bold"), *question(approval)]
    for word in approval.decisions:
        verb = "approved" if word.approved else "denied"
        lines.append(Text(f"{verb} by {tame(word.decided_by)}: {tame(word.reason)}"))
    if approval.status is ApprovalStatus.PENDING:
        lines.append(how_to_decide(approval.approval_id))
    return Group(*lines)


def how_to_decide(approval_id: str) -> Text:
    """Return the two commands that answer the question."""
    yes = command(f"approvals approve {approval_id}")
    no = command(f"approvals deny {approval_id} --reason …")
    return Text(f"{yes}\n{no}", style="yellow")
