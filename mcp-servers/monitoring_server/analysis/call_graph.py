"""Who calls whom: what a component depends on, how far down, and where calls run in circles."""

from collections import deque
from collections.abc import Mapping, Sequence

Callees = Mapping[str, Sequence[str]]
"""Each component with those that it calls; a component without an entry calls nobody."""


def depths_below(callees: Callees, start: str) -> dict[str, int]:
    """Return all that `start` calls, directly or not, and itself, with the distance to it."""
    depths = {start: 0}
    waiting = deque([start])
    while waiting:
        caller = waiting.popleft()
        for callee in callees.get(caller, ()):
            if callee not in depths:
                depths[callee] = depths[caller] + 1
                waiting.append(callee)
    return depths


def without_circles(callees: Callees, depths: Mapping[str, int]) -> dict[str, tuple[str, ...]]:
    """Return the calls among the components of `depths`, less those that close a circle.

    Of the calls within a circle only those that lead away from the start stay, so that a loss
    is explained downwards and never by itself.
    """
    below = {name: frozenset(depths_below(callees, name)) for name in depths}
    return {
        caller: tuple(
            callee
            for callee in dict.fromkeys(callees.get(caller, ()))
            if callee in depths and (depths[callee] > depths[caller] or caller not in below[callee])
        )
        for caller in depths
    }


def with_entry(callees: Callees, entry: str, components: Sequence[str]) -> Callees:
    """Return `callees` with calls from `entry` where the graph knows nothing about it.

    A component that the graph does not know at all is taken for the front of the system: it
    then calls whatever nobody else calls. One that is called but calls nobody is a leaf and
    stays one.
    """
    called = {callee for caller, row in callees.items() for callee in row if callee != caller}
    if callees.get(entry) or entry in called:
        return callees
    everyone = sorted({*components, *callees, *called} - {entry})
    tops = [name for name in everyone if name not in called]
    return {**callees, entry: tops or everyone}
