"""What becomes of alarms in maintenance: held while it lasts, looked at when it ends."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from itops_core.domain.alarm import AlarmMessage, AlarmState
from itops_core.domain.audit_events import Witness, maintenance_changed
from itops_core.domain.maintenance import FARTHEST, LONGEST, MaintenanceWindow, NewWindow
from itops_core.domain.values import new_id, utc_now
from itops_core.errors import InvalidInputError, NotFoundError
from itops_core.observability import logger
from itops_core.stores.maintenance import HeldAlarm, MaintenanceStore, Windows

_log = logger("workflow")
_MOST = 200
_REMEMBERED = timedelta(days=7)
"""How long a window that is over is still listed."""


@dataclass(frozen=True)
class Maintenance:
    """Windows by people, and the alarms in them."""

    store: MaintenanceStore
    witness: Witness
    now: Callable[[], datetime] = utc_now

    def add(self, asked: NewWindow, by: str) -> MaintenanceWindow:
        """Put a window on record; one that recurs with no end said ends after a year."""
        at = self.now()
        ends: dict[str, Any] = {"ends_at": _end_of(asked, at)}
        window = MaintenanceWindow(
            **{**dict(asked), **ends},
            window_id=new_id("MNT"),
            created_by=by,
            created_at=at,
        )
        if window.is_past(at):
            raise InvalidInputError("the window is over already: nothing would happen in it")

        def added(known: Windows) -> Windows:
            kept = tuple(one for one in known if not self._is_forgotten(one))
            if len(kept) >= _MOST:
                raise InvalidInputError(f"there are {_MOST} windows: remove one first")
            return (*kept, window)

        self.store.change(added)
        self.witness(maintenance_changed(window, "added", by, at))
        _log.info("maintenance window added", window_id=window.window_id, by=by)
        return window

    def remove(self, window_id: str, by: str) -> MaintenanceWindow:
        """End a window now; what still rings in it opens an incident within a minute."""
        at = self.now()

        def removed(known: Windows) -> Windows:
            if all(one.window_id != window_id for one in known):
                raise NotFoundError(f"no maintenance window {window_id!r}")
            return tuple(
                one.model_copy(update={"removed_at": at, "removed_by": by})
                if one.window_id == window_id and not one.is_past(at)
                else one
                for one in known
            )

        windows = self.store.change(removed)
        window = next(one for one in windows if one.window_id == window_id)
        if window.removed_at == at:
            self.witness(maintenance_changed(window, "removed", by, at))
            _log.info("maintenance window removed", window_id=window_id, by=by)
        return window

    def listed(self) -> Windows:
        """Return the windows, those over for long left out, the next one first."""
        kept = (one for one in self.store.windows() if not self._is_forgotten(one))
        return tuple(sorted(kept, key=lambda one: (one.is_past(self.now()), one.starts_at)))

    def hold(self, message: AlarmMessage, service: str, windows: Windows) -> HeldAlarm | None:
        """Keep an alarm that is expected now, or return `None` where no window speaks of it."""
        at = self.now()
        for window in windows:
            span = window.span_at(at)
            if span is not None and window.covers(service, message.alarm.name):
                held = HeldAlarm(
                    window_id=window.window_id,
                    service=service,
                    message=message,
                    held_until=span.ends_at,
                )
                self.store.hold(held)
                return held
        return None

    def due(self) -> list[HeldAlarm]:
        """Return the alarms whose window has ended, and that ring still by their last message.

        Those that went quiet are forgotten here.
        """
        at = self.now()
        found: list[HeldAlarm] = []
        for window in self.store.windows():
            for held in self.store.held(window.window_id):
                removed = window.removed_at or held.held_until
                if min(held.held_until, removed) > at:
                    continue
                if held.message.state is AlarmState.ALARM:
                    found.append(held)
                else:
                    self.store.let_go(held)
        return found

    def _is_forgotten(self, window: MaintenanceWindow) -> bool:
        return window.is_past(self.now() - _REMEMBERED)


def _end_of(asked: NewWindow, at: datetime) -> datetime:
    """Return when a window ends for good; raise where it lies too far ahead, or leaves no gap."""
    if asked.starts_at > at + FARTHEST:
        raise InvalidInputError(
            f"starts_at lies more than a year ahead ({asked.starts_at:%Y-%m-%d}): "
            "add the window nearer to its time"
        )
    if asked.recurrence and asked.recurrence.leaves_no_gap:
        raise InvalidInputError(
            "this would be open all the time, and nothing of these services be heard of: "
            f"a window that does not recur lasts up to {LONGEST.days} days"
        )
    last = max(at, asked.starts_at) + FARTHEST
    if asked.ends_at is not None and asked.ends_at > last:
        raise InvalidInputError(
            f"ends_at may lie a year ahead at most ({last:%Y-%m-%d}): add the window again then"
        )
    return asked.ends_at or last
