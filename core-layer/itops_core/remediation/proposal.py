"""A plan as a whole: previewed by the operations server, and put through the gate."""

from collections.abc import Iterable, Mapping
from typing import Any

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.incident import Incident
from itops_core.domain.own_parts import is_own
from itops_core.domain.remediation import ActionPreview, Decision, PlannedAction, RemediationPlan
from itops_core.domain.traffic import TrafficLevel
from itops_core.domain.values import Value
from itops_core.domain.verdict import Severity, worse_of
from itops_core.errors import InvalidInputError
from itops_core.remediation.gate import Gate, GateRequest, blocked_keyword_in, strictest
from itops_core.tools.gateway import ToolGateway


class Proposal(Value):
    """What a plan would do now, and what the gate says to it."""

    previews: tuple[ActionPreview, ...]
    decision: Decision

    @property
    def faults(self) -> tuple[str, ...]:
        """Why some of it cannot be done; empty where all of it can."""
        return tuple(
            f"{preview.action.name}: {preview.reason}"
            for preview in self.previews
            if not preview.possible
        )


class Proposer:
    """Turns plans into proposals; changes nothing."""

    def __init__(
        self,
        operations: ToolGateway,
        gate: Gate,
        entries: Iterable[CatalogEntry],
        blocked_keywords: tuple[str, ...],
    ) -> None:
        self._operations = operations
        self._gate = gate
        self._entries = tuple(entries)
        self._blocked_keywords = blocked_keywords

    def propose(self, incident: Incident, plan: RemediationPlan) -> Proposal:
        """Return the proposal for a plan of at least one action.

        Raises `ToolUnavailableError` where the operations server is out of reach, and
        `InvalidInputError` where it does not know an action or a resource.
        """
        previews = tuple(self._preview(planned) for planned in plan.actions)
        decisions = [
            self._gate.decide(
                gate_request(incident, plan, preview, self._entries, self._blocked_keywords)
            )
            for preview in previews
        ]
        return Proposal(previews=previews, decision=strictest(decisions))

    def _preview(self, planned: PlannedAction) -> ActionPreview:
        action = planned.action
        answer = self._operations.call(
            "preview_action", {"name": action.name, "parameters": action.parameters}
        )
        if not answer.ok:
            raise InvalidInputError(f"{action.name}: {answer.message}")
        return preview_in(answer.content)


def preview_in(content: Mapping[str, Any]) -> ActionPreview:
    """Return the preview in the answer of `preview_action`, which says more than that."""
    return ActionPreview.model_validate(
        {name: content[name] for name in ActionPreview.model_fields}
    )


def _severity_of(incident: Incident) -> Severity | None:
    """Return the worse one of what was judged and what people say: words lower no gate."""
    if incident.severity is None or incident.triage is None:
        return incident.severity
    return worse_of(incident.severity, incident.triage.severity)


def gate_request(
    incident: Incident,
    plan: RemediationPlan,
    preview: ActionPreview,
    entries: Iterable[CatalogEntry],
    blocked_keywords: Iterable[str],
) -> GateRequest:
    """Return what the gate is asked about one previewed action of a stored plan.

    The confidence is the lower one of plan and verdict: a plan cannot be surer than its cause.
    """
    entry = next((one for one in entries if one.entry_id == preview.entry_id), None)
    verdict = incident.verdict
    changes_something = preview.action.changes_something
    return GateRequest(
        mode=plan.mode,
        action=preview.action,
        resource=preview.resource,
        # Telling people changes nothing that a catalog could know.
        known=entry is not None or not changes_something,
        own=entry is not None and is_own(entry.entry_id),
        alarmed=incident.alarm is not None or not changes_something,
        tier=entry.tier if entry else 1,
        environment=entry.environment if entry else "unknown",
        confidence=min(plan.confidence, verdict.confidence if verdict else 0.0),
        severity=_severity_of(incident),
        risk=preview.risk,
        blast_size=preview.blast_size,
        traffic=preview.traffic.level if preview.traffic else TrafficLevel.UNKNOWN,
        disturbs_requests=preview.disturbs_requests,
        reversible=preview.reversible,
        narrowed=any(
            one.asked is not None and one.action.name == preview.action.name
            for one in incident.actions
        ),
        blocked_keyword=blocked_keyword_in(plan, blocked_keywords),
    )
