"""The seeds of earned autonomy: how often each action that was proposed was one that helps."""

from collections import defaultdict
from pathlib import Path

from itops_cli.evals.report import Report
from itops_core.domain.values import utc_now
from itops_core.errors import InvalidInputError

_HEAD = """\
# How often each action was right where the evals proposed it: what an action's record begins with
# until it has one of its own. Measured, not judged; written by `measured_by`, not by hand.
"""


def seeds_of(report: Report) -> str:
    """Return the seeds as the file that the gate reads."""
    trials: dict[str, list[bool]] = defaultdict(list)
    scenarios: dict[str, set[str]] = defaultdict(set)
    for result in report.results:
        for name, is_right in result.judgement.proposed.items():
            trials[name].append(is_right)
            scenarios[name].add(result.case.slug)
    command = f"itops eval --variants {report.variants} --seed {report.seed} --write-seeds FILE"
    lines = [
        f"label: seeded\nmeasured_by: {command}",
        f'measured_at: "{utc_now():%Y-%m-%d}"',
        f"reasoner: {report.reasoner}",
        f"cases: {len(report.results)}",
        "actions:" if trials else "actions: {}",
        *(
            f"  {name}: {{right: {sum(found)}, of: {len(found)}, "
            f"scenarios: {len(scenarios[name])}}}"
            for name, found in sorted(trials.items())
        ),
    ]
    return _HEAD + "\n".join(lines) + "\n"


def write_seeds(report: Report, path: Path) -> None:
    """Write the seeds of a run."""
    try:
        path.write_text(seeds_of(report), encoding="utf-8")
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be written: {error.strerror}") from error
