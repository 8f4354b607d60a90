"""Telling people, as far as the work on an incident is concerned: written down, then let go.

What is to be told is stored first and delivered by a function of its own, so that a channel that
fails or hangs neither stops nor delays an incident. See `delivering` for the other half.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from botocore.exceptions import BotoCoreError, ClientError

from itops_core.domain.incident import Incident
from itops_core.domain.notification import Occasion
from itops_core.domain.values import utc_now
from itops_core.errors import NotFoundError
from itops_core.observability import logger
from itops_core.stores.notifications import NotificationStore
from itops_core.workflow.messages import notification_id_of, notification_of

_log = logger("workflow")


@dataclass(frozen=True)
class Notifications:
    """Takes what people are to be told, each thing once."""

    store: NotificationStore
    dispatch: Callable[[str], object]
    """Has what is undelivered of an incident delivered, without waiting for it."""
    now: Callable[[], datetime] = utc_now

    def tell(
        self, incident: Incident, occasion: Occasion | str, detail: str = "", key: str = ""
    ) -> bool:
        """Have people told that something became of an incident; `False` where it is not stored.

        `key` tells several messages of one occasion apart, such as two approvals.
        """
        told = notification_of(incident, Occasion(occasion), self.now(), detail, key)
        try:
            is_new = self.store.create(told)
        except (ClientError, BotoCoreError):
            _log.exception("notification not stored", incident_id=incident.incident_id)
            return False
        if is_new:
            self.hurry(incident.incident_id)
        return True

    def is_stored(self, incident_id: str, occasion: Occasion, key: str = "") -> bool:
        """Whether it stands on record that people are told of it."""
        try:
            self.store.get(incident_id, notification_id_of(incident_id, occasion, key))
        except NotFoundError:
            return False
        return True

    def hurry(self, incident_id: str) -> None:
        """Have it delivered now; where that cannot be asked for, the next sweep does it."""
        try:
            self.dispatch(incident_id)
        except (ClientError, BotoCoreError) as error:
            told = type(error).__name__
            _log.warning("notifier not reached", incident_id=incident_id, error=told)
