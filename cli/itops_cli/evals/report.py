"""The figures of a run: shares and means with their intervals, by half and by fault."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from itops_cli.evals.halves import Half
from itops_cli.evals.running import CaseResult
from itops_cli.evals.statistics import Calibration, Estimate, calibration, mean, share
from itops_core.domain.values import Value

Part = Callable[[CaseResult], tuple[int, int] | None]
"""Hits and tries of one case; `None` where the figure does not apply to it."""


def _point(name: str) -> Part:
    def part(result: CaseResult) -> tuple[int, int] | None:
        told: bool | None = getattr(result.judgement, name)
        return None if told is None else (int(told), 1)

    return part


def _gaps(result: CaseResult) -> tuple[int, int] | None:
    found = result.judgement
    return (found.gaps_named, found.gaps_expected) if found.gaps_expected else None


def _report_holds(result: CaseResult) -> tuple[int, int] | None:
    faults = result.report_faults
    return None if faults is None else (int(not faults), 1)


SHARES: dict[str, Part] = {
    "right_cause": _point("right"),
    "component": _point("component"),
    "fault": _point("fault"),
    "change": _point("change"),
    "actions": _point("actions"),
    "gate": _point("gate"),
    "severity": _point("severity"),
    "invented_causes": _point("invented"),
    "gap_recall": _gaps,
    "evidence_asked": _point("evidence_asked"),
    "reports_that_hold": _report_holds,
}
MEANS = {
    "steps": "{:.1f}",
    "tool_calls": "{:.1f}",
    "tokens": "{:.0f}",
    "dollars": "{:.4f}",
    "seconds": "{:.2f}",
}
"""Each with how it is written."""


class Figures(Value):
    """The figures of some cases."""

    cases: int
    scenarios: int
    shares: dict[str, Estimate]
    unwanted_writes: int
    means: dict[str, Estimate]
    degraded_turns: int


class FaultFigures(Value):
    """How one fault was recognised."""

    key: str
    half: Half
    scenarios: tuple[str, ...]
    cases: int
    right: int
    invented: int


class Report(Value):
    """A run of the evals."""

    reasoner: str
    seed: int
    variants: int
    wall_seconds: float
    halves: dict[str, Figures]
    """By half, and `all`."""
    calibration: Calibration | None
    faults: tuple[FaultFigures, ...]
    results: tuple[CaseResult, ...]


def figures_of(results: Sequence[CaseResult]) -> Figures:
    """Return the figures of some cases."""
    shares: dict[str, Estimate] = {}
    for name, part in SHARES.items():
        counted = [one for one in map(part, results) if one is not None]
        estimate = share(sum(hit for hit, _ in counted), sum(tried for _, tried in counted))
        if estimate is not None:
            shares[name] = estimate
    means: dict[str, Estimate] = {}
    for name in MEANS:
        groups: dict[str, list[float]] = {}
        for result in results:
            groups.setdefault(result.case.slug, []).append(float(getattr(result, name)))
        estimate = mean(groups)
        if estimate is not None:
            means[name] = estimate
    return Figures(
        cases=len(results),
        scenarios=len({one.case.slug for one in results}),
        shares=shares,
        unwanted_writes=sum(one.judgement.unwanted_writes for one in results),
        means=means,
        degraded_turns=sum(one.degraded for one in results),
    )


def report_of(results: Iterable[CaseResult], told: dict[str, Any]) -> Report:
    """Return the whole report; `told` says how it was run."""
    ordered = sorted(results, key=lambda one: (one.case.slug, one.case.variant, one.case.repeat))
    halves = {half: [one for one in ordered if one.case.half is half] for half in Half}
    return Report(
        halves={
            **{half.value: figures_of(found) for half, found in halves.items() if found},
            "all": figures_of(ordered),
        },
        calibration=calibration(claims_in(ordered)),
        faults=tuple(_by_fault(ordered)),
        results=tuple(ordered),
        **told,
    )


def cell(name: str, estimate: Estimate | None) -> str:
    """Return a figure with its interval, as a cell of a table."""
    if estimate is None:
        return "-"
    if name in MEANS:
        form = MEANS[name]
        low, high = form.format(estimate.low), form.format(estimate.high)
        return f"{form.format(estimate.value)} ({low} to {high})"
    value, low, high = (
        f"{part * 100:.1f}" for part in (estimate.value, estimate.low, estimate.high)
    )
    return f"{value} % ({low} to {high}; {estimate.count})"


def wrongs_shown(report: Report) -> tuple[tuple[CaseResult, ...], int]:
    """Return the cases that went wrong in some point, and how many more are only counted.

    Whoever looks at the failures of the untouched half has touched it. It is shown only where
    it was asked for by itself.
    """
    wrong = [one for one in report.results if one.judgement.wrong]
    if Half.TUNED not in report.halves:
        return tuple(wrong), 0
    shown = tuple(one for one in wrong if one.case.half is Half.TUNED)
    return shown, len(wrong) - len(shown)


def claims_in(results: Iterable[CaseResult]) -> list[tuple[float, bool]]:
    """Return the confidence of every claim, a cause or health, and whether it was right."""
    return [
        (one.judgement.confidence, one.judgement.right) for one in results if one.judgement.claimed
    ]


def _by_fault(results: Sequence[CaseResult]) -> Iterable[FaultFigures]:
    for key in sorted({one.case.key for one in results}):
        found = [one for one in results if one.case.key == key]
        yield FaultFigures(
            key=key,
            half=found[0].case.half,
            scenarios=tuple(sorted({one.case.slug for one in found})),
            cases=len(found),
            right=sum(one.judgement.right for one in found),
            invented=sum(one.judgement.invented for one in found),
        )
