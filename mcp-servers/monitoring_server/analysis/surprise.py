"""How surprising a number is against its own past, and which surprises are events of their own."""

import math
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Sequence
from operator import mul

_WARM_UP = 30
_TAIL_SHARE = 0.02
_FEWEST_IN_TAIL = 8
_REFIT_EVERY = 16
_MOST_EVENTS = 1000
_ROUNDING = 1e-9
_MOST_SURPRISE = 50.0


class OwnHistory:
    """Turns a statistic into -log10 of the share of its past that was as large.

    Beyond the largest 2 % the past is continued by an exponential tail (as in streaming
    peaks-over-threshold), so that series of any scale and shape speak the same language.
    """

    def __init__(self) -> None:
        self._ordered: list[float] = []
        self._threshold = math.inf
        self._excess = 0.0
        self._share = 1.0
        self._seen = 0

    def surprise(self, value: float) -> float:
        """Return how surprising `value` is, then take it in."""
        result = self._surprise(value) if len(self._ordered) >= _WARM_UP else 0.0
        insort(self._ordered, value)
        return result

    def _surprise(self, value: float) -> float:
        count = len(self._ordered)
        if self._seen % _REFIT_EVERY == 0:
            self._refit(count)
        self._seen += 1
        if value > self._threshold:
            if self._excess <= _ROUNDING * abs(self._threshold):
                return math.log10(count + 1) + 1
            beyond = (value - self._threshold) / self._excess
            return beyond / math.log(10) - math.log10(self._share)
        as_large = count - bisect_left(self._ordered, value)
        return -math.log10((as_large + 1) / (count + 1))

    def _refit(self, count: int) -> None:
        size = max(_FEWEST_IN_TAIL, int(_TAIL_SHARE * count))
        tail = self._ordered[-size:]
        self._threshold = tail[0]
        self._excess = math.fsum(tail) / size - tail[0]
        self._share = size / count


class EventGate:
    """Lets one row of an event through, and habituates: what keeps happening is no news.

    An event is told by its signature, the surprise of each view. A past event that explains most
    of a new one, by its projection onto it, makes the new one less of an event.
    """

    def __init__(self, quiet_rows: int, growth: float = 1.5, alike: float = 0.8) -> None:
        self._quiet_rows = quiet_rows
        self._growth = growth
        self._alike = alike
        self._since = quiet_rows + 1
        self._peak = 0.0
        self._events: deque[tuple[float, ...]] = deque(maxlen=_MOST_EVENTS)

    def admit(self, signature: Sequence[float]) -> float:
        """Return how much of an event begins with this row; 0 within an earlier event."""
        view = tuple(min(surprise, _MOST_SURPRISE) for surprise in signature)
        power = sum(map(mul, view, view))
        size = math.sqrt(power / len(view))
        self._since += 1
        if self._since > self._quiet_rows:
            self._peak = 0.0
        if size <= self._peak * self._growth:
            return 0.0
        self._peak, self._since = size, 0
        enough = self._alike * power
        similar = sum(sum(map(mul, event, view)) >= enough for event in self._events)
        self._events.append(view)
        return max(0.0, size - math.log10(1 + similar))
