"""Options and arguments that several commands share, checked before anything is sent."""

import re
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


def _worded(text: str) -> str:
    if not text.strip():
        raise InvalidInputError("it must not be empty: say why, for whoever reads this later")
    return text.strip()


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
Reason = Annotated[
    str, typer.Option("--reason", "-m", help="Why; it stands in the record.", parser=_worded)
]
SeverityChoice = Annotated[Severity | None, typer.Option("--severity", help="How bad it is.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=200, help="At most so many.")]
