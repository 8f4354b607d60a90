"""The ledger of actions: what was begun is written before it is done, and done only once."""

import secrets
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from itops_core.domain.audit_events import (
    Witness,
    action_begun,
    action_ended,
    action_refused,
    unwitnessed,
)
from itops_core.domain.remediation import ActionRecord
from itops_core.stores.runtime import RuntimeStore

LEASE_SECONDS = 40
"""How long one caller may be at an action; more than its slowest write takes."""

WRITE_CONNECT_SECONDS = 2
WRITE_READ_SECONDS = 8
_WRITE_SECONDS = WRITE_CONNECT_SECONDS + WRITE_READ_SECONDS
"""The most that one write to AWS may take; it is never repeated by the client."""

_KEEP_SECONDS = 400 * 24 * 3600
_LOOK_SECONDS = 0.2


class OutOfTimeError(Exception):
    """What was to be done took so long to prepare that somebody else may be about to do it."""


@dataclass(frozen=True)
class Lease:
    """The right to be at an action, for a while."""

    taken_at: float
    seconds: float

    def check_time(self) -> None:
        """Raise unless a write begun now certainly ends before anyone else may begin."""
        # A second less: the store counts whole seconds.
        if time.monotonic() - self.taken_at >= self.seconds - _WRITE_SECONDS - 1:
            raise OutOfTimeError


class ActionLedger:
    """Records by idempotency key, and one caller at a time for each.

    The audit log hears of everything first: what cannot be put on record is not done.
    """

    def __init__(
        self,
        runtime: RuntimeStore,
        wait_seconds: float,
        lease_seconds: float = LEASE_SECONDS,
        witness: Witness = unwitnessed,
    ) -> None:
        self._runtime = runtime
        self._wait_seconds = wait_seconds
        self._lease_seconds = lease_seconds
        self._witness = witness

    def find(self, action_id: str) -> ActionRecord | None:
        """Return what is known of an action."""
        found = self._runtime.read(_record_key(action_id))
        return None if found is None else ActionRecord.model_validate(found)

    def begin(self, record: ActionRecord) -> bool:
        """Write that an action begins; `False` where that was written before."""
        self._witness(action_begun(record))
        return self._runtime.begin(
            _record_key(record.action_id), _KEEP_SECONDS, record.model_dump(mode="json")
        )

    def end(self, record: ActionRecord) -> ActionRecord:
        """Write what came of it and return what stands: the first word does."""
        self._witness(action_ended(record))
        key = _record_key(record.action_id)
        if self._runtime.finish(key, record.model_dump(mode="json")):
            return record
        return ActionRecord.model_validate(self._runtime.read(key))

    def refused(self, record: ActionRecord) -> ActionRecord:
        """Put on record that an action was asked for and not allowed; it may be asked again."""
        self._witness(action_refused(record))
        return record

    @contextmanager
    def lease(self, action_id: str) -> Generator[Lease | None]:
        """Hold the action while inside, or yield `None`: someone else was at it all the time.

        An error inside leaves the lease to run out: what was asked of AWS may still take effect,
        and the next one should see it.
        """
        key, owner = f"acting#{action_id}", secrets.token_hex(8)
        taken_at = self._take(key, owner)
        if taken_at is None:
            yield None
            return
        yield Lease(taken_at, self._lease_seconds)
        if (self._runtime.read(key) or {}).get("owner") == owner:
            self._runtime.delete(key)

    def _take(self, key: str, owner: str) -> float | None:
        deadline = time.monotonic() + self._wait_seconds
        while True:
            asked_at = time.monotonic()
            if self._runtime.begin(key, self._lease_seconds, {"owner": owner}):
                return asked_at
            if time.monotonic() >= deadline:
                return None
            time.sleep(_LOOK_SECONDS)


def _record_key(action_id: str) -> str:
    return f"action#{action_id}"
