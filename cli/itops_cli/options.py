"""Options and arguments that several commands share, checked before anything is sent."""

import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from itops_core.domain.verdict import Severity
from itops_core.errors import InvalidInputError

_INCIDENT = re.compile(r"INC-[0-9A-F]{8}")
_APPROVAL = re.compile(r"APR-[0-9A-F]{8}")


def incident_id(text: str) -> str:
    """Return `text` as an incident id; lower case will do."""
    return _identifier(text, _INCIDENT, "an incident id, such as INC-1A2B3C4D")


def approval_id(text: str) -> str:
    """Return `text` as an approval id; lower case will do."""
    return _identifier(text, _APPROVAL, "an approval id, such as APR-1A2B3C4D")


def _identifier(text: str, form: re.Pattern[str], wanted: str) -> str:
    tidy = text.strip().upper()
    if not form.fullmatch(tidy):
        raise InvalidInputError(f"{text!r} is not {wanted}")
    return tidy


def why(given: str) -> str:
    """Return the reason that was given, else the one that whoever sits there gives now."""
    if given.strip():
        return given.strip()
    if sys.stdin.isatty():
        return str(typer.prompt("Why? It stands in the record", err=True)).strip() or why("")
    raise InvalidInputError(
        "a reason is missing: say why with --reason, for whoever reads the record later"
    )


Folder = Annotated[
    Path | None,
    typer.Option(
        "--folder",
        help="Where the local cloud keeps its state.  [env ITOPS_HOME; default .itops]",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
IncidentId = Annotated[
    str, typer.Argument(metavar="INCIDENT", help="INC-1A2B3C4D", parser=incident_id)
]
ApprovalId = Annotated[
    str, typer.Argument(metavar="APPROVAL", help="APR-1A2B3C4D", parser=approval_id)
]
_ABOUT_WHY = "Why; it stands in the record. Asked for where left out; scripts have to give it."
Reason = Annotated[
    str,
    typer.Option("--reason", "-m", help=_ABOUT_WHY, show_default=False, callback=why),
]
"""Its default is nothing, which is asked about: no decision stands in the record without a why."""
LateReason = Annotated[str, typer.Option("--reason", "-m", help=_ABOUT_WHY, show_default=False)]
"""The same, for a command that looks first whether there is anything to give a reason for."""
SeverityChoice = Annotated[Severity | None, typer.Option("--severity", help="How bad it is.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=200, help="At most so many.")]
