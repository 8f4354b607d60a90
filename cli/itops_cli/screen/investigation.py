"""An investigation as a person reads it: what, why, how that is known, and what to do."""

from collections.abc import Iterator
from typing import Any

from rich.text import Text

from itops_cli.investigation.answer import category_of, remedy_of
from itops_cli.investigation.outcome import Investigation
from itops_cli.screen.console import counted, say, say_line, tame
from itops_core.domain.verdict import Verdict, VerdictOutcome

_STYLES = {
    VerdictOutcome.FOUND: "bold red",
    VerdictOutcome.HEALTHY: "bold green",
    VerdictOutcome.UNRESOLVED: "bold yellow",
}
_RIVALS = 3


def show_investigation(found: Investigation) -> None:
    """Print it."""
    incident, verdict = found.incident, found.verdict
    say(tame(incident.title), "bold")
    severity = incident.severity.value if incident.severity else "not rated"
    say(f"  {tame(incident.service)} · severity {severity}", "dim")
    if verdict is None:
        say("No verdict: the incident ended before its cause was looked for.", "yellow")
        return
    say()
    say(_headline(verdict), _STYLES[verdict.outcome])
    _paragraph("Why", [verdict.summary])
    _paragraph("How that is known", _claims(found, verdict))
    _paragraph("Why nothing else", _rivals(verdict))
    _paragraph("What could not be seen", [f"{gap.source}: {gap.reason}" for gap in verdict.gaps])
    _paragraph("What it would do", _remedy(found))
    say()
    if found.degraded:
        say(f"Not thought by the model: {tame(found.degraded)}", "yellow")
    calls = len(found.observations)
    dollars = f", {found.usage.dollars:.4f} dollars" if found.usage.dollars else ""
    told = f"{counted(len(found.steps), 'step')}, {counted(calls, 'look')}"
    say(f"{told}, {found.seconds:.1f} s{dollars}", "dim")


def _headline(verdict: Verdict) -> str:
    sure = f"{verdict.confidence * 100:.0f} % sure"
    if verdict.outcome is VerdictOutcome.HEALTHY:
        return f"Nothing is wrong now ({sure})."
    if verdict.root_cause is None:
        return "The cause is not established."
    change = f", by change {tame(verdict.change_id, 60)}" if verdict.change_id else ""
    cause = verdict.root_cause
    return f"{tame(cause.component)}: {cause.fault} ({category_of(verdict)}{change}; {sure})"


def _paragraph(title: str, lines: list[str]) -> None:
    if not lines:
        return
    say()
    say(title, "bold cyan")
    for line in lines:
        say_line(Text(f"  {tame(line, 1000)}"))


def _claims(found: Investigation, verdict: Verdict) -> list[str]:
    known = {one.evidence_id: f"{one.server}.{one.tool}" for one in found.evidence}
    told: list[str] = []
    for number, claim in enumerate(verdict.claims, start=1):
        cited = dict.fromkeys(one.evidence_id for one in claim.citations)
        where = ", ".join(f"{known.get(one, '?')} {one}" for one in cited)
        told.append(f"{number}. {claim.text} [{where}]")
    return told


def _rivals(verdict: Verdict) -> list[str]:
    return [
        f"{one.fault} ({one.confidence * 100:.0f} %): {one.ruled_out_by}"
        for one in verdict.rivals[:_RIVALS]
        if one.confidence >= 0.001
    ]


def _remedy(found: Investigation) -> list[str]:
    return list(_actions(found)) or [f"{remedy_of(found)}: nothing is done by itself."]


def _actions(found: Investigation) -> Iterator[str]:
    for one in found.judged:
        yield f"{_called(one.action.name, one.action.parameters)} → {one.decision.outcome.value}"
        yield f"  {'; '.join(one.decision.reasons)}"
        if not one.preview.possible:
            yield f"  not possible now: {one.preview.reason}"
    if not found.judged and found.plan is not None:
        yield found.plan.rationale
        for planned in found.plan.actions:
            yield _called(planned.action.name, planned.action.parameters)


def _called(name: str, parameters: dict[str, Any]) -> str:
    told = ", ".join(f"{key}={value}" for key, value in parameters.items())
    return f"{name}({told})"
