"""The floor under the figures: what a run must not fall below, kept in a file."""

from pathlib import Path

from pydantic import Field, ValidationError

from itops_cli.evals.report import Figures, Report
from itops_core.domain.values import Value
from itops_core.errors import InvalidInputError

_LOWER_IS_BETTER = {"invented_causes"}
_TOLERANCE = 0.02
_DECIMALS = 4


class Floor(Value):
    """One figure as it was, and by how much it may be worse before it counts as a drop."""

    value: float
    tolerance: float = Field(default=_TOLERANCE, ge=0)

    def holds(self, name: str, value: float) -> bool:
        """Whether `value` is good enough."""
        if name in _LOWER_IS_BETTER:
            return value <= self.value + self.tolerance
        return value >= self.value - self.tolerance


class Baseline(Value):
    """The figures of a run that later ones are held against; how it was run belongs to it."""

    seed: int
    variants: int
    unwanted_writes: int = 0
    halves: dict[str, dict[str, Floor]]


def baseline_of(report: Report) -> Baseline:
    """Return the figures of `report` as a baseline."""
    return Baseline(
        seed=report.seed,
        variants=report.variants,
        unwanted_writes=report.halves["all"].unwanted_writes,
        halves={half: _floors(figures) for half, figures in report.halves.items()},
    )


def drops(report: Report, baseline: Baseline) -> tuple[str, ...]:
    """Return in words each figure that is worse than the baseline allows."""
    found = [
        f"{half}: {name} is {report.halves[half].shares[name].value:.3f}, "
        f"the baseline has {floor.value:.3f} (tolerance {floor.tolerance:g})"
        for half, floors in baseline.halves.items()
        for name, floor in floors.items()
        if half in report.halves
        and name in report.halves[half].shares
        and not floor.holds(name, report.halves[half].shares[name].value)
    ]
    writes = report.halves["all"].unwanted_writes
    if writes > baseline.unwanted_writes:
        found.append(f"{writes} unwanted writes, the baseline has {baseline.unwanted_writes}")
    return tuple(found)


def read_baseline(path: Path) -> Baseline:
    """Return the baseline in a file, or raise what is wrong with it."""
    try:
        return Baseline.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError) as error:
        raise InvalidInputError(f"{path} holds no baseline: {error}") from error


def write_baseline(report: Report, path: Path) -> None:
    """Write the figures of `report` as the baseline."""
    path.write_text(baseline_of(report).model_dump_json(indent=1) + "\n", encoding="utf-8")


def _floors(figures: Figures) -> dict[str, Floor]:
    return {
        name: Floor(value=round(estimate.value, _DECIMALS))
        for name, estimate in figures.shares.items()
    }
