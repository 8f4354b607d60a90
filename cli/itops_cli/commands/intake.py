"""`itops intake`: the messages that could not be taken in, and how alarms are signed."""

import hashlib
import hmac
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from itops_cli.api import Api
from itops_cli.connection import connection
from itops_cli.options import AsJson, Folder, Limit, Reason
from itops_cli.screen.console import command, counted, print_json, say, tame
from itops_core.errors import InvalidInputError, NotFoundError

app = typer.Typer(
    help="Look after the alarms that come in.", no_args_is_help=True, add_completion=False
)
dlq = typer.Typer(
    help="Messages that could not be taken in.", no_args_is_help=True, add_completion=False
)
app.add_typer(dlq, name="dlq")
Letters = Annotated[list[str] | None, typer.Argument(help="Ids, as `list` shows them.")]


@dlq.command("list")
def list_(limit: Limit = 50, folder: Folder = None, as_json: AsJson = False) -> None:
    """List them, each with the reason."""
    with Api(connection(folder)) as api:
        body = api.get("/intake/dead-letters", limit=min(limit, 100))
    if as_json:
        print_json(body)
        return
    for letter in body["items"]:
        say(f"{letter['letter_id']}  {letter['buried_at'] or ''}", "bold")
        say(f"  {tame(letter['reason'], 300)}", "yellow")
        say(f"  {tame(letter['body'], 200)}", "dim")
    say(f"{counted(len(body['items']), 'message')} could not be taken in", "dim")


@dlq.command()
def redrive(
    letters: Letters = None,
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Have messages taken in again; what was taken in after all changes nothing."""
    if bool(letters) == everything:
        raise InvalidInputError("name the messages, or say --all")
    body: dict[str, Any] = {"all": True} if everything else {"letter_ids": letters}
    _send("redrive", body, folder, as_json=as_json)


@dlq.command()
def discard(
    letters: Annotated[list[str], typer.Argument(help="Ids, as `list` shows them.")],
    reason: Reason = "",
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Give messages up for good; the audit log keeps who did so and why."""
    _send("discard", {"letter_ids": letters, "reason": reason}, folder, as_json=as_json)


@app.command()
def sign(
    body: Annotated[Path, typer.Argument(help="The file that will be sent, or - for stdin.")],
    secret_file: Annotated[
        Path, typer.Option("--secret-file", help="A file with the webhook's secret.")
    ],
) -> None:
    """Print the header that signs a file for POST /webhooks/alarms, good for five minutes."""
    try:
        content = sys.stdin.buffer.read() if str(body) == "-" else body.read_bytes()
        lines = secret_file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"a file cannot be read: {error}") from error
    secret = lines[0].strip() if lines else ""
    if not secret:
        raise InvalidInputError(
            f"{secret_file} holds no secret: its first line, where the secret belongs, is empty"
        )
    stamp = str(int(time.time()))
    digest = hmac.new(secret.encode(), stamp.encode() + b"." + content, hashlib.sha256)
    say(f"X-ITOps-Signature: t={stamp},v1={digest.hexdigest()}")


def _send(what: str, body: dict[str, Any], folder: Folder, *, as_json: bool) -> None:
    with Api(connection(folder)) as api:
        answer = api.post(f"/intake/dead-letters/{what}", body)
    missing = answer["missing"]
    if as_json:
        print_json(answer)
    elif answer["handled"] or not missing:
        done = "sent again" if what == "redrive" else "given up"
        say(f"{len(answer['handled'])} {done}", "bold green")
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        raise NotFoundError(
            f"{', '.join(map(tame, missing))} {verb} not in the queue; "
            f"{command('intake dlq list')} shows what is"
        )
