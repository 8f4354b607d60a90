"""Whether what people said yes to still is what they saw."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from itops_core.domain.remediation import (
    ActionPreview,
    ActionRecord,
    ActionStatus,
    Approval,
    RemediationPlan,
)
from operations_server.claims import Claims
from operations_server.ledger import ActionLedger
from operations_server.operation import Operation


@dataclass(frozen=True)
class Consent:
    """Holds the thing as it is against the thing as it was shown."""

    ledger: ActionLedger
    claims: Claims

    def fault_in(
        self, approval: Approval, plan: RemediationPlan, preview: ActionPreview, on: Operation
    ) -> str | None:
        """Return how it differs from what people saw, or from what the plan itself has made of it.

        What another incident has begun since does not always show in the thing itself: an
        execution that was run again stays as it failed.
        """
        action, resource = preview.action, preview.resource
        shown = next(
            (one for one in approval.previews if one.action.action_hash == action.action_hash), None
        )
        by = self.claims.taken_since(resource, plan.incident_id, approval.created_at)
        left = self._left_by(plan, resource)
        if left is None:
            is_known = shown is not None and shown.state_hash == preview.state_hash
        else:
            is_known = not on.changed_since(action, left)
        if by is None and is_known:
            return None
        seen = left or (shown.before if shown else {})
        told = [
            f"{one.name} was {one.before} and is {one.after}"
            for one in on.changed_since(action, seen)
        ]
        who = by or "no other incident has begun anything there since"
        return f"{resource} is not what people saw when they were asked: {'; '.join([who, *told])}"

    def _left_by(self, plan: RemediationPlan, resource: str) -> Mapping[str, Any] | None:
        """Return what the latest action of the plan has made of it, if one has acted on it."""
        keys = [
            ActionRecord.id_for(plan.incident_id, plan.round, planned.action)
            for planned in reversed(plan.actions)
        ]
        done = (
            one.after
            for one in map(self.ledger.find, keys)
            if one and one.status is ActionStatus.DONE and one.resource == resource
        )
        return next(done, None)
