"""One approval as a terminal page: the card that people decide by, and who said what."""

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.text import Text

from itops_cli.screen.console import command, tame
from itops_core.domain.aftermath import Aftermath, Tone, aftermath_of
from itops_core.domain.approval_card import card_of
from itops_core.domain.remediation import Approval
from itops_core.workflow.rendering.approval import card_sections

_STYLES = {
    Tone.GOOD: "bold green",
    Tone.OPEN: "bold",
    Tone.HALTED: "bold yellow",
    Tone.BAD: "bold red",
}


def question(approval: Approval) -> Iterable[RenderableType]:
    """Yield what a person has to know to decide."""
    for section in card_sections(card_of(approval)):
        first, *rest = section
        yield Text(first, style="bold")
        for line in rest:
            yield Text(f"  {line}", style="cyan" if " → " in line else "dim")


def approval_page(
    approval: Approval, notice: str | None = None, aftermath: Aftermath | None = None
) -> RenderableType:
    """Return the whole page."""
    lines: list[RenderableType] = [*question(approval)]
    for word in approval.decisions:
        verb = "approved" if word.approved else "denied"
        lines.append(Text(f"{verb} by {tame(word.decided_by)}: {tame(word.reason)}"))
    aftermath = aftermath or aftermath_of(approval)
    if aftermath:
        lines.append(Text(tame(aftermath.title), style=_STYLES[aftermath.tone]))
        lines += [Text(f"  {tame(aftermath.why)}")] if aftermath.why else []
        return Group(*lines)
    if notice:
        lines.append(Text(tame(notice), style="bold red"))
    lines.append(how_to_decide(approval.approval_id))
    return Group(*lines)


def how_to_decide(approval_id: str) -> Text:
    """Return the two commands that answer the question."""
    yes = command(f"approvals approve {approval_id}")
    no = command(f"approvals deny {approval_id}")
    return Text(f"{yes}\n{no}", style="yellow")
