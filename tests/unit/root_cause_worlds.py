"""Small made-up systems whose latency and failures follow from who calls whom."""

import random
from collections.abc import Mapping, Sequence

from monitoring_server.analysis.losses import SeriesKey
from monitoring_server.analysis.root_causes import Telemetry

Calls = Mapping[str, Sequence[str]]
Table = dict[SeriesKey, tuple[float | None, ...]]

SHOP: Calls = {
    "front": ("search", "cart"),
    "search": ("index",),
    "cart": ("pay", "stock"),
    "pay": ("bank",),
}


def names_of(calls: Calls) -> list[str]:
    """Return every component of the graph."""
    return sorted({*calls, *(callee for row in calls.values() for callee in row)})


def table(
    calls: Calls,
    rows: int,
    seed: int,
    *,
    slow: Mapping[str, float] | None = None,
    failing: Mapping[str, float] | None = None,
) -> Table:
    """Return rows of metrics; from the third on, faults add seconds or lose a share of requests.

    Each component waits for all that it calls and fails where they fail, one request each.
    """
    chance = random.Random(seed)  # noqa: S311 - measurements, not secrets
    names = names_of(calls)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    percent: dict[str, list[float]] = {name: [] for name in names}
    for row in range(rows):
        ill = row > 1
        done: dict[str, tuple[float, float]] = {}

        def visit(
            name: str,
            path: tuple[str, ...],
            ill: bool = ill,
            done: dict[str, tuple[float, float]] = done,
        ) -> tuple[float, float]:
            if name in done:
                return done[name]
            below = [
                visit(callee, (*path, name)) for callee in calls.get(name, ()) if callee not in path
            ]
            own = 0.02 * chance.uniform(0.95, 1.05) + ((slow or {}).get(name, 0.0) if ill else 0.0)
            works = 1 - ((failing or {}).get(name, 0.0) if ill else 0.0)
            for _, other in below:
                works *= other
            done[name] = (own + sum(wait for wait, _ in below), works)
            return done[name]

        for name in names:
            wait, works = visit(name, ())
            seconds[name].append(wait)
            percent[name].append(100 * works)
    return {
        **{(name, "latency", "Average"): tuple(seconds[name]) for name in names},
        **{(name, "availability", "Average"): tuple(percent[name]) for name in names},
        **{(name, "requests", "Sum"): (200.0,) * rows for name in names},
    }


def incident(
    calls: Calls = SHOP,
    *,
    slow: Mapping[str, float] | None = None,
    failing: Mapping[str, float] | None = None,
    seed: int = 1,
) -> Telemetry:
    """Return a normal period of 120 rows and an incident of 6, of which 2 are quiet."""
    return Telemetry(table(calls, 120, seed), table(calls, 6, seed + 1, slow=slow, failing=failing))
