"""The books of a stretch of rows: what each component lost, and what of that is its own doing."""

from collections.abc import Mapping
from dataclasses import dataclass

from monitoring_server.analysis.call_graph import (
    Callees,
    depths_below,
    with_entry,
    without_circles,
)
from monitoring_server.analysis.losses import (
    Loss,
    Series,
    Track,
    habit_of,
    loss_of,
    measure_of,
    peak_of,
    track_of,
)

_STRETCHES = 300
"""At most so many stretches of the normal period are looked at."""
_ADDS_UP = "Average"
"""Averages times requests are amounts that add up along a call; percentiles are not."""


@dataclass(frozen=True)
class Symptom:
    """What was noticed: this metric of this component, in this statistic."""

    component: str
    metric: str
    statistic: str = _ADDS_UP


@dataclass(frozen=True)
class Telemetry:
    """Rows of the normal period and of the incident; `quiet_rows` of the latter precede it."""

    normal: Series
    abnormal: Series
    quiet_rows: int = 2

    @property
    def components(self) -> list[str]:
        """The names of all components that have a series."""
        return sorted({key[0] for series in (self.normal, self.abnormal) for key in series})

    @property
    def rows(self) -> int:
        """How many rows the incident has."""
        return max((len(values) for values in self.abnormal.values()), default=0)

    @property
    def span(self) -> tuple[int, int]:
        """The quiet rows and all rows of the incident; too short an incident has no quiet ones."""
        return (self.quiet_rows if self.rows > self.quiet_rows else 0), self.rows

    @property
    def stretches(self) -> list[slice]:
        """Stretches of the normal period, each as long as the incident."""
        starts = max((len(values) for values in self.normal.values()), default=0) - self.rows + 1
        if self.rows == 0 or starts < 1:
            return []
        step = -(-starts // _STRETCHES)
        return [slice(start, start + self.rows) for start in range(0, starts, step)]


@dataclass(frozen=True)
class Books:
    """One stretch's losses, and what of them is each component's own."""

    losses: Mapping[str, Loss]
    own: Mapping[str, float]


class Ledger:
    """Keeps the books of any stretch of the telemetry, always over the same components."""

    def __init__(self, callees: Callees, telemetry: Telemetry, symptom: Symptom) -> None:
        graph = with_entry(callees, symptom.component, telemetry.components)
        self.symptom = symptom
        self.measure = measure_of(symptom.metric)
        self.depths = depths_below(graph, symptom.component)
        self.calls = without_circles(graph, self.depths)
        self._telemetry = telemetry
        self._normal = self._tracks(telemetry.normal)
        self._abnormal = self._tracks(telemetry.abnormal)
        self._habits = {name: habit_of(track) for name, track in self._normal.items()}

    def incident(self) -> Books:
        """Return the books of the incident."""
        return self._books(self._abnormal)

    def ordinary(self) -> list[Books]:
        """Return the books of the stretches of the normal period."""
        return [
            self._books({name: track.cut(rows) for name, track in self._normal.items()})
            for rows in self._telemetry.stretches
        ]

    def has_values(self, component: str) -> bool:
        """Say whether the component's own metric was recorded during the incident."""
        return bool(self._abnormal[component].values)

    def surge(self) -> float:
        """Return how many times the usual requests the target had, at least once."""
        now = habit_of(self._abnormal[self.symptom.component]).requests
        usual = self._habits[self.symptom.component].requests
        return max(now / usual, 1.0) if now and usual else 1.0

    def how_ordinary(self) -> float:
        """Return the share of normal stretches in which the target was at least as ill.

        It is 0 where there is nothing to tell from, and 1 where the target is not ill at all.
        The statistic in which the symptom was noticed counts, and so does the average: a median
        stands still while one request in ten takes for ever.
        """
        if not self.has_values(self.symptom.component):
            return 0.0
        statistics = dict.fromkeys((self.symptom.statistic, _ADDS_UP))
        return min(self._how_ordinary(statistic) for statistic in statistics)

    def _how_ordinary(self, statistic: str) -> float:
        wanted = (self.symptom.component, self.symptom.metric, statistic)
        normal = track_of(self._telemetry.normal, *wanted)
        habit = habit_of(normal)
        span = self._telemetry.span
        peak = peak_of(track_of(self._telemetry.abnormal, *wanted), habit, self.measure, span)
        if peak <= 0:
            return 1.0
        usual = [
            peak_of(normal.cut(rows), habit, self.measure, span)
            for rows in self._telemetry.stretches
        ]
        return sum(other >= peak for other in usual) / len(usual) if usual else 0.0

    def _tracks(self, series: Series) -> dict[str, Track]:
        return {name: track_of(series, name, self.symptom.metric, _ADDS_UP) for name in self.depths}

    def _books(self, tracks: Mapping[str, Track]) -> Books:
        losses = {
            name: loss_of(track, self._habits[name], self.measure, self._telemetry.span)
            for name, track in tracks.items()
        }
        target = losses[self.symptom.component].rows
        worst = max(target, default=0.0)
        weights = [row / worst if worst > 0 else 1.0 for row in target]
        total = {name: loss.over(weights) for name, loss in losses.items()}
        own = {
            name: max(total[name] - sum(total[callee] for callee in self.calls[name]), 0.0)
            for name in total
        }
        return Books(losses, own)
