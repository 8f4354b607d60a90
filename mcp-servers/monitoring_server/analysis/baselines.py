"""Baselines learnt as rows come in: what is usual lately, at this time of day, and how wide."""

import math
from bisect import bisect_left, insort
from collections import deque
from datetime import datetime

_BINS = 48
_BIN_ROWS = 42
_ENOUGH_ROWS = 3
_SECONDS_A_DAY = 86_400
_MOST_DEVIATIONS = 5.0


class RollingMedian:
    """The median of the last `size` values; of all of them while there are fewer."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: deque[float] = deque()
        self._ordered: list[float] = []

    def __len__(self) -> int:
        return len(self._values)

    def add(self, value: float) -> None:
        """Take in one value."""
        self._values.append(value)
        insort(self._ordered, value)
        if len(self._values) > self._size:
            oldest = self._values.popleft()
            del self._ordered[bisect_left(self._ordered, oldest)]

    @property
    def median(self) -> float:
        """The (upper) median; 0 of nothing."""
        return self._ordered[len(self._ordered) // 2] if self._ordered else 0.0


class RollingMoments:
    """Mean and standard deviation of the last `size` values."""

    def __init__(self, size: int) -> None:
        self._values: deque[float] = deque(maxlen=size)

    def add(self, value: float) -> None:
        """Take in one value."""
        self._values.append(value)

    @property
    def mean(self) -> float:
        """The mean; 0 of nothing."""
        return math.fsum(self._values) / len(self._values) if self._values else 0.0

    @property
    def deviation(self) -> float:
        """The standard deviation; 0 of fewer than two values."""
        mean = self.mean
        squares = math.fsum((value - mean) ** 2 for value in self._values)
        return math.sqrt(squares / max(1, len(self._values)))


class DailyProfile:
    """What is usual at a time of day, on working days and weekends where they are known apart."""

    def __init__(self) -> None:
        self._bins: dict[tuple[int, bool | None], RollingMedian] = {}

    def add(self, at: datetime, value: float) -> None:
        """Take in one value."""
        number = int(_place(at))
        for kind in (None, _is_weekend(at)):
            self._bins.setdefault((number, kind), RollingMedian(_BIN_ROWS)).add(value)

    def expected(self, at: datetime, otherwise: float, by_weekday: bool = True) -> float:
        """Return the usual value at this time of day, or `otherwise` while none is known."""
        place = _place(at) - 0.5
        number = math.floor(place)
        kinds = (_is_weekend(at), None) if by_weekday else (None,)
        for kind in kinds:
            before, after = self._median(number, kind), self._median(number + 1, kind)
            if before is not None and after is not None:
                return before + (after - before) * (place - number)
            if before is not None or after is not None:
                return before if before is not None else after or 0.0
        return otherwise

    def _median(self, number: int, kind: bool | None) -> float | None:
        seen = self._bins.get((number % _BINS, kind))
        return seen.median if seen and len(seen) >= _ENOUGH_ROWS else None


class HourlyScale:
    """How large a quantity usually is in an hour of the day."""

    def __init__(self, memory: float = 0.995) -> None:
        self._memory = memory
        self._sums = [0.0] * 24
        self._weights = [0.0] * 24
        self._total = 0.0
        self._count = 0

    def normalised(self, at: datetime, value: float) -> float:
        """Return `value` over what is usual at this hour so far, then take it in."""
        overall = self._total / self._count if self._count else 0.0
        weight = self._weights[at.hour]
        usual = self._sums[at.hour] / weight if weight > 6 else overall
        scale = usual + 0.3 * overall
        size = min(abs(value), _MOST_DEVIATIONS * scale) if scale > 0 else abs(value)
        self._sums[at.hour] = self._sums[at.hour] * self._memory + size
        self._weights[at.hour] = weight * self._memory + 1
        self._total += size
        self._count += 1
        if scale > 0:
            return value / scale
        return math.copysign(1000.0, value) if value else 0.0


def _place(at: datetime) -> float:
    seconds = at.hour * 3600 + at.minute * 60 + at.second
    return seconds / _SECONDS_A_DAY * _BINS


def _is_weekend(at: datetime) -> bool:
    return at.weekday() >= 5
