"""`itops investigate`: find the cause in recorded telemetry, with nothing deployed."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from itops_cli.benchmark.investigations import score_cases
from itops_cli.investigation import Setting, investigate, thinkers_named
from itops_cli.investigation.answer import answer_of
from itops_cli.investigation.layouts import recorded_case
from itops_cli.investigation.report import report_on
from itops_cli.investigation.silence import logs_silenced
from itops_cli.options import AsJson
from itops_cli.screen.console import console, print_json, say, tame
from itops_cli.screen.investigation import show_investigation
from itops_core.errors import InvalidInputError, NotFoundError

app = typer.Typer(add_completion=False)


class ReasonerChoice(StrEnum):
    """Who thinks."""

    OFFLINE = "offline"
    CLAUDE = "claude"


@app.command()
def of_recorded(
    recorded: Annotated[
        Path | None,
        typer.Option(
            "--recorded",
            metavar="DIR",
            help="A scenario, a recording, or what another system exported of an incident.",
        ),
    ] = None,
    bench: Annotated[
        Path | None,
        typer.Option(
            "--bench", metavar="DIR", help="Score all cases in a folder whose cause is known."
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar="FILE",
            dir_okay=False,
            help="Also write the report with all it cites, for `itops report verify`.",
        ),
    ] = None,
    as_json: AsJson = False,
    reasoner: Annotated[
        ReasonerChoice,
        typer.Option("--reasoner", help="Code alone, or Claude (needs a key or Bedrock)."),
    ] = ReasonerChoice.OFFLINE,
) -> None:
    """Find the cause of an incident in recorded telemetry: what, why, how known, what to do.

    The layout is told from the names of the files. The agents, tools, policies and checks are
    those of a deployment; nothing is carried out.
    """
    setting = Setting(thinkers=thinkers_named(reasoner.value))
    if (recorded is None) == (bench is None):
        raise InvalidInputError("say what to look into: --recorded DIR, or --bench DIR to score")
    if recorded is not None:
        _one(recorded, setting, report, as_json=as_json)
    elif bench is not None:
        _many(bench, setting, as_json=as_json)


def _one(folder: Path, setting: Setting, report: Path | None, *, as_json: bool) -> None:
    with logs_silenced():
        case = recorded_case(folder)
        found = investigate(case.recording, case.incident, setting)
    if report is not None:
        text = report_on(found).model_dump_json(indent=2)
        report.write_text(f"{text}\n", encoding="utf-8")
    if as_json:
        print_json(answer_of(found))
    else:
        show_investigation(found)


def _many(folder: Path, setting: Setting, *, as_json: bool) -> None:
    if not folder.is_dir():
        raise NotFoundError(f"there is no folder {folder}")
    with logs_silenced():
        scores = score_cases(folder, setting)
    if as_json:
        print_json(scores)
        return
    table = Table("case", "right", "answer", "fault", "sure", box=box.SIMPLE)
    for case in scores["per_case"]:
        told = case.get("change") or case.get("category")
        short = ", ".join(f"missing {word!r}" for word in case.get("missing", []))
        cells = (case["case"], "yes" if case["right"] else "no", f"{told} {short}", case["fault"])
        table.add_row(*(Text(tame(cell)) for cell in (*cells, f"{case['confidence']:.2f}")))
    console().print(table)
    say(
        f"{scores['right']} of {scores['cases']} right ({scores['share'] * 100:.0f} %), "
        f"{scores['decoys_blamed']} decoys blamed, "
        f"{scores['healthy_called_sick']} healthy cases called sick"
    )
