"""What a Task really called, by its definition and by its own call."""

from collections.abc import Mapping

from monitoring_server.analysis.executions.blame import service_of
from monitoring_server.analysis.executions.definitions import Integration, target_in
from monitoring_server.analysis.executions.payloads import parsed
from monitoring_server.analysis.executions.record import Attempt, Visit


def target_of(integration: Integration | None, attempt: Attempt | None) -> str:
    """Return what is called, by the call itself where the definition only computes it."""
    told = integration.target if integration else ""
    if told and not told.startswith(("$", "{%")):
        return told
    if attempt is None:
        return told
    given = parsed(attempt.parameters) if attempt.parameters else None
    named = target_in(given) if isinstance(given, Mapping) else ""
    return named or (attempt.resource if ":function:" in attempt.resource else told)


def called_by(visit: Visit) -> str:
    """Return what a visit called, by its events alone."""
    attempt = visit.attempts[-1] if visit.attempts else None
    if attempt is None or visit.kind != "Task":
        return ""
    action = attempt.resource.rsplit(":", 1)[-1].split(".", 1)[0]
    service = service_of(visit, None)
    return f"{service}:{'invoke' if service == 'lambda' else action}" if action else service
