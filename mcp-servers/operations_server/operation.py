"""What the server can ask of every action of the catalogue."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.remediation import Action, ActionPreview, ActionRecord
from itops_core.remediation.catalogue import ActionSpec

Entries = Callable[[], Iterable[CatalogEntry]]


class Operation(Protocol):
    """One action, tied to where it acts."""

    def preview(self, action: Action, spec: ActionSpec, *, undo: bool) -> ActionPreview:
        """Return what it would do now; change nothing."""
        ...

    def act(self, record: ActionRecord) -> dict[str, Any]:
        """Do it and return the state after it."""
        ...

    def effect_of(self, record: ActionRecord) -> dict[str, Any] | None:
        """Return the state after `record` if live state shows that it took effect."""
        ...

    def is_untouched(self, action: Action, recorded: Mapping[str, Any]) -> bool:
        """Whether live state still is what was recorded: nobody has changed it since."""
        ...
