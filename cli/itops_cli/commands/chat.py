"""`itops chat`: ask about pipelines and services, once or in a conversation."""

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from itops_cli.api import Api
from itops_cli.connection import connection
from itops_cli.options import AsJson, Folder
from itops_cli.screen.chat import show_turn
from itops_cli.screen.console import print_json, say
from itops_core.domain.conversation import ChatTurn
from itops_core.domain.question import MOST_HOURS
from itops_core.errors import InvalidInputError, ITOpsError
from itops_core.workflow.chatting import Question

app = typer.Typer(add_completion=False)
MOCK = "pipeline-throttled-table"
"""What is asked where nothing is deployed: a data platform whose table is too small."""

_WAIT_SECONDS = 20
_POLL_SECONDS = 1.0
_PATIENCE_SECONDS = 300.0
_ENDS = {"exit", "quit", "bye"}

Ask = Callable[[Question], ChatTurn]


@app.command()
def chat(  # noqa: PLR0913 - a command's options
    question: Annotated[
        str | None, typer.Argument(help="Left out: a conversation, until an empty line.")
    ] = None,
    *,
    pipeline: Annotated[
        str | None, typer.Option("--pipeline", "-p", help="What it is about.")
    ] = None,
    hours: Annotated[
        int | None, typer.Option("--hours", help=f"How far back, 1 to {MOST_HOURS}.")
    ] = None,
    conversation: Annotated[
        str | None, typer.Option("--conversation", "-c", help="Go on with CNV-1A2B3C4D.")
    ] = None,
    mock: Annotated[
        bool, typer.Option("--mock", help="Ask a recording; nothing deployed, no credentials.")
    ] = False,
    recorded: Annotated[
        str | None,
        typer.Option("--recorded", metavar="PLACE", help="A recording or scenario to ask."),
    ] = None,
    reasoner: Annotated[
        str, typer.Option("--reasoner", help="With a recording: offline, or claude.")
    ] = "offline",
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Ask in plain words: why did NAME fail? errors of the last 6 hours; what changed?

    What code understands is answered without a model, with quotes that are checked.
    """
    place = recorded or (MOCK if mock else None)
    if place and conversation:
        raise InvalidInputError("a recording keeps no conversations: leave --conversation out")
    first = Question(
        message=question or "-",
        pipeline_name=pipeline,
        hours_back=hours,
        conversation_id=conversation.strip().upper() if conversation else None,
    )
    with _deployed(folder) if place is None else _recorded(place, reasoner) as ask:
        if question is None:
            _talk(ask, first)
        elif as_json:
            print_json(ask(first).model_dump(mode="json"))
        else:
            show_turn(ask(first))


def _talk(ask: Ask, first: Question) -> None:
    """Ask line by line; what was named before stays meant."""
    say("Ask about pipelines and services; an empty line ends.", "dim")
    known = first
    while (line := _line()) and line.lower() not in _ENDS:
        try:
            turn = ask(known.model_copy(update={"message": line}))
        except ITOpsError as error:
            say(str(error), "red")
            continue
        show_turn(turn)
        known = Question(message=line, conversation_id=turn.conversation_id)


def _line() -> str:
    if sys.stdin.isatty():
        sys.stdout.write("> ")
        sys.stdout.flush()
    return sys.stdin.readline().strip()


@contextmanager
def _deployed(folder: Path | None) -> Generator[Ask]:
    with Api(connection(folder)) as api:

        def ask(question: Question) -> ChatTurn:
            body = question.model_dump(exclude_none=True)
            told = api.post("/chat", {**body, "wait_seconds": _WAIT_SECONDS})
            turn = ChatTurn.model_validate(told)
            until = time.monotonic() + _PATIENCE_SECONDS
            while turn.is_open and time.monotonic() < until:
                time.sleep(_POLL_SECONDS)
                seen = api.get(f"/conversations/{turn.conversation_id}")["turns"]
                turn = ChatTurn.model_validate(seen[turn.turn - 1])
            return turn

        yield ask


@contextmanager
def _recorded(place: str, reasoner: str) -> Generator[Ask]:
    from itops_cli.chat.recorded import recorded_chat  # noqa: PLC0415 - slow to import
    from itops_cli.investigation.silence import logs_silenced  # noqa: PLC0415
    from itops_cli.investigation.thinkers import demand_a_model, thinkers_named  # noqa: PLC0415
    from itops_cli.recorded_tools import recording_at  # noqa: PLC0415

    demand_a_model(reasoner)
    with logs_silenced():
        chat = recorded_chat(recording_at(place), thinkers_named(reasoner))
        try:
            yield chat.ask
        finally:
            chat.close()
