"""A run as a person reads it: short, the worst first, with where each thing is known from."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from itops_cli.screen.console import counted, say, tame
from itops_core.domain.reports import Finding, FindingFate, WatchReport
from itops_core.domain.runbook import RunbookTrace
from itops_core.domain.verdict import Severity

_STYLES = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "dim",
}
_OUTCOMES = {
    "opened": "opened {id}",
    "known": "known: {reason}",
    "would_open": "would open an incident ({reason})",
    "refused": "not opened: {reason}",
    "failed": "not opened: {reason}",
    "noted": "noted",
}
_MORE = 4


def show_run(document: Mapping[str, Any]) -> None:
    """Print what a run came to."""
    at = document["at"]
    moment = at if isinstance(at, datetime) else datetime.fromisoformat(str(at))
    say(f"{document['mode']} · {document['world']} · {moment:%Y-%m-%d %H:%M} UTC", "dim")
    say()
    if "text" in document:
        for line in document["text"]:
            say(tame(line, 300) if not line.startswith(" ") else f"  {tame(line, 300)}")
    elif "incident" in document:
        _show_incident(document)
    else:
        _show_watch(document)
    say()
    dollars = f", {document['dollars']:.4f} dollars" if document["dollars"] else ""
    calls = counted(document["tool_calls"], "tool call")
    say(
        f"{document['status']} · {calls}, {document['seconds']} s{dollars} · log {document['log']}",
        "dim",
    )
    if document["log_trouble"]:
        say(f"The log is not complete: {tame(document['log_trouble'])}", "yellow")


def _show_watch(document: Mapping[str, Any]) -> None:
    report = WatchReport.model_validate(document["report"])
    fates = {
        one.component: one for one in map(FindingFate.model_validate, document.get("fates", ()))
    }
    if document.get("reason"):
        say(tame(document["reason"]), "bold green")
    say(tame(report.summary, 300), "bold")
    for finding in report.findings:
        _show_finding(finding, fates.get(finding.component))
    if report.checked:
        say()
        say("Looked at, and quiet", "bold cyan")
        for one in report.checked:
            more = "" if one.is_complete else " (there are more)"
            say(f"  {one.kind}: {one.quiet} of {one.looked_at}{more}")
    for gap in report.gaps:
        say(f"Could not be seen: {tame(gap.source)}: {tame(gap.reason, 200)}", "yellow")


def _show_finding(finding: Finding, fate: FindingFate | None) -> None:
    say()
    say(f"{finding.severity.value:<8} {tame(finding.component)}", _STYLES[finding.severity])
    for claim in (finding.claim, *finding.more[:_MORE]):
        where = ", ".join(dict.fromkeys(one.evidence_id for one in claim.citations))
        say(f"  {tame(claim.text, 220)} [{where}]")
    if fate is not None:
        told = _OUTCOMES.get(fate.outcome, fate.outcome)
        say(f"  -> {told.format(id=fate.incident_id, reason=tame(fate.reason, 160))}", "cyan")


def _show_incident(document: Mapping[str, Any]) -> None:
    found, finding = document["incident"], Finding.model_validate(document["finding"])
    say(tame(finding.claim.text, 220), _STYLES[finding.severity])
    cause = found.get("root_cause")
    sure = f"{found['confidence'] * 100:.0f} % sure"
    told = f"{cause['component']}: {cause['fault']}" if cause else "the cause is not established"
    say(f"{tame(told)} ({sure})", "bold")
    for piece in found.get("evidence", ())[:6]:
        say(f"  {tame(piece['claim'], 200)} [{tame(piece['tool'])} {piece['evidence_id']}]")
    for gap in found.get("gaps") or ():
        say(f"  could not be seen: {tame(gap['source'])}: {tame(gap['reason'], 160)}", "yellow")
    if document["runbook"]:
        _show_trace(RunbookTrace.model_validate(document["runbook"]))
    say()
    say(f"{document['status'].replace('_', ' ')}: {tame(document['reason'], 300)}", "bold")
    for message in document.get("messages", ()):
        outcome, reason = message["outcome"], tame(message.get("reason") or "", 160)
        say(f"  {message['tool']}: {outcome} ({reason})")


def _show_trace(trace: RunbookTrace) -> None:
    say()
    say(f"Runbook {trace.runbook}: {tame(trace.title)}", "bold cyan")
    for step in trace.steps:
        with_what = f" by {', '.join(step.tools)}" if step.tools else ""
        reason = f" ({tame(step.reason, 120)})" if step.reason else ""
        say(f"  {step.number}. {step.outcome}{with_what}{reason}: {tame(step.say, 110)}")
    for one in trace.adjusted:
        say(f"  confidence {one.by:+.2f}: {one.condition}; {tame(one.because, 140)}")
    for one in trace.unforeseen:
        say(f"  not foreseen: {tame(one.claim, 160)} [{one.source} {one.evidence_id}]", "yellow")
    if trace.foresaw_cause is False:
        say("  the cause that was found is not in this runbook", "yellow")
