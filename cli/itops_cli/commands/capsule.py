"""`itops capsule`: one incident in one file, to be replayed, imported and held against."""

from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from itops_cli.api import Api
from itops_cli.capsules.accepting import accepted
from itops_cli.capsules.capsule import Capsule, read_capsule, write_capsule
from itops_cli.capsules.cases import imported
from itops_cli.capsules.export import exported
from itops_cli.capsules.recording import recorded_capsule
from itops_cli.capsules.replaying import Replay, replayed, thought_anew
from itops_cli.commands.investigate import ReasonerChoice
from itops_cli.connection import connection
from itops_cli.investigation.silence import logs_silenced
from itops_cli.investigation.thinkers import demand_a_model, thinkers_named
from itops_cli.options import AsJson, Folder, IncidentId
from itops_cli.screen.console import console, counted, print_json, say, tame
from itops_core.domain.values import sha256_of

app = typer.Typer(
    help="Keep an incident in one file; replay it with nothing else at hand.",
    no_args_is_help=True,
    add_completion=False,
)

File = Annotated[Path, typer.Argument(metavar="FILE", help="A capsule: .json, or .json.gz.")]
Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Capsules.")]


@app.command("export")
def export_incident(incident_id: IncidentId, file: File, folder: Folder = None) -> None:
    """Write everything about an incident into one file; secrets stay behind."""
    with logs_silenced(), Api(connection(folder)) as api:
        capsule = exported(api, incident_id)
    _write(capsule, file)


@app.command("record")
def record(
    case: Annotated[str, typer.Argument(metavar="CASE", help="A scenario, or a recorded case.")],
    file: File,
    reasoner: Annotated[ReasonerChoice, typer.Option("--reasoner")] = ReasonerChoice.OFFLINE,
) -> None:
    """Investigate a recorded case in this process, and keep it as a capsule."""
    demand_a_model(reasoner.value)
    _write(recorded_capsule(case, thinkers_named(reasoner.value)), file)


@app.command("replay")
def replay(file: File, as_json: AsJson = False) -> None:
    """Think a capsule through again: no AWS, no key, no network; exit 1 on any difference."""
    capsule = read_capsule(file)
    found = replayed(capsule)
    if as_json:
        print_json({"exact": found.is_exact, **found.model_dump(mode="json", exclude={"incident"})})
    elif found.is_exact:
        verdict = sha256_of(capsule.conclusions)
        say(
            f"{capsule.incident.incident_id}: the same to the byte (sha256 {verdict[:16]})", "green"
        )
    else:
        say(f"{capsule.incident.incident_id}: not the same", "bold red")
        for line in found.diff.splitlines():
            say(line)
    if not found.is_exact:
        raise typer.Exit(1)


@app.command("import")
def import_capsule(
    file: File,
    to: Annotated[
        Path, typer.Option("--to", metavar="DIR", help="For `itops eval --scenarios DIR`.")
    ] = Path("capsules"),
) -> None:
    """Make an eval case of a capsule; its truth is the verdict, for you to put right."""
    place = imported(file, to)
    say(f"{place} is a case now; check {place / 'truth.yaml'}, then: itops eval --scenarios {to}")


@app.command("check")
def check(
    files: Files,
    exact: Annotated[
        bool, typer.Option("--exact", help="Fail on any difference, not only on those that matter.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Hold the present code against stored verdicts: the same answers, thought through anew.

    Fails where an outcome, a cause or an action is another one.
    """
    replays = {path: thought_anew(read_capsule(path)) for path in files}
    if as_json:
        print_json(
            {
                str(path): one.model_dump(mode="json", exclude={"incident"})
                for path, one in replays.items()
            }
        )
    else:
        _show(replays)
    if any(one.changed or (exact and not one.is_exact) for one in replays.values()):
        raise typer.Exit(1)


@app.command("accept")
def accept(files: Files) -> None:
    """Keep what the present code concludes as the stored verdict, where that is intended."""
    for path in files:
        _write(accepted(read_capsule(path)), path)


def _write(capsule: Capsule, file: Path) -> None:
    write_capsule(capsule, file)
    verdict = capsule.incident.verdict
    cause = verdict.root_cause if verdict else None
    told = f"{cause.component}: {cause.fault}" if cause else verdict.outcome if verdict else ""
    say(
        f"{file}: {capsule.incident.incident_id}, {counted(len(capsule.steps), 'step')}, "
        f"{counted(len(capsule.evidence), 'answer')} of tools; {tame(told)}"
    )


def _show(replays: dict[Path, Replay]) -> None:
    table = Table("capsule", "what", "stored", "now", box=box.SIMPLE)
    for path, one in replays.items():
        for different in one.differences:
            style = "bold red" if different.matters else "yellow"
            cells = (different.what, different.stored, different.now)
            table.add_row(path.name, *(Text(tame(cell), style=style) for cell in cells))
        if not one.differences:
            words = "the same" if one.is_exact else "the same, in other words"
            table.add_row(path.name, Text(words, style="green"), "", "")
    console().print(table)
    changed = sum(one.changed for one in replays.values())
    say(f"{counted(len(replays), 'capsule')}, {changed} with another outcome, cause or action")
