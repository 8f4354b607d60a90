"""What people should know and nobody could tell them is found within a minute, and told once."""

from datetime import timedelta

import pytest
from botocore.exceptions import ConnectTimeoutError

from itops_core.domain.incident import Incident, Status, open_incident
from itops_core.domain.notification import Notification, Occasion
from itops_core.domain.people import Caller, Role
from itops_core.domain.remediation import Approval, HumanDecision
from itops_core.domain.values import utc_now
from itops_core.domain.verdict import Severity
from itops_core.settings import places
from itops_core.stores.notifications import NotificationStore
from itops_core.wiring import stores
from itops_core.wiring.clients import table
from itops_core.wiring.workflow import pager
from itops_core.workflow.notifications import Notifications
from itops_core.workflow.untold import Untold
from reconciler.upkeep import upkeep
from tests.support.values import an_approval

pytest_plugins = ("tests.emulator",)
pytestmark = pytest.mark.usefixtures("process")


def told(incident_id: str) -> list[tuple[Occasion, str]]:
    found = stores.notifications().for_incident(incident_id)
    return sorted((one.occasion, one.key) for one in found)


def an_incident(*way: Status, severity: Severity | None = None, hours: float = 0.1) -> Incident:
    at = utc_now() - timedelta(hours=hours)
    incident = open_incident("Nobody can pay", "payment", at, fingerprint="f", severity=severity)
    for status in way:
        incident = incident.moved_to(status, at)
    return stores.incidents().create(incident)


def a_question() -> Approval:
    now = utc_now()
    approval = an_approval(now)
    incident = open_incident("Nobody can pay", "payment", now, fingerprint="f")
    for status in (Status.TRIAGING, Status.INVESTIGATING, Status.AWAITING_APPROVAL):
        incident = incident.moved_to(status, now)
    changes = {"incident_id": approval.incident_id, "approval_id": approval.approval_id}
    stores.incidents().create(incident.model_copy(update=changes))
    return stores.approvals().create(approval)


def test_a_question_that_was_told_to_nobody_is_told_by_the_next_minute_and_once() -> None:
    asked = a_question()

    late = [upkeep().untold.tell() for _ in range(3)]

    assert late == [1, 0, 0]
    assert told(asked.incident_id) == [(Occasion.APPROVAL, asked.approval_id)]
    (message,) = stores.notifications().for_incident(asked.incident_id)
    assert f"itops approvals approve {asked.approval_id}" in message.model_dump_json()


def test_a_question_that_is_decided_is_told_to_nobody() -> None:
    asked = a_question()
    word = HumanDecision(
        decided_by="ann", role="approver", approved=False, reason="no", decided_at=utc_now()
    )
    stores.approvals().decide(asked.approval_id, word)

    assert upkeep().untold.tell() == 0
    assert told(asked.incident_id) == []


def test_a_question_about_what_is_over_is_told_to_nobody() -> None:
    asked = a_question()
    stores.incidents().update(
        asked.incident_id,
        lambda one: one.moved_to(Status.RESOLVED, utc_now(), resolution="by hand"),
    )

    assert upkeep().untold.tell() == 0
    assert told(asked.incident_id) == []


def test_a_critical_incident_of_which_nobody_heard_is_paged_unless_somebody_has_it() -> None:
    unheard = an_incident(Status.TRIAGING, severity=Severity.CRITICAL)
    taken = an_incident(Status.TRIAGING, severity=Severity.CRITICAL)
    high = an_incident(Status.TRIAGING, severity=Severity.HIGH)
    pager().acknowledge(taken.incident_id, Caller(name="ann", role=Role.RESPONDER))

    assert [upkeep().untold.tell() for _ in range(2)] == [1, 0]
    assert told(unheard.incident_id) == [(Occasion.CRITICAL, "")]
    assert told(taken.incident_id) == told(high.incident_id) == []


@pytest.mark.parametrize("status", [Status.ESCALATED, Status.FAILED])
def test_an_incident_that_people_were_handed_unheard_is_told_and_an_old_one_is_not(
    status: Status,
) -> None:
    unheard = an_incident(Status.TRIAGING, status)
    old = an_incident(Status.TRIAGING, status, hours=2)

    assert [upkeep().untold.tell() for _ in range(2)] == [1, 0]
    assert told(unheard.incident_id) == [(Occasion(status.value), "")]
    assert told(old.incident_id) == []


class Refusing(NotificationStore):
    """Cannot be written to."""

    def create(self, notification: Notification) -> bool:
        raise ConnectTimeoutError(endpoint_url=notification.notification_id)


def test_what_cannot_be_stored_this_minute_either_is_told_by_a_later_one() -> None:
    asked = a_question()
    refusing = Refusing(table(places()["INCIDENTS_TABLE"]))
    refused = Notifications(refusing, lambda _incident_id: None)

    late = Untold(stores.incidents(), stores.approvals(), refused).tell()

    assert (late, told(asked.incident_id)) == (0, [])
    assert upkeep().untold.tell() == 1
