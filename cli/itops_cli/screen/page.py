"""One incident as a terminal page: what was wrong, how it is known, what was done."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from itops_cli.screen.approval import how_to_decide, question
from itops_cli.screen.beats import action_line, difference
from itops_cli.screen.console import counted, tame
from itops_cli.screen.past import looked_like
from itops_core.domain.cost import cost_of
from itops_core.domain.escalation import Escalation
from itops_core.domain.incident import Incident, Status
from itops_core.domain.investigation import Step
from itops_core.domain.remediation import (
    ActionRecord,
    Approval,
    ApprovalStatus,
    Decision,
    RemediationPlan,
    Verification,
)
from itops_core.domain.verdict import Claim, Verdict
from itops_core.remediation.catalogue import catalogue
from itops_core.workflow.messages import pack_of

SEVERITY_STYLES = {
    "critical": "bold white on red",
    "high": "bold red",
    "medium": "bold yellow",
    "low": "cyan",
}
STATUS_STYLES = {
    Status.RESOLVED: "bold green",
    Status.CLOSED: "green",
    Status.ESCALATED: "bold red",
    Status.FAILED: "bold red",
    Status.DUPLICATE: "dim",
    Status.AWAITING_APPROVAL: "bold yellow",
}
NOTHING = "-"
_BAR = 28


def status_text(status: Status) -> Text:
    """Return a status in its colour."""
    return Text(status.value.replace("_", " "), style=STATUS_STYLES.get(status, "bold cyan"))


def severity_text(severity: str | None) -> Text:
    """Return a severity in its colour."""
    return Text(severity or NOTHING, style=SEVERITY_STYLES.get(severity or "", "dim"))


def clock(moment: datetime | None) -> str:
    """Return a moment as people read it."""
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC") if moment else NOTHING


def page(
    incident: Incident, steps: Sequence[Step], approvals: Sequence[Approval] = ()
) -> RenderableType:
    """Return the whole page."""
    parts: list[RenderableType] = [_head(incident)]
    if incident.description:
        parts.append(_section("Description", [Text(tame(incident.description, 800))]))
    if incident.verdict:
        parts += _verdict(incident.verdict)
    elif incident.triage:
        parts.append(_section("Triage", [Text(tame(incident.triage.summary, 800))]))
    if incident.past and (incident.past.hints or incident.recurrence):
        parts.append(_section("What it looked like", looked_like(incident)))
    waiting = [asked for asked in approvals if asked.status is ApprovalStatus.PENDING]
    parts += [
        _section("Waits for a person", [*question(asked), how_to_decide(asked.approval_id)])
        for asked in waiting
    ]
    if incident.plan and incident.plan.rationale:
        parts.append(_section("Plan", _plan(incident.plan)))
    if incident.decision:
        parts.append(_section("Gate", _gate(incident.decision)))
    if incident.actions:
        deeds = (line for record in incident.actions for line in _deed(record))
        parts.append(_section("Actions", deeds))
    if incident.verification:
        parts.append(_section("Verification", [_probes(incident.verification)]))
    if incident.escalation:
        parts.append(_section("Handed to people", _handed_over(incident.escalation)))
    if incident.acknowledgement:
        taken = incident.acknowledgement
        told = f"{tame(taken.acknowledged_by, 100)} has it, since {clock(taken.acknowledged_at)}"
        parts.append(_section("Taken on", [Text(told)]))
    if incident.resolution:
        parts.append(_section("Resolution", [Text(tame(incident.resolution, 800))]))
    parts.append(_section("Phases", [_phases(incident)]))
    parts.append(_section("Cost", [Text(_cost_line(steps))]))
    return Group(*parts)


def _head(incident: Incident) -> Panel:
    line = Text.assemble(
        severity_text(incident.severity.value if incident.severity else None),
        "  ",
        status_text(incident.status),
        ("  ·  ", "dim"),
        tame(incident.service),
        (f"  ·  opened {clock(incident.opened_at)}", "dim"),
    )
    facts = f"detected by {tame(incident.detected_by)}"
    if len(incident.affected_services) > 1:
        facts += f"  ·  affects {', '.join(map(tame, incident.affected_services))}"
    if incident.closed_at:
        took = (incident.closed_at - incident.opened_at).total_seconds()
        end = "handed over" if incident.status is Status.ESCALATED else "over"
        facts += f"  ·  {end} after {took:.1f} s"
    return Panel(
        Group(Text(tame(incident.title), style="bold"), line, Text(facts, style="dim")),
        title=Text(incident.incident_id, style="bold"),
        title_align="left",
        box=box.ROUNDED,
    )


def _section(title: str, lines: Iterable[RenderableType]) -> RenderableType:
    return Group(
        Text(),
        Text(title, style="bold underline"),
        Padding(Group(*lines), (0, 0, 0, 2), expand=False),
    )


def _verdict(verdict: Verdict) -> list[RenderableType]:
    cause = verdict.root_cause
    heading = f"{cause.component}: {cause.fault}" if cause else verdict.outcome.value
    lines: list[RenderableType] = [Text(heading, style="bold")]
    if cause:
        lines.append(Text(tame(cause.mechanism, 600)))
    elif verdict.summary:
        lines.append(Text(tame(verdict.summary, 600)))
    lines.append(_confidence(verdict))
    if verdict.second_opinion:
        told = tame(verdict.second_opinion.effect, 300)
        lines.append(Text(f"second opinion: {told}", style="dim"))
    if verdict.began_at:
        lines.append(Text(f"began {clock(verdict.began_at)}", style="dim"))
    if verdict.change_id:
        lines.append(Text(f"after change {tame(verdict.change_id)}", style="dim"))
    if verdict.blast_radius:
        reach = ", ".join(map(tame, verdict.blast_radius))
        lines.append(Text(f"blast radius: {reach}", style="dim"))
    parts = [_section("Cause", lines)]
    if verdict.claims:
        parts.append(_section("How it is known", _claims(verdict.claims)))
    if verdict.rivals:
        ruled_out = (
            Text(f"{rival.confidence:>4.0%}  {rival.component}: {rival.fault} — "
                 f"{tame(rival.ruled_out_by, 300)}")
            for rival in verdict.rivals
        )  # fmt: skip
        parts.append(_section("What else it could have been", ruled_out))
    if verdict.gaps:
        gaps = (Text(f"{tame(gap.source)}: {tame(gap.reason, 300)}", style="yellow")
                for gap in verdict.gaps)  # fmt: skip
        parts.append(_section("What could not be seen", gaps))
    return parts


def _confidence(verdict: Verdict) -> Text:
    full = round(verdict.confidence * _BAR)
    return Text.assemble(
        ("━" * full, "green" if verdict.confidence > 0.75 else "yellow"),
        ("━" * (_BAR - full), "bright_black"),
        f" {verdict.confidence:.0%} sure",
        (f"  ({tame(verdict.reasoner)})", "dim"),
    )


def _claims(claims: Sequence[Claim]) -> Iterable[RenderableType]:
    for number, claim in enumerate(claims, start=1):
        yield Text(f"{number}. {tame(claim.text, 400)}")
        for citation in claim.citations:
            quote = f"   {citation.evidence_id}  “{tame(citation.quote, 200)}”"
            yield Text(quote, style="dim")


def _plan(plan: RemediationPlan) -> Iterable[RenderableType]:
    for planned in plan.actions:
        line = action_line(planned.action.name, planned.action.parameters)
        yield Text.assemble((line, "bold"), f"  {tame(planned.reason, 300)}")
    if not plan.actions:
        yield Text("no action", style="bold")
        yield Text(tame(plan.rationale, 1500))


def _handed_over(escalation: Escalation) -> Iterable[RenderableType]:
    yield Text.assemble((f"{escalation.kind.value}  ", "bold"), tame(escalation.reason, 1500))
    pack = escalation.hand_off
    for name, told in (("owner", pack.owner), ("runbook", pack.runbook)):
        if told:
            yield Text(f"{name}: {tame(told, 200)}", style="bold")
    for passage in pack_of(pack):
        yield Text(passage.heading.lower(), style="bold")
        for line in passage.lines:
            yield Text(f"· {tame(line, 800)}")


def _gate(decision: Decision) -> Iterable[RenderableType]:
    styles = {"auto": "bold green", "approval": "bold yellow", "forbid": "bold red"}
    yield Text(decision.outcome.value, style=styles[decision.outcome.value])
    for reason in decision.reasons:
        yield Text(tame(reason, 300))


def _deed(record: ActionRecord) -> Iterable[RenderableType]:
    good = record.status.value in {"done", "undone"}
    yield Text.assemble(
        (f"{record.status.value:<8}", "bold green" if good else "bold red"),
        (action_line(record.action.name, record.action.parameters), "bold"),
    )
    for change in difference(record.before, record.after) if record.after else ():
        yield Text(f"        {change}")
    if record.message:
        yield Text(f"        {tame(record.message, 300)}", style="dim")
    if record.inverse and record.undoing:
        undo = action_line(record.inverse.name, record.inverse.parameters)
        yield Text(f"        {record.undoing} {undo}", style="dim")
    elif record.inverse and not record.inverse.changes_something:
        # Its message is for people who hear that it did not help; here it may well have helped.
        yield Text(f"        {_not_undone(record)}", style="dim")


def _not_undone(record: ActionRecord) -> str:
    known = catalogue().actions.get(record.action.name)
    if known is None or known.reversible:
        return "nothing to undo: configuration is unchanged"
    return "cannot be undone: what it did stays done"


def _probes(verification: Verification) -> Table:
    title = f"{verification.outcome.value} ({verification.samples} samples)"
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", title_style="bold")
    for name in ("", "subject", "probe"):
        table.add_column(name, overflow="fold")
    for name in ("before", "after", "threshold"):
        table.add_column(name, justify="right")
    for probe in verification.probes:
        mark = {True: ("✔", "green"), False: ("✘", "red"), None: ("?", "yellow")}[probe.passed]
        numbers = (
            NOTHING if value is None else f"{value:.4g}"
            for value in (probe.before, probe.after, probe.threshold)
        )
        table.add_row(Text(*mark), Text(tame(probe.subject)), Text(tame(probe.name)), *numbers)
    return table


def _phases(incident: Incident) -> Table:
    seconds = incident.phase_seconds()
    longest = max(seconds.values(), default=0.0) or 1.0
    table = Table.grid(padding=(0, 2))
    for name, took in seconds.items():
        bar = "█" * max(1, round(took / longest * _BAR))
        table.add_row(name.replace("_", " "), Text(f"{took:.2f} s", justify="right"),
                      Text(bar, style="cyan"))  # fmt: skip
    return table


def _cost_line(steps: Sequence[Step]) -> str:
    spent = cost_of(steps)
    tokens = spent.input_tokens + spent.cached_input_tokens + spent.output_tokens
    return (
        f"{counted(spent.steps, 'step')} · {counted(spent.tool_calls, 'tool call')} · "
        f"{spent.seconds_in_steps:.2f} s thinking and looking · "
        f"{tokens} tokens · ${spent.dollars:.4f}"
    )
