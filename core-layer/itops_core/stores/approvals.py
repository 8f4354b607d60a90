"""Approvals: asked once, decided once, whoever else is deciding at the same moment."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

from itops_core.domain.approval_card import ending_of
from itops_core.domain.remediation import Approval, ApprovalStatus, HumanDecision
from itops_core.errors import ConflictError, NotFoundError
from itops_core.stores.items import (
    Page,
    cursor_of,
    is_refused_condition,
    item_of,
    key_of,
    moment_text,
    query_all,
    value_of,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

_TRIES = 8

Narrow = Callable[[Approval], Approval]
"""Makes the plan of an approval smaller; raises `InvalidInputError` where it would not be."""


class ApprovalStore:
    """Approvals by id; every change is guarded by the version."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def create(self, approval: Approval) -> Approval:
        """Store a new approval; raise `ConflictError` where the id is taken."""
        self._put(approval, Attr("approval_id").not_exists())
        return approval

    def get(self, approval_id: str) -> Approval:
        """Return the approval as it is now, or raise `NotFoundError`."""
        answer = self._table.get_item(Key={"approval_id": approval_id}, ConsistentRead=True)
        item = answer.get("Item")
        if item is None:
            raise NotFoundError(f"no approval {approval_id!r}")
        return value_of(Approval, item)

    def decide(
        self, approval_id: str, decision: HumanDecision, narrow: Narrow | None = None
    ) -> Approval:
        """Add one person's word; one denial denies, enough different people approve.

        A yes may `narrow` the plan first: it is then a yes to what is left. Raises `ConflictError`
        where nothing is left to decide.
        """

        def decided(approval: Approval) -> Approval:
            fault = _fault_in_deciding(approval, decision)
            if fault is not None:
                raise ConflictError(fault)
            return _decided(narrow(approval) if narrow else approval, decision)

        return self._change(approval_id, decided)

    def expire(self, approval_id: str, at: datetime) -> Approval:
        """End a pending approval; return it as it is where it was decided just before."""

        def expired(approval: Approval) -> Approval:
            if approval.status is not ApprovalStatus.PENDING:
                return approval
            return _changed(approval, status=ApprovalStatus.EXPIRED, ended_at=at)

        return self._change(approval_id, expired)

    def void(self, approval_id: str, reason: str) -> Approval:
        """Make an approval that was not used worth nothing; denied and expired ones stay so."""

        def voided(approval: Approval) -> Approval:
            if approval.status not in (ApprovalStatus.PENDING, ApprovalStatus.APPROVED):
                return approval
            return _changed(approval, status=ApprovalStatus.VOID, void_reason=reason)

        return self._change(approval_id, voided)

    def set_token(self, approval_id: str, token: str) -> Approval:
        """Remember where the workflow waits, and return the approval as it is after that.

        Whoever sets a token sees a decision made before it; whoever decides sees the token.
        """
        return self._change(approval_id, lambda approval: _changed(approval, task_token=token))

    def list(
        self, status: ApprovalStatus | None = None, limit: int = 50, cursor: str | None = None
    ) -> Page[Approval]:
        """Return approvals, newest first."""
        names = ("approval_id", "created_at")
        before = None if cursor is None else key_of(cursor, names, {})
        found: list[Approval] = []
        for wanted in (status,) if status else tuple(ApprovalStatus):
            found.extend(self._newest(wanted, before, limit + 1))
        found.sort(key=_place_of, reverse=True)
        shown = tuple(found[:limit])
        if len(found) <= limit:
            return Page(items=shown)
        created_at, approval_id = _place_of(shown[-1])
        last = {"approval_id": approval_id, "created_at": created_at}
        return Page(items=shown, cursor=cursor_of(last))

    def for_incident(self, incident_id: str) -> tuple[Approval, ...]:
        """Return what was asked for one incident, oldest first."""
        items = query_all(
            self._table,
            IndexName="by_incident",
            KeyConditionExpression=Key("incident_id").eq(incident_id),
        )
        return tuple(value_of(Approval, item) for item in items)

    def pending(self) -> Iterator[Approval]:
        """Yield every question that is open."""
        for item in query_all(
            self._table,
            IndexName="by_status",
            KeyConditionExpression=Key("status").eq(ApprovalStatus.PENDING.value),
        ):
            yield value_of(Approval, item)

    def _newest(
        self, status: ApprovalStatus, before: dict[str, str] | None, limit: int
    ) -> tuple[Approval, ...]:
        condition: Any = Key("status").eq(status.value)
        if before is not None:
            condition = condition & Key("created_at").lte(before["created_at"])
        found: list[Approval] = []
        for item in query_all(
            self._table,
            IndexName="by_status",
            KeyConditionExpression=condition,
            ScanIndexForward=False,
        ):
            approval = value_of(Approval, item)
            if before is None or _place_of(approval) < (
                before["created_at"],
                before["approval_id"],
            ):
                found.append(approval)
            if len(found) == limit:
                break
        return tuple(found)

    def _change(self, approval_id: str, change: Callable[[Approval], Approval]) -> Approval:
        for _ in range(_TRIES):
            approval = self.get(approval_id)
            changed = change(approval)
            if changed == approval:
                return approval
            try:
                self._put(changed, Attr("version").eq(approval.version))
            except ConflictError:
                continue
            return changed
        raise ConflictError(f"{approval_id} was changed by others all the time")

    def _put(self, approval: Approval, condition: Any) -> None:  # noqa: ANN401
        try:
            self._table.put_item(Item=item_of(approval), ConditionExpression=condition)
        except ClientError as error:
            if is_refused_condition(error):
                raise ConflictError(
                    f"{approval.approval_id} was changed by someone else"
                ) from error
            raise


def _fault_in_deciding(approval: Approval, decision: HumanDecision) -> str | None:
    """Return why nothing is left to decide, or `None`."""
    if approval.status is not ApprovalStatus.PENDING:
        return ending_of(approval)
    if decision.decided_at >= approval.expires_at:
        return f"{approval.approval_id} expired at {moment_text(approval.expires_at)}"
    return None


def _decided(approval: Approval, decision: HumanDecision) -> Approval:
    """Return it with one word more. A word for a plan that was narrowed since counts no longer."""
    if decision.decided_by in {known.decided_by for known in approval.counting}:
        raise ConflictError(f"{decision.decided_by} has decided {approval.approval_id} already")
    word = decision.model_copy(update={"plan_hash": approval.plan_hash})
    heard = approval.model_copy(update={"decisions": (*approval.decisions, word)})
    if not decision.approved:
        status = ApprovalStatus.DENIED
    elif len(heard.agreed) >= approval.decision.approvers_needed:
        status = ApprovalStatus.APPROVED
    else:
        return _changed(heard)
    return _changed(heard, status=status, ended_at=decision.decided_at)


def _changed(approval: Approval, **changes: Any) -> Approval:  # noqa: ANN401
    return approval.model_copy(update={**changes, "version": approval.version + 1})


def _place_of(approval: Approval) -> tuple[str, str]:
    return moment_text(approval.created_at), approval.approval_id
