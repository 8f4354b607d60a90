"""One cause behind several failing pipelines, told from pipelines that only share a dependency.

A dependency that most pipelines have is in common to any two that fail. So it takes more: the
failures themselves have to be about it (their call, error or log, or what the failing function
leans on), in the same way, at the same time. What only the catalog has in common is told as chance,
with how likely it is that so many of the failing ones share it.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Literal

from pydantic import Field

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.values import Moment, Value

_TOGETHER = timedelta(minutes=60)
_OF_THE_CALLED = frozenset(
    {
        "throttled",
        "timed_out",
        "lambda_timeout",
        "unreachable",
        "permission",
        "quota",
        "service_error",
        "not_found",
    }
)
"""Families that speak of what is called, not of what calls: they need not be the same."""

By = Literal["failure", "catalog"]


class Failing(Value):
    """A pipeline that fails, and what its failure is about."""

    pipeline: str = Field(description="Catalog entry, or the state machine's name.")
    execution_arn: str
    state: str
    error: str
    family: str
    summary: str
    first_at: Moment
    last_at: Moment
    about: dict[str, By] = Field(description="Resources, and how each is known to be involved.")
    deepest: str = Field(description="The state machine that failed first.")


class SharedCause(Value):
    """A resource whose failure explains several pipelines."""

    component: str
    pipelines: list[str]
    also_felt_by: list[str] = Field(description="Pipelines that fail because one of these does.")
    confidence: float
    certainty: Literal["shared", "likely"]
    why: str
    executions: list[str]


class ChanceOverlap(Value):
    """A dependency that failing pipelines have in common, which explains nothing."""

    component: str
    pipelines: list[str]
    why: str
    chance: float = Field(description="That as many failing ones would lean on it by chance.")


def shared_causes(
    failing: Sequence[Failing], entries: Sequence[CatalogEntry]
) -> tuple[list[SharedCause], list[ChanceOverlap]]:
    """Return what explains several pipelines at once, the surest first, and what only seems to."""
    roots = _roots(failing)
    leaning = _closures(entries)
    pipelines = [entry.entry_id for entry in entries if entry.kind == "pipeline"]
    causes: list[SharedCause] = []
    overlaps: list[ChanceOverlap] = []
    for component in _components(roots, leaning):
        about = [one for one in roots if component in one.about]
        leaners = [one for one in roots if component in leaning.get(one.pipeline, ())]
        together = _together(_alike(component, about))
        felt = list(dict.fromkeys((*(one.pipeline for one in about), *_names(leaners))))
        if len(together) >= 2:
            causes.append(_cause(component, together, failing))
        elif len(felt) >= 2:
            overlaps.append(
                ChanceOverlap(
                    component=component,
                    pipelines=sorted(felt),
                    why=_why_not(component, about, leaners),
                    chance=_chance(component, len(felt), len(roots), pipelines, leaning),
                )
            )
    kept = _deepest_first(causes, leaning)
    explained = {one.component for one in kept}
    return kept, [one for one in overlaps if one.component not in explained]


def _roots(failing: Sequence[Failing]) -> list[Failing]:
    """Return the failures that no other one of them brought about: a parent fails by its child."""
    names = {one.pipeline for one in failing}
    started = {one.deepest for one in failing if one.deepest != one.pipeline}
    children = started & names
    return [one for one in failing if one.pipeline not in children]


def _names(failing: Sequence[Failing]) -> list[str]:
    return [one.pipeline for one in failing]


def _components(roots: Sequence[Failing], leaning: Mapping[str, Collection[str]]) -> list[str]:
    known: dict[str, None] = {}
    for one in roots:
        known |= dict.fromkeys(one.about)
        known |= dict.fromkeys(leaning.get(one.pipeline, ()))
    return [name for name in known if name not in {one.pipeline for one in roots}]


def _closures(entries: Sequence[CatalogEntry]) -> dict[str, tuple[str, ...]]:
    """Return everything that each entry leans on, directly or through what it leans on."""
    needs = {entry.entry_id: entry.depends_on for entry in entries}
    found: dict[str, tuple[str, ...]] = {}
    for name, direct in needs.items():
        seen: dict[str, None] = {}
        open_ones = list(direct)
        while open_ones:
            one = open_ones.pop()
            if one not in seen and one != name:
                seen[one] = None
                open_ones += needs.get(one, ())
        found[name] = tuple(seen)
    return found


def _alike(component: str, about: Sequence[Failing]) -> list[Failing]:
    """Return the largest group that fails in the same way.

    Failures that name the resource may speak of it in different ways; one that only leans on it
    has to fail as one of the others does.
    """
    groups: dict[str, list[Failing]] = {}
    for one in about:
        named = one.about[component] == "failure" and one.family in _OF_THE_CALLED
        groups.setdefault("called" if named else f"{one.family} {one.error}", []).append(one)
    called = groups.get("called", [])
    families = {one.family for one in called}
    leaning = [one for one in about if one not in called and one.family in families]
    if called:
        groups["called"] = [*called, *leaning]
    return max(groups.values(), key=len, default=[])


def _together(alike: Sequence[Failing]) -> list[Failing]:
    """Return the largest run of failures without a longer pause between two of them."""
    ordered = sorted(alike, key=lambda one: one.first_at)
    runs: list[list[Failing]] = [ordered[:1]]
    for before, one in pairwise(ordered):
        ended = max(seen.last_at for seen in (*runs[-1], before))
        if one.first_at - ended <= _TOGETHER:
            runs[-1].append(one)
        else:
            runs.append([one])
    return max(runs, key=len)


def _cause(component: str, together: Sequence[Failing], failing: Sequence[Failing]) -> SharedCause:
    named = [one for one in together if one.about[component] == "failure"]
    pipelines = sorted(_names(together))
    machines = {one.deepest for one in together}
    others = {
        one.pipeline
        for one in failing
        if one.pipeline not in pipelines
        and (one.deepest in machines or one.about.get(component) == "failure")
    }
    is_sure = len(named) == len(together)
    begun = min(one.first_at for one in together)
    how = ", ".join(sorted({one.error or one.family for one in together}))
    told = (
        "the failures themselves name it"
        if is_sure
        else (
            f"{len(named)} of {len(together)} failures name it, the others fail in a function that "
            "leans on it"
        )
    )
    return SharedCause(
        component=component,
        pipelines=pipelines,
        also_felt_by=sorted(others),
        confidence=0.9 if is_sure else 0.75 if named else 0.65,
        certainty="shared" if is_sure or named else "likely",
        why=f"{', '.join(pipelines)} fail over it since {begun:%Y-%m-%d %H:%M} UTC ({how}): "
        f"{told}.",
        executions=[one.execution_arn for one in together],
    )


def _deepest_first(
    causes: Sequence[SharedCause], leaning: Mapping[str, Collection[str]]
) -> list[SharedCause]:
    """Return the causes without those that another one explains for as many pipelines.

    What itself leans on the other one, or is only likely where the other one is sure.
    """
    kept = [
        one
        for one in causes
        if not any(
            set(one.pipelines) <= set(other.pipelines)
            and (
                (one.certainty, other.certainty) == ("likely", "shared")
                or (
                    other.component in leaning.get(one.component, ())
                    and other.confidence >= one.confidence
                )
            )
            for other in causes
        )
    ]
    return sorted(kept, key=lambda one: (-one.confidence, -len(one.pipelines), one.component))


def _why_not(component: str, about: Sequence[Failing], leaners: Sequence[Failing]) -> str:
    if not about:
        return f"They lean on {component}, but no failure is about it."
    if len(about) == 1:
        other = ", ".join(one.pipeline for one in leaners if one.pipeline != about[0].pipeline)
        return (
            f"Only {about[0].pipeline} fails over {component}; {other} fails over something else."
        )
    alike = _alike(component, about)
    if len(alike) < 2:
        ways = ", ".join(f"{one.pipeline}: {one.error or one.family}" for one in about)
        return f"They fail over {component} in different ways ({ways})."
    apart = max(alike, key=lambda one: one.first_at).first_at - min(one.last_at for one in alike)
    hours = apart.total_seconds() / 3600
    return f"They fail over {component} at different times, {hours:.0f} h apart."


def _chance(
    component: str,
    hits: int,
    failing: int,
    pipelines: Sequence[str],
    leaning: Mapping[str, Collection[str]],
) -> float:
    """Return the hypergeometric chance of at least so many of the failing ones leaning on it."""
    total = max(len(pipelines), failing)
    leaners = max(sum(component in leaning.get(one, ()) for one in pipelines), hits)
    ways = math.comb(total, failing)
    at_least = sum(
        math.comb(leaners, k) * math.comb(total - leaners, failing - k)
        for k in range(hits, min(leaners, failing) + 1)
    )
    return round(at_least / ways, 4) if ways else 1.0
