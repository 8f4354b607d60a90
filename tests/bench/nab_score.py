"""Scores a detector as the Numenta Anomaly Benchmark does: `python tests/bench/nab_score.py DIR`.

DIR holds folders of `timestamp,value` files and a `windows.json` of labelled windows, by file;
NAB's own `data/` and `labels/combined_windows.json` (github.com/numenta/NAB) will do.
Standard profile: one threshold over all files; 0 is a silent detector, 100 a perfect one.
"""

import argparse
import csv
import json
import math
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

A_TP, A_FP, A_FN = 1.0, 0.11, 1.0
PROBATION_SHARE, PROBATION_ROWS, PROBATION_OF = 0.15, 750, 5000

Scorer = Callable[[Sequence[datetime], Sequence[float]], Sequence[float]]


@dataclass(frozen=True)
class Series:
    """One labelled file: what a detection at each row is worth."""

    name: str
    timestamps: list[datetime]
    values: list[float]
    window_of: list[int]
    worth: list[float]
    windows: int

    @property
    def family(self) -> str:
        """The folder that the file is in."""
        return self.name.split("/")[0]

    @property
    def probation(self) -> int:
        """How many rows at the start are not scored."""
        return int(PROBATION_SHARE * min(len(self.values), PROBATION_OF))


@dataclass(frozen=True)
class Outcome:
    """What one threshold gives."""

    threshold: float
    score: float
    detected: int
    windows: int
    false_positives: int


def scaled_sigmoid(position: float) -> float:
    """Return NAB's worth of a detection at `position`, in window widths from its right end."""
    return -1.0 if position > 3 else 2 / (1 + math.exp(5 * position)) - 1


def load(folder: Path) -> list[Series]:
    """Return every labelled series of `folder`."""
    labels: dict[str, list[list[str]]] = json.loads((folder / "windows.json").read_text())
    return [_read(folder, name, labels[name]) for name in sorted(labels)]


def _read(folder: Path, name: str, labels: list[list[str]]) -> Series:
    with (folder / name).open(newline="") as file:
        rows = list(csv.DictReader(file))
    timestamps = [datetime.fromisoformat(row["timestamp"]) for row in rows]
    windows = [(datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in labels]
    window_of = [-1] * len(rows)
    worth = [-A_FP] * len(rows)
    for number, (start, end) in enumerate(windows):
        inside = [i for i, at in enumerate(timestamps) if start <= at <= end]
        right, width = inside[-1], len(inside)
        for i in inside:
            window_of[i] = number
            worth[i] = A_TP * scaled_sigmoid((i - right - 1) / width) / scaled_sigmoid(-1)
        for i in range(right + 1, len(rows)):
            worth[i] = A_FP * scaled_sigmoid((i - right) / max(1, width - 1))
    for number, (start, end) in enumerate(windows):
        for i, at in enumerate(timestamps):
            if start <= at <= end and window_of[i] != number:
                raise SystemExit(f"{name}: windows overlap")
    return Series(
        name, timestamps, [float(row["value"]) for row in rows], window_of, worth, len(windows)
    )


def sweep(scored: Iterable[tuple[Series, Sequence[float]]]) -> list[Outcome]:
    """Return the outcome of every threshold that makes a difference, highest first."""
    rows: list[tuple[float, int, int]] = []
    series = []
    for number, (one, scores) in enumerate(scored):
        if len(scores) != len(one.values):
            raise SystemExit(f"{one.name}: {len(scores)} scores for {len(one.values)} rows")
        series.append(one)
        rows += [(scores[i], number, i) for i in range(one.probation, len(scores))]
    rows.sort(key=lambda row: -row[0])
    windows = sum(one.windows for one in series)
    first_hit: dict[tuple[int, int], int] = {}
    raw, false_positives = -A_FN * windows, 0
    outcomes: list[Outcome] = [Outcome(math.inf, 0.0, 0, windows, 0)]
    for place, (score, number, i) in enumerate(rows):
        one = series[number]
        key = (number, one.window_of[i])
        if key[1] < 0:
            raw += one.worth[i]
            false_positives += 1
        elif key not in first_hit:
            raw += A_FN + one.worth[i]
            first_hit[key] = i
        elif i < first_hit[key]:
            raw += one.worth[i] - one.worth[first_hit[key]]
            first_hit[key] = i
        if place + 1 == len(rows) or rows[place + 1][0] < score:
            normal = 100 * (raw + A_FN * windows) / ((A_TP + A_FN) * windows) if windows else 0.0
            outcomes.append(Outcome(score, normal, len(first_hit), windows, false_positives))
    return outcomes


def best(scored: Iterable[tuple[Series, Sequence[float]]]) -> Outcome:
    """Return the outcome of the best single threshold."""
    return max(sweep(scored), key=lambda outcome: outcome.score)


def at(scored: Iterable[tuple[Series, Sequence[float]]], threshold: float) -> Outcome:
    """Return the outcome of `threshold`."""
    reached = [outcome for outcome in sweep(scored) if outcome.threshold >= threshold]
    return reached[-1]


def raw_points(scored: Iterable[tuple[Series, Sequence[float]]], threshold: float) -> float:
    """Return what `threshold` gains over silence, in points; works without windows too."""
    total = 0.0
    for one, scores in scored:
        hit: set[int] = set()
        for i in range(one.probation, len(scores)):
            window = one.window_of[i]
            if scores[i] < threshold or window in hit:
                continue
            total += one.worth[i] + (A_FN if window >= 0 else 0.0)
            if window >= 0:
                hit.add(window)
    return total


def by_family(
    scored: Iterable[tuple[Series, Sequence[float]]],
) -> dict[str, list[tuple[Series, Sequence[float]]]]:
    """Return the series of each folder."""
    families: dict[str, list[tuple[Series, Sequence[float]]]] = defaultdict(list)
    for one in scored:
        families[one[0].family].append(one)
    return dict(families)


def held_out(scored: Sequence[tuple[Series, Sequence[float]]]) -> float:
    """Return the score when each family is judged by the threshold best for the others."""
    families = by_family(scored)
    points = 0.0
    for name, held in families.items():
        others = [one for family, rest in families.items() if family != name for one in rest]
        points += raw_points(held, best(others).threshold)
    return 100 * points / sum((A_TP + A_FN) * one.windows for one, _ in scored)


def main() -> None:
    """Score the detector of `itops anomalies` on a folder."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    folder: Path = arguments.parse_args().folder
    from monitoring_server.analysis.streaming_scores import ALARMING, score_stream  # noqa: PLC0415

    series = load(folder)
    began = time.process_time()
    scored = [(one, score_stream(one.timestamps, one.values)) for one in series]
    seconds = time.process_time() - began
    overall = best(scored)
    told = {
        "standard_score": round(overall.score, 1),
        "threshold": round(overall.threshold, 4),
        "held_out_threshold_score": round(held_out(scored), 1),
        "score_at_default_threshold": round(at(scored, ALARMING).score, 1),
        "detected": f"{overall.detected} of {overall.windows}",
        "false_positives": overall.false_positives,
        "cpu_seconds": round(seconds, 1),
        "families": {
            name: {
                "score": round(result.score, 1),
                "detected": f"{result.detected} of {result.windows}",
                "false_positives": result.false_positives,
            }
            for name, part in by_family(scored).items()
            for result in [at(part, overall.threshold)]
        },
    }
    sys.stdout.write(json.dumps(told, indent=2) + "\n")


if __name__ == "__main__":
    main()
