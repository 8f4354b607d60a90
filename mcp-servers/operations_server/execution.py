"""Carrying an action out, exactly once, however often it is asked for and whoever crashes."""

from collections.abc import Callable, Mapping
from datetime import datetime

from mcp.server.mcpserver.exceptions import ToolError

from itops_core.domain.remediation import Action, ActionPreview, ActionRecord, ActionStatus
from itops_core.errors import InvalidInputError, NotFoundError
from itops_core.observability import logger
from itops_core.remediation.catalogue import ActionSpec, Catalogue
from operations_server.ledger import ActionLedger, Lease, OutOfTimeError
from operations_server.operation import Operation
from operations_server.permission import Permission, Permissions, Refused
from operations_server.request import ActionRequest


class Executor:
    """Previews and carries out the actions of the catalogue."""

    def __init__(
        self,
        catalogue: Catalogue,
        operations: Mapping[str, Operation],
        permissions: Permissions,
        ledger: ActionLedger,
        clock: Callable[[], datetime],
    ) -> None:
        self._catalogue = catalogue
        self._operations = operations
        self._permissions = permissions
        self._ledger = ledger
        self._clock = clock

    @property
    def catalogue(self) -> Catalogue:
        """What can be done at all."""
        return self._catalogue

    def preview(self, action: Action) -> ActionPreview:
        """Return what `action` would do now; change nothing."""
        operation = self._operations[self._spec(action, may_be_sized=True).name]
        whole = operation.completed(action) if self._is_open(action) else action
        return operation.preview(whole, self._spec(whole), undo=False)

    def carry_out(self, action: Action, request: ActionRequest) -> ActionRecord:
        """Return the record of `action`, which is done by this call or was by an earlier one.

        Refusals are answers, too, and are not kept: what was refused may be allowed later. A
        record that is still `started` tells that someone else is at it right now.
        """
        spec = self._spec(action)
        key = ActionRecord.id_for(request.incident_id, request.round, action, undo=request.undo)
        known = self._ledger.find(key)
        if known is not None and known.ended_at is not None:
            return known
        with self._ledger.lease(key) as lease:
            if lease is None:
                return self._ledger.find(key) or self._busy(action, request)
            record = self._settled(key, action, request, spec, lease)
        logger("operations").info(
            "action answered",
            incident_id=record.incident_id,
            action=action.name,
            action_id=record.action_id,
            undo=request.undo,
            status=record.status.value,
            reason=record.message,
        )
        return record

    def _settled(
        self, key: str, action: Action, request: ActionRequest, spec: ActionSpec, lease: Lease
    ) -> ActionRecord:
        operation = self._operations[action.name]
        begun = self._ledger.find(key)
        if begun is not None and begun.ended_at is not None:
            return begun
        if begun is not None:
            after = operation.effect_of(begun)
            if after is not None:
                return self._done(begun, after, "it took effect before it could be recorded")
            if not operation.is_as_begun(begun):
                return self._ended(begun, ActionStatus.FAILED, "interrupted, and changed since")
        try:
            permission = self._permissions.given(action, request, operation, spec)
        except Refused as refusal:
            return self._refused(action, request, refusal)
        except NotFoundError as error:
            raise ToolError(f"{error}; list_incidents says which there are") from error
        record = begun or self._started(key, request, permission)
        if begun is None and not self._ledger.begin(record):
            return self._ledger.find(key) or record
        return self._acted(record, operation, lease)

    def _acted(self, record: ActionRecord, operation: Operation, lease: Lease) -> ActionRecord:
        """Act. What fails for certain is recorded; what may have happened stays `started`."""
        try:
            after = operation.act(record, lease.check_time)
        except OutOfTimeError:
            return record
        except ToolError as error:
            return self._ended(record, ActionStatus.FAILED, str(error))
        return self._done(record, after, record.message)

    def _is_open(self, action: Action) -> bool:
        """Whether it leaves numbers for code to pick."""
        return bool(set(self._catalogue.spec(action.name).parameters) - set(action.parameters))

    def _spec(self, action: Action, *, may_be_sized: bool = False) -> ActionSpec:
        try:
            return self._catalogue.check(action, may_be_sized=may_be_sized)
        except InvalidInputError as error:
            raise ToolError(f"{error}; list_actions says what every action takes") from error

    def _started(self, key: str, request: ActionRequest, permission: Permission) -> ActionRecord:
        preview = permission.preview
        return ActionRecord(
            action_id=key,
            incident_id=request.incident_id,
            round=request.round,
            action=preview.action,
            resource=preview.resource,
            inverse=None if request.undo else preview.inverse,
            status=ActionStatus.STARTED,
            before=preview.before,
            message=preview.reason,
            approval_id=permission.approval_id,
            started_at=self._clock(),
        )

    def _done(self, record: ActionRecord, after: dict[str, object], said: str) -> ActionRecord:
        shown = record.model_copy(update={"after": after})
        return self._ended(shown, ActionStatus.DONE, said)

    def _ended(self, record: ActionRecord, status: ActionStatus, said: str) -> ActionRecord:
        ended = {"status": status, "message": said, "ended_at": self._clock()}
        return self._ledger.end(record.model_copy(update=ended))

    def _refused(self, action: Action, request: ActionRequest, refusal: Refused) -> ActionRecord:
        record = self._unkept(action, request, refusal.status, str(refusal))
        told = record.model_copy(update={"state_changed": refusal.state_changed})
        return self._ledger.refused(told)

    def _busy(self, action: Action, request: ActionRequest) -> ActionRecord:
        return self._unkept(action, request, ActionStatus.STARTED, "someone else is at it")

    def _unkept(
        self, action: Action, request: ActionRequest, status: ActionStatus, said: str
    ) -> ActionRecord:
        now = self._clock()
        return ActionRecord(
            action_id=ActionRecord.id_for(
                request.incident_id, request.round, action, undo=request.undo
            ),
            incident_id=request.incident_id,
            round=request.round,
            action=action,
            resource=self._catalogue.spec(action.name).target_of(action),
            inverse=None,
            status=status,
            message=said,
            approval_id=request.approval_id,
            started_at=now,
            ended_at=None if status is ActionStatus.STARTED else now,
        )
