"""`itops eval`: how often the agents are right, on every scenario and on variants of it."""

import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from itops_cli.commands.investigate import ReasonerChoice
from itops_cli.evals.baseline import drops, read_baseline, write_baseline
from itops_cli.evals.cases import Selection, cases_of
from itops_cli.evals.halves import Half
from itops_cli.evals.page import write_page
from itops_cli.evals.report import Report, report_of
from itops_cli.evals.running import results_of
from itops_cli.evals.seeds import write_seeds
from itops_cli.investigation.thinkers import demand_a_model
from itops_cli.screen.console import print_json, say
from itops_cli.screen.evals import progress_shown, show_report
from itops_core.errors import InvalidInputError

app = typer.Typer(add_completion=False)

_STANDARD_OUTPUT = Path("-")


class HalfChoice(StrEnum):
    """Which part of the library."""

    TUNED = "tuned"
    UNTOUCHED = "untouched"
    ALL = "all"


Scenarios = Annotated[
    Path | None,
    typer.Option(
        "--scenarios", metavar="DIR", help="Folders with a scenario.yaml, or imported capsules."
    ),
]
Variants = Annotated[
    int, typer.Option("--variants", min=0, max=100, help="So many of each, by seed.")
]
Thinker = Annotated[
    ReasonerChoice,
    typer.Option("--reasoner", help="Code alone, or Claude (needs a key or Bedrock)."),
]
Repeat = Annotated[
    int, typer.Option("--repeat", min=1, max=100, help="Run each case so many times.")
]
JsonFile = Annotated[
    Path | None,
    typer.Option("--json", metavar="FILE", help="Write everything as JSON; - prints it."),
]
WhichHalf = Annotated[
    HalfChoice, typer.Option("--half", help="The library is split in two by fault.")
]
Seed = Annotated[int, typer.Option("--seed", help="Other variants for another one.")]
Workers = Annotated[
    int | None,
    typer.Option("--workers", min=1, help="Processes.  [default: as many as cores]"),
]
Floor = Annotated[
    Path | None,
    typer.Option("--baseline", metavar="FILE", help="Fail where a figure is below it."),
]
NewFloor = Annotated[
    Path | None,
    typer.Option("--write-baseline", metavar="FILE", help="Keep these figures as the floor."),
]
Page = Annotated[
    Path | None,
    typer.Option("--page", metavar="FILE", help="Write the tables into a page, the picture too."),
]
SeedFile = Annotated[
    Path | None,
    typer.Option(
        "--write-seeds", metavar="FILE", help="Keep each action's record as a seed of autonomy."
    ),
]


@app.command()
def evaluate(  # noqa: PLR0913, PLR0917 - one parameter for each option
    scenarios: Scenarios = None,
    variants: Variants = 0,
    reasoner: Thinker = ReasonerChoice.OFFLINE,
    repeat: Repeat = 1,
    json_file: JsonFile = None,
    half: WhichHalf = HalfChoice.ALL,
    seed: Seed = 1,
    workers: Workers = None,
    baseline: Floor = None,
    new_baseline: NewFloor = None,
    page: Page = None,
    seeds: SeedFile = None,
) -> None:
    """Run every scenario and variants of it through the agents; say how often they are right.

    Every figure has an interval that holds the true one 95 times in 100. What went wrong stands
    below, case by case.
    """
    demand_a_model(reasoner.value)
    floor = read_baseline(baseline) if baseline else None
    chosen = Selection(
        folder=scenarios,
        variants=variants,
        repeat=repeat,
        seed=seed,
        half=None if half is HalfChoice.ALL else Half(half.value),
    )
    report = _ran(chosen, reasoner.value, workers, is_followed=json_file != _STANDARD_OUTPUT)
    _tell(report, json_file)
    if page:
        write_page(report, page)
    if new_baseline:
        write_baseline(report, new_baseline)
    if seeds:
        write_seeds(report, seeds)
    worse = drops(report, floor) if floor else ()
    for told in worse:
        typer.echo(f"itops: {told}", err=True)
    if worse:
        raise typer.Exit(1)


def _ran(chosen: Selection, reasoner: str, workers: int | None, *, is_followed: bool) -> Report:
    began = time.perf_counter()
    cases = cases_of(chosen)
    with progress_shown(len(cases), is_wanted=is_followed) as follow:
        results = list(follow.each(results_of(cases, reasoner, workers)))
    return report_of(
        results,
        {
            "reasoner": reasoner,
            "seed": chosen.seed,
            "variants": chosen.variants,
            "wall_seconds": round(time.perf_counter() - began, 2),
        },
    )


def _tell(report: Report, json_file: Path | None) -> None:
    if json_file == _STANDARD_OUTPUT:
        print_json(report.model_dump(mode="json"))
        return
    show_report(report)
    if json_file is not None:
        try:
            json_file.write_text(report.model_dump_json(indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            raise InvalidInputError(f"{json_file} cannot be written: {error.strerror}") from error
        say(f"Everything stands in {json_file}.")
