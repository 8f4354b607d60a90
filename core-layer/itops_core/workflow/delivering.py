"""Delivering what people are to be told: each channel by itself, once, and until it is told.

A notification's state on every channel is stored, so that a repeat tells only those that were not
told. On one channel an incident's messages go out one after the other, under a lease.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from pybreaker import CircuitBreaker, CircuitBreakerError

from itops_core.domain.notification import (
    OPEN,
    URGENT,
    Delivery,
    DeliveryState,
    Notification,
    Occasion,
)
from itops_core.domain.values import utc_now
from itops_core.observability import logger
from itops_core.settings import NotificationRules
from itops_core.stores.incidents import IncidentStore
from itops_core.stores.notifications import NotificationStore
from itops_core.stores.runtime import RuntimeStore
from itops_core.workflow.channels.port import (
    Channel,
    DeliveryFailedError,
    Letter,
    NothingToDoError,
)
from itops_core.workflow.events import timeline_event
from itops_core.workflow.messages import decided_of
from itops_core.workflow.rates import TokenBucket

_log = logger("workflow")
_LEASE_SECONDS = 60
_PATIENCE_SECONDS = 8.0
_UNTRIED_SECONDS = 24 * 3600
"""After so long nobody wants to hear of it any more, even where its channel was never tried."""

_AT_ONCE = URGENT | {Occasion.DECIDED, Occasion.DIGEST}
"""What no rate holds up; a digest has paid already, a decision changes what is there."""


@dataclass(frozen=True)
class Outside:
    """What delivering needs of the world besides the tables."""

    channels: Sequence[Channel]
    breakers: Mapping[str, CircuitBreaker]
    dead_letters: Callable[[Notification, str, str], object]
    """Keeps what was given up: the notification, its channel and the reason."""
    link_to: Callable[[str], str]
    """Where an incident is looked at; empty where nobody knows."""
    ended_as: Callable[[str], str]
    """How a question was decided, by its id; empty while it is not."""


@dataclass(frozen=True)
class Deliverer:
    """Delivers. Everything here may run twice, and at the same time."""

    store: NotificationStore
    incidents: IncidentStore
    runtime: RuntimeStore
    outside: Outside
    rules: NotificationRules
    now: Callable[[], datetime] = utc_now

    def deliver(self, incident_id: str) -> None:
        """Tell every channel what it has not been told of an incident yet, all at the same time.

        One channel that hangs or breaks holds up no other.
        """
        for told in self.store.for_incident(incident_id):
            self._route(told)
            self._follow_up(told)
        channels = self.outside.channels
        with ThreadPoolExecutor(max(1, len(channels))) as pool:
            running = [pool.submit(self._deliver_on, one, incident_id) for one in channels]
        for one in running:
            one.result()

    def is_due(self, told: Notification) -> bool:
        """Whether a channel may be tried for it now."""
        if not told.deliveries:
            return True
        at = self.now()
        return any(
            one.state is DeliveryState.PENDING and (one.next_try_at or at) <= at
            for one in told.deliveries.values()
        )

    def _route(self, told: Notification) -> None:
        """Set down which channels are to be told, once: a later change of the routes is none."""
        if told.deliveries or told.status.value != "undelivered":
            return
        names = {
            name
            for route in self.rules.routes
            if told.occasion in route.occasions
            and (not route.severities or told.severity in (None, *route.severities))
            for name in route.channels
        }
        chosen = [one.name for one in self.outside.channels if one.name in names]
        self.store.update(
            told,
            lambda known: (
                known
                if known.deliveries
                else known.with_deliveries({name: Delivery() for name in chosen})
            ),
        )

    def _follow_up(self, asked: Notification) -> None:
        """Have a question that was shown and is decided by now shown as decided."""
        shown = any(one.state is DeliveryState.TOLD for one in asked.deliveries.values())
        if asked.occasion is not Occasion.APPROVAL or not shown:
            return
        if self.outside.ended_as(asked.approval_id or ""):
            decided = decided_of(asked, self.now())
            if self.store.create(decided):
                self._route(decided)

    def _deliver_on(self, channel: Channel, incident_id: str) -> None:
        lease = f"telling#{channel.name}#{incident_id}"
        if not self._is_leased(lease):
            return
        try:
            told = self.store.for_incident(incident_id)
            for one in told:
                delivery = one.deliveries.get(channel.name)
                if delivery and self._is_wanted(delivery):
                    self._try(channel, one)
        finally:
            self.runtime.delete(lease)

    def _is_leased(self, lease: str) -> bool:
        """Wait a moment for whoever tells this channel of this incident now."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not self.runtime.begin(lease, _LEASE_SECONDS):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        return True

    def _is_wanted(self, delivery: Delivery) -> bool:
        at = self.now()
        return delivery.state is DeliveryState.PENDING and (delivery.next_try_at or at) <= at

    def _try(self, channel: Channel, told: Notification) -> None:
        name = channel.name
        if told.occasion not in _AT_ONCE and not told.deliveries[name].attempts:
            bucket = TokenBucket(self.runtime, name, self.rules.rates[name], self.now)
            if not bucket.take():
                self._set(told, name, state=DeliveryState.HELD)
                return
        try:
            with self.outside.breakers[name].calling():
                # Counted before it is tried: a try that ends with this process is one, too.
                told = self._set(told, name, attempts=told.deliveries[name].attempts + 1)
                known = channel.send(self._letter(channel, told))
        except NothingToDoError as error:
            self._set(told, name, state=DeliveryState.SKIPPED, error=str(error))
        except DeliveryFailedError as error:
            self._failed(told, name, error)
        except CircuitBreakerError:
            self._put_off(told, name)
        else:
            self._set(
                told, name, state=DeliveryState.TOLD, told_at=self.now(), reference=known, error=""
            )
            self._note(told, name, f"people were told by {name}: {told.headline}")

    def _letter(self, channel: Channel, told: Notification) -> Letter:
        every = self.store.for_incident(told.incident_id)
        earlier = [
            (one, delivery.reference)
            for one in every
            if one.notification_id != told.notification_id
            and (delivery := one.deliveries.get(channel.name))
            and delivery.state is DeliveryState.TOLD
        ]
        return Letter(
            notification=told,
            earlier=tuple(earlier),
            is_repeat=told.deliveries[channel.name].attempts > 1,
            link=self.outside.link_to(told.incident_id),
            ended_as=self.outside.ended_as(told.approval_id) if told.approval_id else "",
        )

    def _failed(self, told: Notification, channel: str, error: DeliveryFailedError) -> None:
        attempts = told.deliveries[channel].attempts
        if error.is_final or attempts >= self.rules.attempts:
            self._give_up(told, channel, str(error))
            return
        wait = min(
            self.rules.backoff_seconds * 2 ** (attempts - 1), self.rules.backoff_limit_seconds
        )
        wait = max(wait, error.retry_after or 0.0)
        again = self.now() + timedelta(seconds=wait)
        self._set(told, channel, next_try_at=again, error=str(error))
        self._note(told, channel, f"not told by {channel} yet ({told.headline}): {error}")
        _log.warning("notification failed", channel=channel, attempts=attempts, error=str(error))

    def _put_off(self, told: Notification, channel: str) -> None:
        """Leave a channel alone that keeps failing; what waits for it has not been tried."""
        if self.now() - told.created_at > timedelta(seconds=_UNTRIED_SECONDS):
            self._give_up(told, channel, "the channel has been failing for too long")
            return
        again = self.now() + timedelta(seconds=self.rules.backoff_seconds)
        self._set(told, channel, next_try_at=again, error="the channel keeps failing: left alone")

    def _give_up(self, told: Notification, channel: str, error: str) -> None:
        self.outside.dead_letters(told, channel, error)
        self._set(told, channel, state=DeliveryState.GIVEN_UP, error=error)
        self._note(told, channel, f"never told by {channel} ({told.headline}): {error}")
        _log.error("notification given up", channel=channel, error=error)

    def _set(self, told: Notification, channel: str, **changes: object) -> Notification:
        def changed(known: Notification) -> Notification:
            # Whoever set it to an end state had the last word.
            if known.deliveries[channel].state not in OPEN:
                return known
            return known.with_delivery(channel, **changes)

        return self.store.update(told, changed)

    def _note(self, told: Notification, channel: str, message: str) -> None:
        if told.occasion is Occasion.DIGEST:
            return
        self.incidents.add_event(
            timeline_event(
                told.incident_id,
                "notified",
                message[:500],
                self.now(),
                actor="notifier",
                key=(told.notification_id, channel, message),
                notification_id=told.notification_id,
            )
        )
