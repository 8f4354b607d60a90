"""The gate: may this action happen by itself, with people's consent, or not at all?

The order is fixed, and each stage can only say no: the kill switch, the list of what a mode may
do, and then the Cedar policies, asked first for no approval, then for one, then for two. The
agent asks to know what to propose; the operations server asks again, from what is stored, before
anything happens.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from itops_core.domain.autonomy import Standing
from itops_core.domain.remediation import (
    Action,
    BlastSize,
    Decision,
    DecisionOutcome,
    RemediationPlan,
    Risk,
)
from itops_core.domain.traffic import TrafficLevel
from itops_core.domain.values import Confidence, Value
from itops_core.domain.verdict import Severity
from itops_core.remediation.catalogue import Catalogue
from itops_core.remediation.kill_switch import SwitchReading
from itops_core.remediation.policy import Policies, PolicyAnswer, PolicyQuestion

KILL_SWITCH_ID = "kill-switch"
MODE_ID = "mode-allow-list"
_MOST_APPROVERS = 2
_ORDER = (DecisionOutcome.AUTO, DecisionOutcome.APPROVAL, DecisionOutcome.FORBID)


class GateRequest(Value):
    """Who would do what to what, and every fact that matters, computed by code."""

    agent: str = "remediation"
    mode: str = "incident"
    action: Action
    resource: str
    known: bool
    own: bool = False
    tier: int
    environment: str
    confidence: Confidence
    severity: Severity | None
    risk: Risk
    blast_size: BlastSize
    traffic: TrafficLevel = TrafficLevel.UNKNOWN
    disturbs_requests: bool = False
    reversible: bool
    blocked_keyword: str | None = None
    alarmed: bool
    narrowed: bool = False
    undo: bool = False


@dataclass(frozen=True)
class Bar:
    """What somebody has to clear who acts alone: how sure it is, and what it has shown so far."""

    confidence: float
    standing: Callable[[str], Standing]
    """Of a class of actions; read afresh, for it may have lost its autonomy a moment ago."""


class Gate:
    """Decides. It keeps nothing, and reads the kill switch every time."""

    def __init__(
        self,
        catalogue: Catalogue,
        policies: Policies,
        switch: Callable[[], SwitchReading],
        bar: Bar,
    ) -> None:
        self._catalogue = catalogue
        self._policies = policies
        self._switch = switch
        self._bar = bar

    def decide(self, request: GateRequest) -> Decision:
        """Return the outcome with the rules that gave it."""
        reading = self._switch()
        if not reading.is_on:
            return _forbidden(reading.reason, KILL_SWITCH_ID)
        if not self._catalogue.allows(request.mode, request.action.name):
            reason = f"mode {request.mode} may not use {request.action.name}"
            return _forbidden(reason, MODE_ID)
        return self._asked_of_policies(request)

    def _asked_of_policies(self, request: GateRequest) -> Decision:
        standing = None
        if request.action.changes_something and not request.undo:
            standing = self._bar.standing(request.action.name)
        earned = standing is None or standing.earned
        alone = self._ask(request, approvals=0, earned=earned)
        if alone.allowed:
            return Decision(
                outcome=DecisionOutcome.AUTO, reasons=alone.reasons, policy_ids=alone.policy_ids
            )
        answer = alone
        for approvers in range(1, _MOST_APPROVERS + 1):
            answer = self._ask(request, approvals=approvers, earned=earned)
            if answer.allowed:
                reasons = alone.reasons or ("no policy lets it happen by itself",)
                figures = (standing.told,) if standing is not None and not earned else ()
                return Decision(
                    outcome=DecisionOutcome.APPROVAL,
                    reasons=(*reasons, *figures),
                    policy_ids=alone.policy_ids,
                    approvers_needed=approvers,
                )
        said = answer.errors or answer.reasons or ("no policy permits it",)
        return Decision(outcome=DecisionOutcome.FORBID, reasons=said, policy_ids=answer.policy_ids)

    def _ask(self, request: GateRequest, approvals: int, *, earned: bool) -> PolicyAnswer:
        return self._policies.ask(
            PolicyQuestion(
                agent=request.agent,
                mode=request.mode,
                action=request.action.name,
                resource=request.resource,
                known=request.known,
                own=request.own,
                tier=request.tier,
                environment=request.environment,
                confidence=request.confidence,
                auto_confidence=self._bar.confidence,
                # An incident that nobody has rated is treated as the worst there is.
                severity=request.severity or Severity.CRITICAL,
                risk=request.risk,
                blast_size=request.blast_size,
                traffic=request.traffic,
                disturbs_requests=request.disturbs_requests,
                reversible=request.reversible,
                blocked_keyword=request.blocked_keyword is not None,
                alarmed=request.alarmed,
                earned=earned,
                narrowed=request.narrowed,
                approvals=approvals,
                undo=request.undo,
            )
        )


def strictest(decisions: Iterable[Decision]) -> Decision:
    """Return one decision for a whole plan: as strict as its strictest action."""
    every = tuple(decisions)
    outcome = max((one.outcome for one in every), key=_ORDER.index)
    decisive = [one for one in every if one.outcome is outcome]
    return Decision(
        outcome=outcome,
        reasons=tuple(dict.fromkeys(text for one in decisive for text in one.reasons)),
        policy_ids=tuple(dict.fromkeys(name for one in decisive for name in one.policy_ids)),
        approvers_needed=max(one.approvers_needed for one in every),
    )


def blocked_keyword_in(plan: RemediationPlan, keywords: Iterable[str]) -> str | None:
    """Return the first blocked word in the plan's text, action names or parameters."""
    texts = [plan.rationale]
    for planned in plan.actions:
        values = (str(value) for value in planned.action.parameters.values())
        texts += [planned.reason, planned.action.name, *values]
    words = {word for text in texts for word in re.split(r"[^a-z]+", _plain(text))}
    return next((keyword for keyword in keywords if _plain(keyword) in words), None)


def _plain(text: str) -> str:
    """Lower case without look-alikes and invisible characters, which could hide a word."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in folded if unicodedata.category(letter) != "Cf")


def _forbidden(reason: str, rule: str) -> Decision:
    return Decision(outcome=DecisionOutcome.FORBID, reasons=(reason,), policy_ids=(rule,))
