"""Where circuits stand, shared by every caller: one item a tool server in the Runtime table."""

import random
import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pybreaker
from boto3.dynamodb.conditions import Attr
from botocore.exceptions import BotoCoreError, ClientError

from itops_core.domain.values import Value
from itops_core.observability import logger
from itops_core.settings import Breaker
from itops_core.stores.items import is_refused_condition, item_of, value_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

_KEPT_SECONDS = 86_400
_TRIES = 12


class Circuit(Value):
    """One circuit; times are Unix seconds. Every change returns a new value."""

    state: str = pybreaker.STATE_CLOSED
    failures: int = 0
    window_from: float | None = None
    opened_at: float | None = None
    lease_owner: str | None = None
    lease_to: float | None = None
    version: int = 0

    def failed(self, now: float, window_seconds: float) -> "Circuit":
        """Return it with one more failure; those of an older window no longer count."""
        if self.window_from is None or now - self.window_from > window_seconds:
            return self.model_copy(update={"failures": 1, "window_from": now})
        return self.model_copy(update={"failures": self.failures + 1})

    def cleared(self) -> "Circuit":
        """Return it without failures."""
        return self.model_copy(update={"failures": 0, "window_from": None})

    def opened(self, now: float) -> "Circuit":
        """Return it open since now, its trial over."""
        return Circuit(
            state=pybreaker.STATE_OPEN,
            failures=self.failures,
            window_from=self.window_from,
            opened_at=now,
            version=self.version,
        )

    def closed(self) -> "Circuit":
        """Return it closed, with nothing held against the server."""
        return Circuit(version=self.version)

    def tried_by(self, owner: str, now: float, lease_seconds: float) -> "Circuit | None":
        """Return it half-open with `owner` making the trial, or `None` while another does.

        A circuit that somebody has closed meanwhile needs no trial.
        """
        if self.state == pybreaker.STATE_CLOSED:
            return self
        held = self.state == pybreaker.STATE_HALF_OPEN and (self.lease_to or 0) > now
        if held and self.lease_owner != owner:
            return None
        lease = {"lease_owner": owner, "lease_to": now + lease_seconds}
        return self.model_copy(update={"state": pybreaker.STATE_HALF_OPEN, **lease})


Change = Callable[[Circuit], Circuit | None]


class BreakerStorage(pybreaker.CircuitBreakerStorage):
    """Keeps one circuit for all processes; a healthy call writes nothing.

    What was read holds for `cache_seconds`. Without the table the last known state holds, and
    the circuit goes on as this process's own. Half-open, exactly one thread anywhere has the
    lease of the trial call; to all others the circuit looks open.
    """

    def __init__(
        self,
        table: "Table",
        server: str,
        rules: Breaker,
        lease_seconds: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(server)
        self._table = table
        self._key = {"key": f"breaker#{server}"}
        self._rules = rules
        self._lease_seconds = lease_seconds
        self._clock = clock
        self._known = Circuit()
        self._read_at = float("-inf")
        self._thread = threading.local()
        self._logger = logger("breaker")

    @property
    def state(self) -> str:
        """`closed`, `open`, or `half-open` to the thread whose call is the trial."""
        circuit = self._circuit()
        if circuit.state == pybreaker.STATE_HALF_OPEN and circuit.lease_owner != self._owner:
            return pybreaker.STATE_OPEN
        return circuit.state

    @state.setter
    def state(self, state: str) -> None:
        now = self._clock()
        changes: dict[str, Change] = {
            pybreaker.STATE_OPEN: lambda circuit: circuit.opened(now),
            pybreaker.STATE_CLOSED: lambda circuit: circuit.closed(),
            pybreaker.STATE_HALF_OPEN: lambda circuit: circuit.tried_by(
                self._owner, now, self._lease_seconds
            ),
        }
        if not self._change(changes[state]):
            raise pybreaker.CircuitBreakerError("another caller's trial is under way")
        self._logger.warning("circuit changed", server=self.name, state=self._known.state)

    def increment_counter(self) -> None:
        """Count a failure, together with those of the same window only."""
        now = self._clock()
        self._change(lambda circuit: circuit.failed(now, self._rules.window_seconds))

    def reset_counter(self) -> None:
        """Forget the failures; writes only where there are any."""
        if self.counter:
            self._change(lambda circuit: circuit.cleared())

    def increment_success_counter(self) -> None:
        """Count a trial that went well: the business of the thread that made it."""
        self._thread.successes = self.success_counter + 1

    def reset_success_counter(self) -> None:
        """Forget this thread's trials."""
        self._thread.successes = 0

    @property
    def counter(self) -> int:
        """Failures in the present window."""
        return self._circuit().failures

    @property
    def success_counter(self) -> int:
        """This thread's trials that went well since the circuit was last half-open."""
        return getattr(self._thread, "successes", 0)

    @property
    def opened_at(self) -> datetime | None:
        """When the circuit last opened."""
        moment = self._circuit().opened_at
        return None if moment is None else datetime.fromtimestamp(moment, UTC)

    @opened_at.setter
    def opened_at(self, datetime: datetime) -> None:
        """Do nothing: the state and its moment are written as one, by `state`."""

    @property
    def _owner(self) -> str:
        if not hasattr(self._thread, "owner"):
            self._thread.owner = uuid.uuid4().hex
        return self._thread.owner

    def _circuit(self) -> Circuit:
        if self._clock() - self._read_at >= self._rules.cache_seconds:
            try:
                self._read()
            except (BotoCoreError, ClientError) as error:
                self._read_at = self._clock()
                self._logger.warning("circuit not readable", server=self.name, error=str(error))
        return self._known

    def _read(self) -> None:
        item = self._table.get_item(Key=self._key, ConsistentRead=True).get("Item")
        self._known = value_of(Circuit, item) if item else Circuit()
        self._read_at = self._clock()

    def _change(self, change: Change) -> bool:
        """Carry `change` out on what all share; `False` where it may not happen now."""
        try:
            for attempt in range(_TRIES):
                self._read()
                changed = change(self._known)
                if changed is None:
                    return False
                if changed == self._known or self._write(changed):
                    return True
                time.sleep(random.uniform(0, 0.01 * 2 ** min(attempt, 5)))  # noqa: S311
        except (BotoCoreError, ClientError) as error:
            self._logger.warning("circuit not written", server=self.name, error=str(error))
            changed = change(self._known)
            if changed is None:
                return False
            self._known, self._read_at = changed, self._clock()
        return True

    def _write(self, changed: Circuit) -> bool:
        before = changed.version
        unchanged = Attr("version").eq(before) if before else Attr("version").not_exists()
        kept = changed.model_copy(update={"version": before + 1})
        item = item_of(kept, **self._key) | {"expires_at": int(self._clock() + _KEPT_SECONDS)}
        try:
            self._table.put_item(Item=item, ConditionExpression=unchanged)
        except ClientError as error:
            if is_refused_condition(error):
                return False
            raise
        self._known, self._read_at = kept, self._clock()
        return True
