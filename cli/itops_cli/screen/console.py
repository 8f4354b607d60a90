"""Where output goes, and how text from the outside is made safe to show."""

import json
import os
import re
import shutil
import sys
import unicodedata
from functools import lru_cache
from pathlib import Path

from rich.console import Console
from rich.text import Text

from itops_core.tools.redaction import spelled_out

_WIDE_ENOUGH = 160
_BLANK = re.compile(r"\s+")


@lru_cache
def console() -> Console:
    """Return the console on standard output: colours on a terminal, plain lines elsewhere."""
    if sys.stdout.isatty():
        return Console(highlight=False, emoji=False)
    asked = os.environ.get("COLUMNS", "")
    width = int(asked) if asked.isdigit() and int(asked) > 0 else _WIDE_ENOUGH
    return Console(highlight=False, emoji=False, width=width)


def is_live() -> bool:
    """Whether there is a terminal on which lines may be redrawn."""
    return console().is_terminal and not console().is_dumb_terminal


def say(text: str = "", style: str = "") -> None:
    """Print one line; `text` is never read as markup, and no mark in it steers the terminal."""
    say_line(Text(_unsteered(text), style=style))


def say_line(line: Text) -> None:
    """Print a line; without a terminal it stays one line, however long, for `grep` to find."""
    console().print(line, soft_wrap=not console().is_terminal)


def print_json(value: object) -> None:
    """Print `value` as JSON, and nothing else, to standard output."""
    told = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    sys.stdout.write("\n".join(map(spelled_out, told.split("\n"))) + "\n")


def print_json_line(value: object) -> None:
    """Print `value` as one line of JSON, at once."""
    sys.stdout.write(spelled_out(json.dumps(value, ensure_ascii=False, default=str)) + "\n")
    sys.stdout.flush()


def _unsteered(text: str) -> str:
    return "".join(mark for mark in text if mark in "\n\t" or unicodedata.category(mark)[0] != "C")


def counted(number: int, thing: str, things: str = "") -> str:
    """Return a count with its noun: 1 look, 2 looks; `things` where an s is not enough."""
    return f"{number} {thing if number == 1 else things or f'{thing}s'}"


def tame(value: object, limit: int = 400) -> str:
    """Return `value` as one line without control characters, shortened to `limit`.

    Log lines, alarms and models may hold terminal escapes and direction marks: those are data.
    """
    text = _BLANK.sub(" ", str(value)).strip()
    safe = "".join(mark for mark in text if unicodedata.category(mark)[0] != "C")
    return safe if len(safe) <= limit else f"{safe[: limit - 1]}…"


def command(arguments: str) -> str:
    """Return the command as it works in this shell, whether or not `itops` is on its path."""
    beside = Path(sys.executable).parent / "itops"
    found = shutil.which("itops")
    if found and Path(found).resolve() == beside.resolve():
        return f"itops {arguments}"
    near = beside.is_relative_to(Path.cwd())
    return f"{beside.relative_to(Path.cwd()) if near else beside} {arguments}"
