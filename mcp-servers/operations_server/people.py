"""Telling people, as every other message goes: through the notifier, which writes it down first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from itops_core.domain.approval_card import Change
from itops_core.domain.notification import Occasion
from itops_core.domain.remediation import Action, ActionPreview, ActionRecord
from itops_core.remediation.assessment import preview_of_message
from itops_core.remediation.catalogue import ActionSpec
from itops_core.tools.aws_errors import asking
from operations_server.operation import InTime, Operation, whenever

_OCCASION = Occasion.NOTICE


@dataclass(frozen=True)
class People:
    """Those on call, by the way that all messages to them take."""

    tell: Callable[[str, Occasion, str, str], object]
    """Has an incident's people told something, once for each key."""
    is_told: Callable[[str, Occasion, str], bool]
    """Whether that stands on record."""


class Message(Operation):
    """Tells people, once: a message is known by the id of its action."""

    def __init__(self, people: People) -> None:
        self._people = people

    def completed(self, action: Action) -> Action:
        """Return it as it is: it leaves nothing open."""
        return action

    def preview(self, action: Action, spec: ActionSpec, *, undo: bool) -> ActionPreview:
        """Return what would be told."""
        del undo
        return preview_of_message(action, spec)

    def act(self, record: ActionRecord, in_time: InTime = whenever) -> dict[str, Any]:
        """Have it told."""
        in_time()
        message = str(record.action.parameters["message"])
        with asking("lambda"):
            self._people.tell(record.incident_id, _OCCASION, message, record.action_id)
        return {"message": message}

    def effect_of(self, record: ActionRecord) -> dict[str, Any] | None:
        """Return what was told, if it stands on record that people are told it."""
        if not self._people.is_told(record.incident_id, _OCCASION, record.action_id):
            return None
        return {"message": str(record.action.parameters["message"])}

    def is_untouched(self, action: Action, recorded: Mapping[str, Any]) -> bool:
        """There is nothing that anyone could have changed."""
        del action, recorded
        return True

    def changed_since(self, action: Action, recorded: Mapping[str, Any]) -> tuple[Change, ...]:
        """There is nothing that could be another."""
        del action, recorded
        return ()

    def is_as_begun(self, record: ActionRecord) -> bool:
        """There is nothing that anyone could have taken back."""
        del record
        return True
