"""Turning the switch of all actions: on record with who and why, and never stopped by the record.

Off comes first: what stops actions must not wait for a log. On comes last: nothing acts before it
stands in the log who let it.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from itops_core.domain.audit import AuditEntry, AuditKind, day_chain
from itops_core.domain.audit_events import switched
from itops_core.domain.values import Moment, Value, utc_now
from itops_core.errors import ConflictError
from itops_core.remediation.kill_switch import OFF, ON, KillSwitch
from itops_core.stores.audit import AuditLog

_APART = timedelta(seconds=30)
"""The log and the parameter are written one after the other, by two clocks."""


class Turned(Value):
    """When the switch was turned last, and by whom and why where that is on record."""

    at: Moment
    by: str | None = None
    reason: str = ""


@dataclass(frozen=True)
class Switching:
    """The switch, and the log that remembers who turned it."""

    switch: KillSwitch
    log: AuditLog
    now: Callable[[], datetime] = utc_now

    def turn(self, *, on: bool, by: str, reason: str) -> None:
        """Turn it, also where it stands so already: the reason may be a new one."""
        if not self.switch.is_there:
            raise ConflictError("no kill switch is set up here, so there is nothing to turn")
        event = switched(ON if on else OFF, by, self.now(), secrets.token_hex(8), reason)
        if not on:
            self.switch.turn(on=False)
        self.log.append(event)
        if on:
            self.switch.turn(on=True)

    def last(self) -> Turned | None:
        """Return when it was turned last; a parameter set past ITOps is on no record."""
        at = self.switch.changed_at()
        if at is None:
            return None
        chains = {day_chain(at - _APART), day_chain(at + _APART)}
        entries = [one for chain in sorted(chains) for one in self.log.entries(chain)]
        near = [
            one
            for one in entries
            if one.kind is AuditKind.KILL_SWITCH and abs(one.at - at) <= _APART
        ]
        return _told(near[-1]) if near else Turned(at=at)


def _told(entry: AuditEntry) -> Turned:
    return Turned(at=entry.at, by=entry.actor, reason=str(entry.details.get("reason", "")))
