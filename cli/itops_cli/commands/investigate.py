"""`itops investigate`: find the cause in recorded telemetry, with nothing deployed."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from itops_cli.investigation import Setting, investigate, thinkers_named
from itops_cli.investigation.answer import answer_of
from itops_cli.investigation.layouts import recorded_case
from itops_cli.investigation.silence import logs_silenced
from itops_cli.options import AsJson
from itops_cli.screen.console import print_json
from itops_cli.screen.investigation import show_investigation

app = typer.Typer(add_completion=False)


class ReasonerChoice(StrEnum):
    """Who thinks."""

    OFFLINE = "offline"
    CLAUDE = "claude"


@app.command()
def of_recorded(
    recorded: Annotated[
        Path,
        typer.Option(
            "--recorded",
            metavar="DIR",
            help="A scenario, a recording, or what another system exported of an incident.",
        ),
    ],
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
    with logs_silenced():
        case = recorded_case(recorded)
        setting = Setting(thinkers=thinkers_named(reasoner.value))
        found = investigate(case.recording, case.incident, setting)
    if as_json:
        print_json(answer_of(found))
    else:
        show_investigation(found)
