"""How unlike anything seen before the last few hours of a series look."""

import math
import statistics
from bisect import insort
from collections import deque
from datetime import datetime
from itertools import repeat

_SECONDS_A_DAY = 86_400
_DEFAULT_STEP = 300.0
_STEPS_KEPT = 200
_PIECES = 8
_SHAPES_KEPT = 400
_FEWEST_SHAPES = 20
_NEIGHBOUR = 3


class ShapeMemory:
    """Compares the last four hours, in eight pieces, with stretches remembered from before."""

    def __init__(self) -> None:
        self._row = -1
        self._steps: list[float] = []
        self._step = _DEFAULT_STEP
        self._before: datetime | None = None
        self._origin = 0.0
        self._sums: deque[float] = deque([0.0], maxlen=_PIECES * 1000)
        self._shapes: deque[tuple[int, tuple[float, ...]]] = deque(maxlen=_SHAPES_KEPT)
        self._distance = 0.0

    def distance(self, at: datetime, value: float) -> float:
        """Take in a row; return how far the shape is from its third-nearest earlier one."""
        self._row += 1
        self._learn_step(at)
        if self._row == 0:
            self._origin = value
        self._sums.append(self._sums[-1] + value - self._origin)
        size = self._piece_rows()
        if self._row + 1 < _PIECES * size:
            return 0.0
        if self._row % 2 == 0:
            self._look(size)
        return self._distance

    def _look(self, size: int) -> None:
        sums, last = self._sums, len(self._sums) - 1
        ends = [sums[last - piece * size] for piece in range(_PIECES + 1)]
        shape = tuple((ends[piece] - ends[piece + 1]) / size for piece in range(_PIECES))
        if len(self._shapes) > _FEWEST_SHAPES:
            latest = self._row - _PIECES * size
            earlier = [known for row, known in self._shapes if row < latest]
            if earlier:
                distances = sorted(map(math.dist, earlier, repeat(shape)))
                self._distance = distances[min(_NEIGHBOUR, len(distances)) - 1]
        if self._row % max(2, _PIECES * size // 4 // 2 * 2) == 0:
            self._shapes.append((self._row, shape))

    def _piece_rows(self) -> int:
        a_day = max(1.0, _SECONDS_A_DAY / self._step)
        return max(1, min(1000 - 1, int(a_day / 6) // _PIECES))

    def _learn_step(self, at: datetime) -> None:
        if self._before is not None and len(self._steps) < _STEPS_KEPT:
            insort(self._steps, (at - self._before).total_seconds())
            self._step = statistics.median(self._steps) or _DEFAULT_STEP
        self._before = at
