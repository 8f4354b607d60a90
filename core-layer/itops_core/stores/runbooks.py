"""The runbooks that come with the project, read from `runbooks/*.yaml` and checked."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from itops_core.domain.refusals import reason_of
from itops_core.domain.runbook import Runbook
from itops_core.domain.values import Value
from itops_core.errors import InvalidInputError, NotFoundError
from itops_core.settings import bundled

_LARGEST = 200_000
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The C loader, where there is one, is many times as fast."""
Place = Sequence[int | str]


class Flaw(Value):
    """One thing that is wrong with a file: where, and why."""

    file: str
    line: int
    place: str
    reason: str

    def __str__(self) -> str:
        """Return it as compilers tell it."""
        where = f"{self.place}: " if self.place else ""
        return f"{self.file}:{self.line}: {where}{self.reason}"


class FlawedRunbookError(InvalidInputError):
    """A runbook cannot be used; each flaw has its line."""

    def __init__(self, flaws: Sequence[Flaw]) -> None:
        super().__init__("; ".join(str(flaw) for flaw in flaws))
        self.flaws = tuple(flaws)


class RunbookFile:
    """One file, with the line that each of its values stands in."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            raw = path.read_bytes()
            if len(raw) > _LARGEST:
                raise FlawedRunbookError([self.flaw((), f"it is larger than {_LARGEST} bytes")])
            text = raw.decode()
        except (OSError, UnicodeError) as error:
            raise FlawedRunbookError(
                [Flaw(file=path.name, line=1, place="", reason=str(error))]
            ) from error
        self._text = text
        self.raw = self._parsed(text)

    def runbook(self) -> Runbook:
        """Return the runbook, or raise what is wrong with it."""
        if not isinstance(self.raw, dict):
            raise FlawedRunbookError([self.flaw((), "a runbook is a mapping of fields")])
        try:
            return Runbook.model_validate(self.raw)
        except ValidationError as error:
            told = error.errors()
            places = [one["loc"] for one in told]
            flaws = [
                self.flaw(one["loc"], reason_of(one)) for one in told if not _is_echo(one, places)
            ]
            raise FlawedRunbookError(flaws) from error

    def flaw(self, place: Place, reason: str) -> Flaw:
        """Return a flaw of the value at `place`."""
        where = ".".join(str(part) for part in place)
        return Flaw(file=self.path.name, line=self.line(place), place=where, reason=reason)

    def line(self, place: Place) -> int:
        """Return the line of the value at `place`, or of what is nearest above it."""
        node = self._node
        line = 1
        for part in (None, *place):
            if part is not None:
                node = _child(node, part)
            if node is None:
                return line
            line = node.start_mark.line + 1
        return line

    @cached_property
    def _node(self) -> yaml.Node | None:
        try:
            return yaml.compose(self._text, _LOADER)
        except (AttributeError, yaml.YAMLError):
            return None

    def _parsed(self, text: str) -> Any:  # noqa: ANN401 - any YAML value
        try:
            # An alias could make a small file huge.
            if "&" in text and any(isinstance(one, yaml.AliasEvent) for one in yaml.parse(text)):
                raise FlawedRunbookError([self.flaw((), "aliases are not used in runbooks")])
            return yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe one
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            reason = error.problem or "it is no YAML"
            raise FlawedRunbookError(
                [Flaw(file=self.path.name, line=line, place="", reason=reason)]
            ) from error
        except (yaml.YAMLError, ValueError) as error:
            raise FlawedRunbookError([self.flaw((), str(error)[:300])]) from error


def read_runbook(path: Path) -> Runbook:
    """Return the runbook in a file, or raise an error with file, line and reason."""
    return RunbookFile(path).runbook()


def runbook_files(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder that hold runbooks, by name."""
    yield from sorted(path for path in folder.iterdir() if path.suffix in {".yaml", ".yml"})


@lru_cache
def known_runbooks() -> dict[str, Runbook]:
    """Return the runbooks of the project by their id."""
    books = (read_runbook(path) for path in runbook_files(bundled("runbooks")))
    return {book.id: book for book in books}


def known_runbook(name: str) -> Runbook | None:
    """Return a runbook by its id, or `None` where there is none any more."""
    return known_runbooks().get(name)


def runbook_named(name: str) -> Runbook:
    """Return a runbook by its id or by what the knowledge base calls it."""
    books = known_runbooks()
    tidy = name.removeprefix("RB-").replace("-", "_")
    if tidy not in books:
        raise NotFoundError(f"no runbook {name!r}; there are {', '.join(books)}")
    return books[tidy]


def _is_echo(flaw: Mapping[str, Any], places: Sequence[Place]) -> bool:
    """Whether a list is called too short only because an entry of it is wrong."""
    place = tuple(flaw["loc"])
    below = (one for one in places if len(one) > len(place) and tuple(one[: len(place)]) == place)
    return flaw["type"] == "too_short" and any(below)


def _child(node: yaml.Node | None, part: int | str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(part)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part]
    return None
