"""`itops run --mode incident`: a runbook at hand, the cause looked for, remedy or escalation."""

from typing import Any

from itops_cli.investigation.answer import answer_of
from itops_cli.investigation.outcome import Investigation
from itops_cli.investigation.runner import Setting, investigate
from itops_cli.running.following import handed_to_the_workflow
from itops_cli.running.matching import chosen_finding, incident_about, runbook_for
from itops_cli.running.session import Document, Session
from itops_cli.running.thinking import thinkers_of
from itops_cli.running.watching import unopened, watched
from itops_core.domain.escalation import EscalationReason
from itops_core.domain.investigation import ObservationStatus
from itops_core.domain.reports import Finding
from itops_core.domain.runbook import Runbook, RunbookTrace
from itops_core.domain.verdict import VerdictOutcome
from itops_core.reasoning.guidance import last_case, traced

_MESSAGE_CHARACTERS = 3_500


def work_on(session: Session) -> Document:
    """Return the document of one incident, from finding to remedy or escalation."""
    record = watched(session, unopened)
    finding = chosen_finding(session, record.report)
    if finding is None:
        about = session.plan.device or "anything that was looked at"
        return {
            "status": "quiet",
            "reason": f"nothing is wrong with {about}",
            "report": record.report.model_dump(mode="json"),
        }
    runbook = runbook_for(session, finding)
    found = _investigated(session, finding, runbook)
    trace = _trace(session, found, runbook, finding)
    kind, reason = _why_people(session, found)
    session.journal.went(f"gate:{found.outcome or 'not asked'}")
    session.journal.write(
        "decision",
        incident_id=found.incident.incident_id,
        outcome=found.outcome,
        reason=found.reason,
        actions=[one.action.name for one in found.judged],
    )
    after = _acted(session, found, finding, (kind, reason))
    return {
        "finding": finding.model_dump(mode="json"),
        "incident": answer_of(found),
        "runbook": trace.model_dump(mode="json") if trace else None,
        **after,
    }


def _investigated(session: Session, finding: Finding, runbook: Runbook | None) -> Investigation:
    stage, plan = session.stage, session.plan
    incident = incident_about(session, finding)
    session.journal.write(
        "incident", incident_id=incident.incident_id, outcome="looked into", title=incident.title
    )
    how = Setting(
        thinkers=thinkers_of(session, runbook),
        config=plan.config,
        answering=lambda _around: stage.gateways,
        journal=session.journal,
        stores=stage.stores if stage.is_recorded else None,
    )
    found = investigate(stage.recording, incident, how)
    outcome = found.verdict.outcome.value if found.verdict else "none"
    session.journal.went(f"verdict:{outcome}")
    return found


def _trace(
    session: Session, found: Investigation, runbook: Runbook | None, finding: Finding
) -> RunbookTrace | None:
    if runbook is None:
        return None
    case = last_case(found.incident, found.steps, runbook)
    before = [seen for seen in session.seen if finding.component in str(seen.content)]
    trace = traced(case, found.verdict, found.evidence, before)
    if trace is not None:
        session.journal.write("runbook", **trace.model_dump(mode="json"))
    return trace


def _why_people(session: Session, found: Investigation) -> tuple[EscalationReason | None, str]:
    """Return why people have to take over; nothing where code may go on, or all is well."""
    verdict = found.verdict
    if verdict is None:
        return EscalationReason.AMBIGUITY, "no cause was looked for"
    if verdict.outcome is VerdictOutcome.HEALTHY:
        return None, "nothing is wrong any more"
    least = session.plan.config.reasoning.escalate_below
    if verdict.outcome is VerdictOutcome.UNRESOLVED or verdict.confidence < least:
        sure = f"{verdict.confidence * 100:.0f} % sure"
        return EscalationReason.LOW_CONFIDENCE, f"{sure}: {verdict.summary}"
    if found.outcome in ("forbid", "none", ""):
        return EscalationReason.POLICY, found.reason or "no action is known that would help"
    return None, found.reason


def _acted(
    session: Session,
    found: Investigation,
    finding: Finding,
    why: tuple[EscalationReason | None, str],
) -> Document:
    """Return what was done: by the workflow's gate, by people who are told, or by nobody."""
    kind, reason = why
    verdict = found.verdict
    if verdict is not None and verdict.outcome is VerdictOutcome.HEALTHY:
        return {"status": "healthy", "reason": reason, "messages": []}
    if not session.stage.is_recorded and session.plan.allow_write:
        return handed_to_the_workflow(session, finding)
    if kind is not None:
        session.escalated(found.incident.incident_id, kind.value, reason)
        messages = _people_told(session, found, reason)
        return {
            "status": "escalated",
            "kind": kind.value,
            "reason": reason,
            "messages": messages,
        }
    if found.outcome == "approval":
        told = f"{_actions(found)}: {reason}"
        return {"status": "needs_approval", "reason": told, "messages": []}
    what = "a recording cannot be acted on" if session.stage.is_recorded else "--allow-write is off"
    told = f"{_actions(found)}: {reason} ({what})"
    return {"status": "would_remediate", "reason": told, "messages": []}


def _actions(found: Investigation) -> str:
    return ", ".join(dict.fromkeys(one.action.name for one in found.judged)) or "nothing"


def _people_told(session: Session, found: Investigation, reason: str) -> list[dict[str, Any]]:
    """Page people and keep a ticket, as far as both layers allow."""
    if not session.stage.is_recorded:
        # Without the flag nothing leaves; with it the deployed workflow tells people itself.
        return [_unsent(tool, session) for tool in ("publish_sns_escalation", "create_ticket")]
    incident = found.incident
    text = f"{incident.title}\n{reason}"[:_MESSAGE_CHARACTERS]
    about = {"incident_id": incident.incident_id}
    return [
        _sent(
            session, "publish_sns_escalation", key=f"page {session.run_id}", message=text, **about
        ),
        _sent(
            session,
            "create_ticket",
            key=f"ticket {session.run_id}",
            title=incident.title[:250],
            body=text,
            **about,
        ),
    ]


def _sent(session: Session, tool: str, **arguments: str) -> dict[str, Any]:
    seen = session.write(tool, **arguments)
    if seen.status is ObservationStatus.OK:
        told = seen.content
        return {"tool": tool, "outcome": told.get("outcome"), "reason": told.get("reason")}
    return {"tool": tool, "outcome": seen.status.value, "reason": seen.message}


def _unsent(tool: str, session: Session) -> dict[str, Any]:
    return {"tool": tool, "outcome": "refused", "reason": session.dispatcher.refusal(tool)}
