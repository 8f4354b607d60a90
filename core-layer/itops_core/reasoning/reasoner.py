"""The seam between the step engine and whoever thinks."""

from dataclasses import dataclass
from typing import Protocol

from itops_core.domain.investigation import Case, Turn, Usage
from itops_core.errors import ModelUnavailableError


class Reasoner(Protocol):
    """Thinks one turn at a time; keeps nothing between turns but what the case holds."""

    @property
    def name(self) -> str:
        """`claude` or `offline`: stands on every turn and verdict."""
        ...

    @property
    def is_paid(self) -> bool:
        """Whether its turns cost tokens: such a one is left out once those are used up."""
        ...

    def next_turn(self, case: Case) -> Turn:
        """Return the next questions, or the answer.

        With `case.must_answer` it has to answer. Raises `ModelUnavailableError` where it
        cannot think; the engine then asks the next reasoner of the ladder.
        """
        ...


@dataclass(frozen=True)
class WrappedReasoner:
    """A reasoner around another one, under whose name it goes."""

    inner: Reasoner

    @property
    def name(self) -> str:
        """Who it is."""
        return self.inner.name

    @property
    def is_paid(self) -> bool:
        """Whether its turns cost tokens."""
        return self.inner.is_paid


class UnusableAnswerError(ModelUnavailableError):
    """The model answered, and was paid for it, but nothing that could be used."""

    def __init__(self, reason: str, usage: Usage) -> None:
        super().__init__(reason)
        self.usage = usage
