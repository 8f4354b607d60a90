"""An incident whose alarms are over is closed once, and only where nobody was faster."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from itops_cli.investigation.memory_table import KeySchema, MemoryTable, TableSchema
from itops_cli.investigation.stores import memory_stores
from itops_core.domain.audit import AuditKind
from itops_core.domain.incident import Incident, Status, open_incident
from itops_core.domain.intake import LinkCount
from itops_core.domain.values import utc_now
from itops_core.stores.audit import AuditLog
from itops_core.stores.endings import EndingStore
from itops_core.stores.incidents import IncidentStore
from itops_core.stores.links import LinkStore, Quiet
from itops_core.workflow.clearing import Clearing

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class WorkerDiedError(Exception):
    """Whoever was at it is gone."""


def nobody(_incident_id: str) -> None:
    """Let nothing happen in between."""


@dataclass
class QuietLinks:
    """Links of an incident of which nothing rings any more; somebody may act while it is sealed."""

    lost_work: bool = False
    others_were_told: bool = False
    meanwhile: Callable[[str], object] = nobody
    is_sealed: bool = False
    unsealed: list[str] = field(default_factory=list[str])

    def count(self, _incident_id: str) -> LinkCount:
        return LinkCount(alarms=1, recoveries=1)

    def last_quiet(self, _incident_id: str) -> Quiet:
        return Quiet("payment-memory", NOON, self.lost_work)

    def seal(self, incident_id: str, known: LinkCount) -> bool:
        assert known.alarms == 1
        if self.others_were_told:
            return False
        self.is_sealed = True
        self.meanwhile(incident_id)
        return True

    def unseal(self, incident_id: str) -> None:
        self.unsealed.append(incident_id)


@dataclass
class Desk:
    """What clearing works with, and whom it told."""

    links: QuietLinks
    incidents: IncidentStore
    audit: AuditLog
    endings: EndingStore
    dies: bool = False
    told: list[Incident] = field(default_factory=list[Incident])

    def look(self, incident_id: str) -> bool:
        links = cast(LinkStore, self.links)
        clearing = Clearing(self.incidents, links, self.audit, self.endings, self.tell)
        return clearing.look(incident_id)

    def tell(self, incident: Incident) -> None:
        if self.dies:
            raise WorkerDiedError
        self.told.append(incident)

    def lines(self, incident_id: str) -> list[str]:
        return [one.message for one in self.incidents.timeline(incident_id).items]


def a_desk(**changes: Any) -> Desk:  # noqa: ANN401
    chains = cast(Any, MemoryTable(TableSchema(KeySchema("chain", "item_key"))))
    notes = cast(Any, MemoryTable(TableSchema(KeySchema("incident_id", "item_key"))))
    incidents = memory_stores([], ()).incidents
    return Desk(QuietLinks(**changes), incidents, AuditLog(chains), EndingStore(notes))


def an_incident(desk: Desk, status: Status = Status.OPEN) -> str:
    incident = open_incident("Memory is full", "payments", NOON, fingerprint="f")
    if status is not Status.OPEN:
        incident = incident.moved_to(Status.TRIAGING, NOON)
    if status is Status.INVESTIGATING:
        incident = incident.moved_to(status, NOON)
    return desk.incidents.create(incident).incident_id


@pytest.mark.parametrize("status", [Status.OPEN, Status.TRIAGING])
def test_what_nobody_has_begun_is_closed_on_record_and_told_once(status: Status) -> None:
    desk = a_desk()
    incident_id = an_incident(desk, status)

    closed, again = desk.look(incident_id), desk.look(incident_id)

    assert (closed, again) == (True, False)
    assert desk.incidents.get(incident_id).status is Status.CLOSED
    assert [one.incident_id for one in desk.told] == [incident_id]
    entries = desk.audit.entries(incident_id)
    assert [one.kind for one in entries] == [AuditKind.INCIDENT_ENDED]
    assert [one.kind for one in _seals_of(desk, incident_id)] == [AuditKind.SEAL]
    assert desk.links.unsealed == []
    assert not desk.endings.is_open(incident_id)


def test_whose_closing_dies_before_people_are_told_stands_where_the_next_minute_looks() -> None:
    desk = a_desk()
    desk.dies = True
    incident_id = an_incident(desk)

    with pytest.raises(WorkerDiedError):
        desk.look(incident_id)

    assert desk.incidents.get(incident_id).status is Status.CLOSED
    assert desk.endings.is_open(incident_id)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, Status.INVESTIGATING),
        ({"lost_work": True}, Status.OPEN),
        ({"others_were_told": True}, Status.OPEN),
    ],
)
def test_what_was_begun_or_lost_or_rings_anew_stays_open(
    changes: dict[str, bool], status: Status
) -> None:
    desk = a_desk(**changes)
    incident_id = an_incident(desk, status)

    assert not desk.look(incident_id)

    assert desk.incidents.get(incident_id).status is status
    assert not desk.links.is_sealed
    assert desk.told == []
    assert desk.audit.entries(incident_id) == ()
    assert not desk.endings.is_open(incident_id)


def test_who_begins_while_it_is_being_closed_goes_on_and_its_alarms_are_let_in_again() -> None:
    desk = a_desk()
    incident_id = an_incident(desk, Status.TRIAGING)

    def begins(name: str) -> None:
        desk.incidents.update(name, lambda one: one.moved_to(Status.INVESTIGATING, utc_now()))

    desk.links.meanwhile = begins

    assert not desk.look(incident_id)

    assert desk.incidents.get(incident_id).status is Status.INVESTIGATING
    assert desk.links.unsealed == [incident_id]
    assert (desk.told, desk.audit.entries(incident_id)) == ([], ())
    assert not desk.endings.is_open(incident_id)
    assert desk.lines(incident_id)[-1].endswith("the work that has begun (investigating) goes on")


def test_who_closes_it_by_hand_at_that_moment_has_the_last_word() -> None:
    desk = a_desk()
    incident_id = an_incident(desk)

    def closes(name: str) -> None:
        told = {"resolution": "A drill."}
        desk.incidents.update(name, lambda one: one.moved_to(Status.CLOSED, utc_now(), **told))

    desk.links.meanwhile = closes

    assert not desk.look(incident_id)

    assert desk.incidents.get(incident_id).resolution == "A drill."
    assert desk.told == []
    assert desk.lines(incident_id) == []


def _seals_of(desk: Desk, incident_id: str) -> list[Any]:
    found = desk.audit.all_entries().items
    return [one for one in found if one.details.get("chain") == incident_id]
