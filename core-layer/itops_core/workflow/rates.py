"""How much a channel is told a minute: a bucket of tokens, shared by every process."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from itops_core.domain.values import utc_now
from itops_core.settings import ChannelRate
from itops_core.stores.runtime import RuntimeStore

_KEPT_SECONDS = 24 * 3600
_TRIES = 8


@dataclass(frozen=True)
class TokenBucket:
    """Holds `burst` tokens at most and gains `per_minute`; each message takes one."""

    runtime: RuntimeStore
    name: str
    rate: ChannelRate
    now: Callable[[], datetime] = utc_now

    def take(self) -> bool:
        """Take a token; `False` where there is none, or where everybody wants one at once."""
        key = f"rate#{self.name}"
        for _ in range(_TRIES):
            at = self.now().timestamp()
            known = self.runtime.read(key)
            left = self.rate.burst if known is None else self._left(known, at)
            if left < 1:
                return False
            after = {"tokens": left - 1, "at": at}
            if known is None:
                taken = self.runtime.begin(key, _KEPT_SECONDS, after)
            else:
                taken = self.runtime.replace(key, known, after, _KEPT_SECONDS)
            if taken:
                return True
        return False

    def _left(self, known: dict[str, float], at: float) -> float:
        gained = max(0.0, at - known["at"]) / 60 * self.rate.per_minute
        return min(self.rate.burst, known["tokens"] + gained)
