"""`itops run --mode watchdog`: a round, and what becomes of what it finds."""

from functools import partial

from itops_cli.investigation.stores import memory_stores
from itops_cli.running.session import Document, Session
from itops_cli.running.thinking import thinkers_of
from itops_core.domain.incident import Incident
from itops_core.domain.investigation import Agent, ObservationStatus
from itops_core.domain.reports import FindingFate, WatchRecord, WatchReport
from itops_core.domain.verdict import Severity
from itops_core.errors import NotFoundError
from itops_core.reasoning.engine import StepEngine
from itops_core.reasoning.journaling import JournaledState
from itops_core.reasoning.ports import Incidents
from itops_core.tools.toolbox import Toolbox
from itops_core.wiring.tools import allowed_tools
from itops_core.workflow.watching import FindingOpener
from watchdog_agent.agent import Fates, Watchdog

_MOST_DEVICES = 200


def watch(session: Session) -> Document:
    """Return the document of a round."""
    record = watched(session, opened_by(session))
    report = record.report
    opened = [fate for fate in record.fates if fate.outcome == "opened"]
    for fate in opened:
        session.journal.went(f"opened:{fate.incident_id}")
    return {
        "status": "findings" if report.findings else "quiet",
        "device": session.plan.device,
        "report": report.model_dump(mode="json"),
        "fates": [fate.model_dump(mode="json") for fate in record.fates],
        "steps": record.steps,
    }


def watched(session: Session, fates: Fates) -> WatchRecord:
    """Return the record of a round over everything, or over the device that was named."""
    device = session.plan.device
    if device:
        _known(session, device)
    watchdog = Watchdog(partial(engine_of, session), fates, session.stage.now, session.journal)
    record, steps = watchdog.round(session.run_id, "cli", device)
    session.seen = tuple(seen for step in steps for seen in step.observations)
    session.journal.went(f"watched:{len(record.report.findings)} findings")
    return record


def unopened(report: WatchReport) -> tuple[FindingFate, ...]:
    """Open nothing."""
    del report
    return ()


def engine_of(session: Session, frame: Incidents) -> StepEngine:
    """Return the engine of a round; its steps are kept in this process."""
    rules, stage = session.plan.config, session.stage
    kept = stage.stores if stage.is_recorded else memory_stores(stage.recording.catalog)
    toolbox = Toolbox(
        Agent.WATCHDOG,
        stage.gateways,
        allowed_tools(),
        rules.tools.result_characters,
        rules.tools.denied_log_groups,
    ).journaled(session.journal)
    ladder = thinkers_of(session)
    return StepEngine(
        frame,
        JournaledState(kept.agent_state, session.journal),
        toolbox,
        ladder(Agent.WATCHDOG, toolbox.schemas, rules),
        rules.budget,
        rules.reasoning.lone_confidence,
    )


def opened_by(session: Session) -> Fates:
    """Return what opens incidents for findings, if mode and flag allow it."""
    opener = FindingOpener(
        incidents=session.stage.stores.incidents,
        opening=lambda incident: _opened(session, incident),
        now=session.stage.now,
        cooldown_seconds=session.plan.config.intake.cooldown_seconds,
    )
    return opener.open_all


def _opened(session: Session, incident: Incident) -> FindingFate:
    severity = incident.severity or Severity.MEDIUM
    fate = partial(FindingFate, component=incident.service, severity=severity)
    refusal = session.dispatcher.refusal("create_incident")
    if refusal and not session.plan.allow_write:
        return fate(outcome="would_open", reason=refusal)
    seen = session.write(
        "create_incident",
        title=incident.title,
        service=incident.service,
        key=f"finding {incident.incident_id}",
        description=incident.description,
        severity=incident.severity,
        affected_services=list(incident.affected_services),
    )
    if seen.status is ObservationStatus.OK:
        outcome = "opened" if seen.content.get("changed") else "known"
        return fate(outcome=outcome, incident_id=seen.content["incident_id"])
    outcome = "refused" if seen.status is ObservationStatus.REFUSED else "failed"
    return fate(outcome=outcome, reason=seen.message)


def _known(session: Session, device: str) -> None:
    """Raise unless the fleet knows the device."""
    answer = session.stage.gateways["fleet"].call("get_device_shadow", {"device_id": device})
    if not answer.ok:
        raise NotFoundError(answer.message or f"no device {device!r}")
