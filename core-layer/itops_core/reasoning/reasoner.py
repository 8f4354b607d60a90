"""The seam between the step engine and whoever thinks."""

from typing import Protocol

from itops_core.domain.investigation import Case, Turn


class Reasoner(Protocol):
    """Thinks one turn at a time; keeps nothing between turns but what the case holds."""

    @property
    def name(self) -> str:
        """`claude` or `offline`: stands on every turn and verdict."""
        ...

    def next_turn(self, case: Case) -> Turn:
        """Return the next questions, or the answer.

        With `case.must_answer` it has to answer. Raises `ModelUnavailableError` where it
        cannot think; the engine then asks the next reasoner of the ladder.
        """
        ...
