"""A run of the evals as people read it: figures by half, then what went wrong, case by case."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from itops_cli.evals.report import MEANS, SHARES, Report, cell, wrongs_shown
from itops_cli.evals.running import CaseResult
from itops_cli.screen.console import console, say, tame


@contextmanager
def progress_shown(count: int, *, is_wanted: bool) -> Generator["Follow"]:
    """Show a bar while cases are run; without a terminal, nothing."""
    if not is_wanted or not console().is_terminal:
        yield Follow(None)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True
    ) as bar:
        bar.add_task("cases", total=count)
        yield Follow(bar)


class Follow:
    """Passes results through, and moves the bar."""

    def __init__(self, bar: Progress | None) -> None:
        self._bar = bar

    def each(self, results: Iterable[CaseResult]) -> Iterator[CaseResult]:
        """Yield the results as they come."""
        for result in results:
            if self._bar is not None:
                self._bar.advance(self._bar.task_ids[0])
            yield result


def show_report(report: Report) -> None:
    """Print it."""
    figures = report.halves["all"]
    say(
        f"{figures.scenarios} scenarios, {figures.cases} cases, reasoner {report.reasoner}, "
        f"seed {report.seed}, {report.wall_seconds:.0f} s",
        "bold",
    )
    console().print(_figures(report))
    if report.calibration is not None:
        found = report.calibration
        say(
            f"calibration over {found.count} claims: Brier {found.brier.value:.3f}, "
            f"expected error {found.expected_error.value:.3f}"
        )
    if figures.degraded_turns:
        say(f"{figures.degraded_turns} turns were thought by another reasoner than asked", "yellow")
    _wrongs(report)


def _figures(report: Report) -> Table:
    table = Table("", *report.halves, box=box.SIMPLE)
    for name in SHARES:
        row = (cell(name, half.shares.get(name)) for half in report.halves.values())
        table.add_row(name.replace("_", " "), *row)
    writes = (str(half.unwanted_writes) for half in report.halves.values())
    table.add_row("unwanted writes", *writes)
    for name in MEANS:
        row = (cell(name, half.means.get(name)) for half in report.halves.values())
        table.add_row(name.replace("_", " "), *row)
    return table


def _wrongs(report: Report) -> None:
    wrong, hidden = wrongs_shown(report)
    if hidden:
        say(f"{hidden} cases of the untouched half are not as told; they are only counted")
    if not wrong and not hidden:
        say("Every case is as its truth says.", "green")
    if not wrong:
        return
    table = Table("case", "half", "what went wrong", box=box.SIMPLE)
    for one in wrong:
        told = "\n".join(tame(words) for words in one.judgement.wrong)
        table.add_row(Text(one.case.name), one.case.half.value, Text(told))
    console().print(table)
