"""`itops report`: whether a report still follows from its evidence."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from itops_cli.api import Api
from itops_cli.connection import connection
from itops_cli.failures import FAILED
from itops_cli.options import AsJson, Folder, incident_id
from itops_cli.reports import fetched
from itops_cli.screen.console import counted, print_json, say, tame
from itops_core.domain.refusals import in_words
from itops_core.domain.report_check import ReportFile, faults_in
from itops_core.errors import InvalidInputError

app = typer.Typer(
    help="Check that a report still follows from its evidence.",
    no_args_is_help=True,
    add_completion=False,
)

WhichReport = Annotated[
    str,
    typer.Argument(
        metavar="INCIDENT|FILE",
        help="INC-1A2B3C4D, or what `itops incidents report … --with-evidence` printed.",
    ),
]


@app.callback()
def report() -> None:
    """Check that a report still follows from its evidence."""


@app.command()
def verify(which: WhichReport, folder: Folder = None, as_json: AsJson = False) -> None:
    """Resolve every citation anew: id, hash and place. Exits with 1 where one does not hold.

    A file is checked with nothing else at hand.
    """
    file = _from_file(Path(which)) if Path(which).is_file() else _from_api(which, folder)
    faults = faults_in(file)
    citations = sum(len(claim.citations) for claim in file.report.claims)
    if as_json:
        print_json(
            {
                "incident_id": file.report.incident_id,
                "holds": not faults,
                "claims": len(file.report.claims),
                "citations": citations,
                "evidence": len(file.evidence),
                "faults": [fault.model_dump() for fault in faults],
            }
        )
    elif faults:
        for fault in faults:
            say(f"{fault.where}: {tame(fault.reason)}", "bold red")
    else:
        told = f"{counted(len(file.report.claims), 'claim')}, {counted(citations, 'citation')}"
        say(f"{file.report.incident_id} holds: {told}, {len(file.evidence)} evidence", "bold green")
    if faults:
        raise typer.Exit(FAILED)


def _from_api(which: str, folder: Folder) -> ReportFile:
    try:
        wanted = incident_id(which)
    except InvalidInputError as error:
        raise InvalidInputError(f"{error}, and there is no such file") from error
    with Api(connection(folder)) as api:
        return fetched(api, wanted)


def _from_file(path: Path) -> ReportFile:
    try:
        return ReportFile.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = in_words(error, "the file")[0]
        raise InvalidInputError(
            f"{path} is not a report with its evidence: {first}; make one with "
            "`itops incidents report INC-… --with-evidence`"
        ) from error
