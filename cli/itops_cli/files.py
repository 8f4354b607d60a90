"""Files that a user hands over: read, or refused in one sentence."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from itops_core.errors import InvalidInputError

_Parsed = TypeVar("_Parsed")


def parsed(path: Path, parse: Callable[[str], _Parsed]) -> _Parsed:
    """Return what `parse` makes of the file's text; a refusal names the file."""
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be read: {error.strerror}") from error
    try:
        return parse(text)
    except InvalidInputError as error:
        raise InvalidInputError(f"{path}: {error}") from error
