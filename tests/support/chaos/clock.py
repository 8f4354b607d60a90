"""Time that passes only where something is waited for."""

import sys
import time
from datetime import datetime, tzinfo
from types import ModuleType

import pytest

from itops_core.domain import values
from itops_core.stores.breaker_storage import BreakerStorage

_OURS = ("itops_core", "operations_server", "incident_server", "incident_api")


class Clock:
    """Stands where the module `time` does."""

    def __init__(self) -> None:
        self.at = 0.0

    def time(self) -> float:
        """Return the present moment, in seconds since the epoch."""
        return self.at

    monotonic = time
    perf_counter = time

    def sleep(self, seconds: float) -> None:
        """Let time pass, at once."""
        self.at += max(0.0, seconds)

    def moment(self, zone: tzinfo | None = None) -> datetime:
        """Return the present moment."""
        return datetime.fromtimestamp(self.at, zone)


def install(clock: Clock, patch: pytest.MonkeyPatch) -> None:
    """Let this code know no other time; the tool protocol keeps its own."""

    class VirtualDatetime(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # pyright: ignore[reportIncompatibleMethodOverride]
            return clock.moment(tz)

    patch.setattr(values, "datetime", VirtualDatetime)
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in _OURS and _tells_time(module):
            patch.setattr(module, "time", clock)
    patch.setattr(BreakerStorage.__init__, "__defaults__", (clock.time,))


def _tells_time(module: ModuleType) -> bool:
    return getattr(module, "time", None) is time
