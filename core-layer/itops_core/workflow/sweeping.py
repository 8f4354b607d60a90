"""What a minute's round of the notifier does: try again what is due, fold what was held up."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from itops_core.domain.notification import (
    DIGEST,
    Delivery,
    DeliveryState,
    Notification,
    Occasion,
)
from itops_core.domain.values import utc_now
from itops_core.observability import logger
from itops_core.stores.notifications import NotificationStore
from itops_core.stores.runtime import RuntimeStore
from itops_core.workflow.delivering import Deliverer
from itops_core.workflow.messages import digest_of
from itops_core.workflow.rates import TokenBucket

_log = logger("workflow")
_MOST = 300
_LEASE_SECONDS = 60


@dataclass(frozen=True)
class Sweeper:
    """Looks at everything that is undelivered."""

    store: NotificationStore
    runtime: RuntimeStore
    deliverer: Deliverer
    seconds: float
    """How long one round may take; the next one goes on."""
    now: Callable[[], datetime] = utc_now

    def sweep(self) -> int:
        """Deliver what is due, and fold what was held; return how many were looked at."""
        deadline = self.now().timestamp() + self.seconds
        waiting = self.store.undelivered(_MOST)
        for channel in self.deliverer.outside.channels:
            self._fold(channel.name, waiting)
        due = dict.fromkeys(
            one.incident_id for one in self.store.undelivered(_MOST) if self.deliverer.is_due(one)
        )
        for incident_id in due:
            if self.now().timestamp() > deadline:
                break
            self.deliverer.deliver(incident_id)
        return len(waiting)

    def _fold(self, channel: str, waiting: tuple[Notification, ...]) -> None:
        """Make one digest of all that a channel's rate held up."""
        lease = f"folding#{channel}"
        if not self.runtime.begin(lease, _LEASE_SECONDS):
            return
        try:
            # A digest that was written and not yet crossed off what it covers comes first.
            for known in waiting:
                if known.occasion is Occasion.DIGEST and channel in known.deliveries:
                    self._cross_off(known, channel)
            held = self._held(channel, waiting)
            rate = self.deliverer.rules.rates[channel]
            if held and TokenBucket(self.runtime, channel, rate, self.now).take():
                partition = f"{DIGEST}{self.now():%Y-%m-%d}"
                digest = digest_of(held, partition, self.now())
                self.store.create(digest.with_deliveries({channel: Delivery()}))
                self._cross_off(digest, channel)
                _log.info("notifications folded", channel=channel, count=len(held))
        finally:
            self.runtime.delete(lease)

    def _held(self, channel: str, waiting: tuple[Notification, ...]) -> tuple[Notification, ...]:
        found = [
            self.store.get(one.incident_id, one.notification_id)
            for one in waiting
            if channel in one.deliveries and one.deliveries[channel].state is DeliveryState.HELD
        ]
        return tuple(one for one in found if one.deliveries[channel].state is DeliveryState.HELD)

    def _cross_off(self, digest: Notification, channel: str) -> None:
        covered = set(digest.covers)
        for one in self.store.undelivered(_MOST):
            if one.notification_id in covered:
                self.store.update(one, lambda known: _folded(known, channel, digest))


def _folded(known: Notification, channel: str, digest: Notification) -> Notification:
    delivery = known.deliveries.get(channel)
    if delivery is None or delivery.state is not DeliveryState.HELD:
        return known
    told = {"digest": digest.notification_id}
    return known.with_delivery(channel, state=DeliveryState.FOLDED, reference=told)
