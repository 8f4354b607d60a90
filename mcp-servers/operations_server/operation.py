"""What the server can ask of every action of the catalogue."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from itops_core.domain.approval_card import Change
from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.remediation import Action, ActionPreview, ActionRecord
from itops_core.remediation.assessment import (
    Blast,
    LiveState,
    Outlook,
    changed_since,
    preview_of,
    reach_of,
)
from itops_core.remediation.catalogue import ActionSpec, BlastThresholds
from itops_core.settings import Remediation
from operations_server.traffic import Measure

Entries = Callable[[], Iterable[CatalogEntry]]
State = TypeVar("State", bound=LiveState)
InTime = Callable[[], None]
"""Raises where a write begun now might end after somebody else has begun one."""


def whenever() -> None:
    """Let a write begin at any time."""


class Operation(Protocol):
    """One action, tied to where it acts."""

    def completed(self, action: Action) -> Action:
        """Return it with the numbers that it leaves open picked from live state."""
        ...

    def preview(self, action: Action, spec: ActionSpec, *, undo: bool) -> ActionPreview:
        """Return what it would do now; change nothing."""
        ...

    def act(self, record: ActionRecord, in_time: InTime = whenever) -> dict[str, Any]:
        """Do it and return the state after it; `in_time` is asked right before the write."""
        ...

    def effect_of(self, record: ActionRecord) -> dict[str, Any] | None:
        """Return the state after `record` if live state shows that it took effect."""
        ...

    def is_untouched(self, action: Action, recorded: Mapping[str, Any]) -> bool:
        """Whether live state still is what was recorded: nobody has changed it since."""
        ...

    def changed_since(self, action: Action, recorded: Mapping[str, Any]) -> tuple[Change, ...]:
        """Return what a yes is bound to and is no longer as it was recorded."""
        ...

    def is_as_begun(self, record: ActionRecord) -> bool:
        """Whether nothing was changed since `record` was begun, not even there and back."""
        ...


@dataclass(frozen=True)
class Surroundings:
    """What every action is weighed against."""

    entries: Entries
    thresholds: BlastThresholds
    rules: Remediation
    traffic: Measure


class LiveOperation(ABC, Operation, Generic[State]):
    """What all actions have in common that change something which can be looked at."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around

    @property
    def rules(self) -> Remediation:
        """How far one action goes."""
        return self._around.rules

    def completed(self, action: Action) -> Action:
        """Return it as it is: it leaves nothing open."""
        return action

    def preview(self, action: Action, spec: ActionSpec, *, undo: bool) -> ActionPreview:
        """Return what it would do to the thing as it is now."""
        state = self.state(action)
        reach = reach_of(state, self._around.entries())
        # What takes something back is not weighed against traffic, nor kept waiting for it.
        traffic = None if undo else self._around.traffic(state, reach.entry)
        blast = Blast(
            name=state.name, reach=reach, thresholds=self._around.thresholds, traffic=traffic
        )
        return preview_of(action, spec, state, self.outlook(action, state, undo), blast)

    def act(self, record: ActionRecord, in_time: InTime = whenever) -> dict[str, Any]:
        """Do it and return the thing after it."""
        state = self.state(record.action)
        in_time()
        return self.change(record, state)

    def effect_of(self, record: ActionRecord) -> dict[str, Any] | None:
        """Return the thing as it is if the change of `record` shows in it."""
        state = self.state(record.action)
        return state.shown if self.shows(record, state) else None

    def is_untouched(self, action: Action, recorded: Mapping[str, Any]) -> bool:
        """Whether it is configured as recorded."""
        return self.state(action).rests_on(recorded)

    def changed_since(self, action: Action, recorded: Mapping[str, Any]) -> tuple[Change, ...]:
        """Return what is another now, by name."""
        return changed_since(self.state(action), recorded)

    def is_as_begun(self, record: ActionRecord) -> bool:
        """Whether it is configured as before, and AWS tells of no change in between.

        Who took back what an interrupted write had done does not want it done again.
        """
        state = self.state(record.action)
        changed_at = self.last_changed_at(state)
        changed = changed_at is not None and changed_at > record.started_at
        return state.rests_on(record.before) and not changed

    def last_changed_at(self, state: State) -> datetime | None:
        """Return when AWS last saw it changed; `None` where AWS does not tell."""
        del state
        return None

    @abstractmethod
    def state(self, action: Action) -> State:
        """Return what it would change, as it is now."""

    @abstractmethod
    def outlook(self, action: Action, state: State, undo: bool) -> Outlook:
        """Return what would be different, or why it cannot be done."""

    @abstractmethod
    def change(self, record: ActionRecord, state: State) -> dict[str, Any]:
        """Change it, and return what is shown of it then."""

    @abstractmethod
    def shows(self, record: ActionRecord, state: State) -> bool:
        """Whether `state` is what `record` was to bring about."""


def whole(action: Action, name: str) -> int:
    """Return a parameter that is a whole number."""
    return int(action.parameters[name])


def text(action: Action, name: str) -> str:
    """Return a parameter that is a string."""
    return str(action.parameters[name])


def filled(action: Action, **numbers: int | None) -> Action:
    """Return `action` with the numbers it leaves open; what is `None` stays open."""
    known = {name: number for name, number in numbers.items() if number is not None}
    return Action(name=action.name, parameters={**known, **action.parameters})
