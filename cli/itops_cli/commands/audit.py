"""`itops audit`: what was decided and done, and whether the log of it still holds."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError

from itops_cli.api import Api
from itops_cli.connection import connection
from itops_cli.failures import FAILED
from itops_cli.options import AsJson, Folder
from itops_cli.screen.console import counted, print_json, say, tame
from itops_cli.screen.page import clock
from itops_core.domain.audit import AuditEntry, AuditHead, first_fault
from itops_core.errors import InvalidInputError

app = typer.Typer(
    help="Read the log of decisions and actions, and check that it holds.",
    no_args_is_help=True,
    add_completion=False,
)
_ENTRIES = TypeAdapter(list[AuditEntry])
_HEADS = TypeAdapter(list[AuditHead])

Chain = Annotated[
    str | None,
    typer.Argument(metavar="[CHAIN]", help="INC-1A2B3C4D or DAY-2026-11-20; all, if left out."),
]
Exported = Annotated[
    Path | None,
    typer.Option("--file", exists=True, dir_okay=False, help="Check what `list --json` wrote."),
]
Kept = Annotated[
    Path | None,
    typer.Option(
        "--kept",
        exists=True,
        dir_okay=False,
        help="Also hold it against the heads that an earlier `verify --json` wrote.",
    ),
]


@app.command("list")
def list_(chain: Chain = None, folder: Folder = None, as_json: AsJson = False) -> None:
    """List what was decided and done, by chain."""
    entries, heads = _read(folder, chain)
    if as_json:
        print_json({"entries": _dumped(entries), "heads": _dumped(heads)})
        return
    for entry in entries:
        where = f"{entry.chain} {entry.sequence:>3}  {clock(entry.at)}"
        say(f"{where}  {entry.kind}  {tame(entry.actor, 60)}: {tame(entry.message, 200)}")
    if not entries:
        say("nothing is on record")


@app.command()
def verify(
    file: Exported = None, kept: Kept = None, folder: Folder = None, as_json: AsJson = False
) -> None:
    """Find the first changed, missing or reordered entry; exits with 1 where there is one."""
    noted = _kept(kept) if kept else []
    entries, heads = _exported(file) if file else _read(folder, None)
    fault, before = first_fault(entries, heads, noted), None
    # What is written while it is read, page by page, looks missing once and not twice.
    while fault is not None and fault != before and not file:
        entries, heads = _read(folder, None)
        fault, before = first_fault(entries, heads, noted), fault
    if as_json:
        told: dict[str, Any] = {"holds": fault is None, "entries": len(entries)}
        told["fault"] = fault.model_dump() if fault else None
        print_json({**told, "heads": _dumped(heads)})
    elif fault is None:
        verb = "holds" if len(entries) == 1 else "hold"
        say(
            f"{counted(len(entries), 'entry', 'entries')} in {counted(len(heads), 'chain')} {verb}",
            "bold green",
        )
    else:
        say(f"{fault.chain} entry {fault.sequence}: {fault.reason}", "bold red")
    if fault is not None:
        raise typer.Exit(FAILED)


def _read(folder: Folder, chain: str | None) -> tuple[list[AuditEntry], list[AuditHead]]:
    with Api(connection(folder)) as api:
        # Heads first: an entry written meanwhile is then ahead of its head, which is no fault.
        heads = list(api.pages("/audit/heads", limit=200))
        entries = list(api.pages("/audit", chain=chain, limit=200))
    return _ENTRIES.validate_python(entries), _HEADS.validate_python(heads)


def _exported(path: Path) -> tuple[list[AuditEntry], list[AuditHead]]:
    told = _loaded(path)
    try:
        return _ENTRIES.validate_python(told["entries"]), _HEADS.validate_python(told["heads"])
    except (KeyError, ValidationError) as error:
        raise InvalidInputError(f"{path} is not what `itops audit list --json` writes") from error


def _kept(path: Path) -> list[AuditHead]:
    try:
        return _HEADS.validate_python(_loaded(path)["heads"])
    except (KeyError, ValidationError) as error:
        raise InvalidInputError(f"{path} is not what `itops audit verify --json` writes") from error


def _loaded(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InvalidInputError(f"{path} is not JSON: {error}") from error
    if not isinstance(told, dict):
        raise InvalidInputError(f"{path} holds no JSON object")
    return told


def _dumped(values: list[AuditEntry] | list[AuditHead]) -> list[dict[str, Any]]:
    return [value.model_dump(mode="json") for value in values]
