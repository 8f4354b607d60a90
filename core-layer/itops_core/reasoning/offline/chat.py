"""Answers questions by code: looks where the question points, then says what was seen."""

from collections.abc import Sequence
from datetime import timedelta

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.investigation import Case, Turn
from itops_core.domain.question import Reading, Unread
from itops_core.reasoning.offline.chat_answer import composed, not_understood
from itops_core.reasoning.offline.chat_looking import open_calls
from itops_core.reasoning.offline.chat_scope import Scope
from itops_core.reasoning.offline.diagnosis import NAME

_AT_ONCE = 8
_NOW = timedelta(minutes=2)


class OfflineAnswerer:
    """Thinks about one question as it was read; no network, no tokens, the same turn again."""

    def __init__(
        self,
        reading: Reading | Unread,
        entries: Sequence[CatalogEntry],
        *,
        draws: bool = False,
    ) -> None:
        self._reading = reading
        self._entries = entries
        self._draws = draws

    @property
    def name(self) -> str:
        """`offline`."""
        return NAME

    @property
    def is_paid(self) -> bool:
        """It costs nothing."""
        return False

    def next_turn(self, case: Case) -> Turn:
        """Return the next questions to the tools, or the answer."""
        reading = self._reading
        if isinstance(reading, Unread):
            answer = not_understood(reading)
            return Turn(thought=answer.summary, chat=answer, reasoner=NAME)
        scope = Scope(
            reading=reading,
            entries=self._entries,
            observations=case.observations,
            is_now=reading.until >= case.incident.opened_at - _NOW,
            draws=self._draws,
        )
        calls = () if case.must_answer else open_calls(scope)[:_AT_ONCE]
        if calls:
            tools = ", ".join(dict.fromkeys(call.tool for call in calls))
            about = ", ".join(reading.subjects) or "everything"
            thought = f"{reading.intent.value} of {about}, {reading.window}: asks {tools}."
            return Turn(thought=thought, calls=calls, reasoner=NAME)
        answer = composed(scope)
        return Turn(thought=answer.summary, chat=answer, reasoner=NAME)
