"""`itops run`: a round of watching, one incident, or a hand-over, from the terminal."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from itops_cli.options import AsJson, Folder
from itops_cli.running.overrides import configured
from itops_cli.running.plan import Mode, Plan
from itops_cli.screen.console import print_json

if TYPE_CHECKING:
    from itops_cli.running.session import Document, Session
    from itops_core.domain.runbook import Runbook

app = typer.Typer(add_completion=False)


@app.command()
def run(  # noqa: PLR0913 - a command's options
    mode: Annotated[Mode, typer.Option("--mode", help="What to do.")],
    *,
    runbook: Annotated[
        str | None,
        typer.Option("--runbook", metavar="ID", help="Context for --mode incident."),
    ] = None,
    device: Annotated[
        str | None,
        typer.Option("--device", metavar="ID", help="Look at this device alone."),
    ] = None,
    no_mock: Annotated[
        bool,
        typer.Option("--no-mock", help="Look at the local cloud if one runs, else at AWS."),
    ] = False,
    allow_write: Annotated[
        bool,
        typer.Option("--allow-write", help="Open incidents; let tickets, issues and pages leave."),
    ] = False,
    config_override: Annotated[
        list[Path] | None,
        typer.Option("--config-override", metavar="PATH", help="YAML over config/itops.yaml."),
    ] = None,
    reasoner: Annotated[
        str, typer.Option("--reasoner", help="offline: code alone; or claude.")
    ] = "offline",
    log_dir: Annotated[
        Path, typer.Option("--log-dir", metavar="DIR", help="Where the log of the run goes.")
    ] = Path("logs"),
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Watch, work on an incident, or hand over; a recorded night by default.

    Without --no-mock nothing of a cloud is asked and no credentials are needed. Every run leaves a
    log of what it asked, saw and thought; `itops logs show` reads it.
    """
    overrides = tuple(config_override or ())
    plan = Plan(
        mode=mode,
        config=configured(overrides),
        log_dir=log_dir,
        mock=not no_mock,
        allow_write=allow_write,
        runbook=_runbook(runbook),
        device=device or "",
        reasoner=reasoner,
        folder=folder,
        overrides=overrides,
    )
    from itops_cli.running.session import run as run_through  # noqa: PLC0415 - slow to import
    from itops_cli.screen.run import show_run  # noqa: PLC0415

    document = run_through(plan, _work(mode))
    if as_json:
        print_json(document)
    else:
        show_run(document)


def _runbook(name: str | None) -> "Runbook | None":
    if name is None:
        return None
    from itops_core.stores.runbooks import runbook_named  # noqa: PLC0415

    return runbook_named(name)


def _work(mode: Mode) -> "Callable[[Session], Document]":
    match mode:
        case Mode.WATCHDOG:
            from itops_cli.running.watching import watch  # noqa: PLC0415

            return watch
        case Mode.INCIDENT:
            from itops_cli.running.investigating import work_on  # noqa: PLC0415

            return work_on
        case Mode.BRIEFING:
            from itops_cli.running.handing_over import brief  # noqa: PLC0415

            return brief
