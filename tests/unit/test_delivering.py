"""Delivering, on tables in memory: what is tried, put off, given up, and held to a rate."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, cast

import pybreaker
import pytest

from itops_cli.investigation.stores import SCHEMAS, MemoryTable
from itops_core.domain.incident import Incident, open_incident
from itops_core.domain.notification import DeliveryState, Notification, Occasion
from itops_core.settings import ChannelRate, config
from itops_core.stores import runtime
from itops_core.stores.incidents import IncidentStore
from itops_core.stores.notifications import NotificationStore
from itops_core.stores.runtime import RuntimeStore
from itops_core.workflow.channels.port import DeliveryFailedError, Letter
from itops_core.workflow.delivering import Deliverer, Outside
from itops_core.workflow.messages import notification_of
from itops_core.workflow.rates import TokenBucket
from tests.support.chaos.clock import Clock

CHANNEL = "sns"


def says_nothing(_letter: Letter) -> None:
    """Take the message."""


@dataclass
class Wire:
    """A channel that does what it is told to with a message."""

    name: str = CHANNEL
    on_send: Callable[[Letter], object] = says_nothing
    sent: list[str] = field(default_factory=list[str])

    def send(self, letter: Letter) -> dict[str, Any]:
        self.on_send(letter)
        self.sent.append(letter.notification.notification_id)
        return {}


class Room:
    """One incident of which people are told on one channel."""

    def __init__(self, clock: Clock) -> None:
        table = cast(Any, MemoryTable(SCHEMAS["Incidents"]))
        self.clock, self.wire = clock, Wire()
        self.breaker = pybreaker.CircuitBreaker(fail_max=100)
        self.store, self.incidents = NotificationStore(table), IncidentStore(table)
        self.runtime = RuntimeStore(cast(Any, MemoryTable(SCHEMAS["Runtime"])))
        self.given_up: list[tuple[str, str, str]] = []
        incident = open_incident("Slow", "payments", self.now(), fingerprint="f")
        self.incident: Incident = self.incidents.create(incident)

    def now(self) -> datetime:
        return self.clock.moment(UTC)

    def told(self, occasion: Occasion = Occasion.NOTICE) -> Notification:
        told = notification_of(self.incident, occasion, self.now(), "Look.")
        self.store.create(told)
        return told

    def deliver(self) -> None:
        outside = Outside(
            channels=(self.wire,),
            breakers={CHANNEL: self.breaker},
            dead_letters=self._bury,
            link_to=lambda _incident_id: "",
            ended_as=lambda _approval_id: "",
        )
        rules = config().notifications
        Deliverer(self.store, self.incidents, self.runtime, outside, rules, self.now).deliver(
            self.incident.incident_id
        )

    def state(self, told: Notification) -> DeliveryState:
        return self.store.get(told.incident_id, told.notification_id).deliveries[CHANNEL].state

    def _bury(self, told: Notification, channel: str, reason: str) -> None:
        self.given_up.append((told.notification_id, channel, reason))


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    clock = Clock()
    clock.at = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()
    monkeypatch.setattr(runtime, "time", clock)
    return Room(clock)


def test_what_waits_for_a_channel_that_is_left_alone_is_given_up_after_a_day(room: Room) -> None:
    room.breaker.open()
    told = room.told()

    room.deliver()
    waiting = room.state(told)
    room.clock.sleep(23 * 3600)
    room.deliver()
    still = room.state(told)
    room.clock.sleep(2 * 3600)
    room.deliver()

    assert (waiting, still) == (DeliveryState.PENDING, DeliveryState.PENDING)
    assert room.state(told) is DeliveryState.GIVEN_UP
    assert room.given_up == [
        (told.notification_id, CHANNEL, "the channel has been failing for too long")
    ]
    assert room.wire.sent == []


def test_what_somebody_else_told_meanwhile_stays_told_though_this_try_fails(room: Room) -> None:
    told = room.told()

    def told_by_another(_letter: Letter) -> None:
        room.store.update(told, lambda one: one.with_delivery(CHANNEL, state=DeliveryState.TOLD))
        raise DeliveryFailedError("refused", is_final=True)

    room.wire.on_send = told_by_another

    room.deliver()

    assert room.state(told) is DeliveryState.TOLD


def test_a_channel_that_fails_is_tried_so_often_ever_later_and_then_given_up(room: Room) -> None:
    rules, told, tries = config().notifications, room.told(), list[datetime]()

    def fails(_letter: Letter) -> None:
        tries.append(room.now())
        raise DeliveryFailedError("not now")

    room.wire.on_send = fails
    for _ in range(100):
        room.deliver()
        room.clock.sleep(rules.backoff_seconds * 2)

    waits = [later - earlier for earlier, later in pairwise(tries)]
    assert len(tries) == rules.attempts
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(seconds=rules.backoff_limit_seconds)
    assert room.state(told) is DeliveryState.GIVEN_UP
    assert [reason for _, _, reason in room.given_up] == ["not now"]


def test_a_bucket_gives_its_burst_then_so_many_a_minute_and_never_holds_more(room: Room) -> None:
    bucket = TokenBucket(room.runtime, CHANNEL, ChannelRate(burst=2, per_minute=6), room.now)

    at_once = [bucket.take() for _ in range(3)]
    room.clock.sleep(9)
    too_early = bucket.take()
    room.clock.sleep(1)
    in_time = bucket.take()
    room.clock.sleep(3600)
    later = [bucket.take() for _ in range(3)]

    assert at_once == [True, True, False]
    assert (too_early, in_time) == (False, True)
    assert later == [True, True, False]
