"""What people were told, and taking an incident on, over the API."""

import pytest

from itops_core.wiring import stores
from tests.support.calls import Answer, call

pytest_plugins = ("tests.emulator",)
pytestmark = pytest.mark.usefixtures("process")

NEW = {"title": "Nobody can pay", "affected_services": ["payment-service"], "severity": "critical"}


def opened() -> str:
    return call("POST", "/incidents", NEW).json["incident_id"]


def listed(**query: object) -> Answer:
    return call("GET", "/notifications", query=query)


def test_what_people_are_told_is_listed_newest_first_in_pages() -> None:
    first, second = opened(), opened()

    page = listed(limit=1).json
    rest = listed(limit=5, cursor=page["cursor"]).json

    told = [(one["incident_id"], one["occasion"]) for one in (*page["items"], *rest["items"])]
    assert told == [(second, "critical"), (first, "critical")]
    assert rest["cursor"] is None


def test_of_one_incident_everything_is_listed_and_of_none_nothing() -> None:
    incident_id = opened()
    opened()

    shown = listed(incident_id=incident_id).json["items"]

    assert [one["incident_id"] for one in shown] == [incident_id]
    assert shown[0]["status"] == "undelivered"
    assert listed(incident_id="INC-00000000").json["items"] == []


@pytest.mark.parametrize(
    "query", [{"cursor": "nonsense"}, {"limit": 0}, {"incident_id": "payment"}, {"x": 1}]
)
def test_a_question_that_cannot_be_meant_is_refused(query: dict[str, object]) -> None:
    assert listed(**query).status == 422


def test_who_takes_an_incident_on_stands_on_it_and_on_its_timeline() -> None:
    incident_id = opened()

    answers = [call("POST", f"/incidents/{incident_id}/acknowledge", {}) for _ in range(2)]

    assert [answer.status for answer in answers] == [200, 200]
    taken = answers[0].json["acknowledgement"]
    assert taken == answers[1].json["acknowledgement"]
    lines = [one.kind for one in stores.incidents().timeline(incident_id).items]
    assert lines.count("acknowledged") == 1


def test_what_is_over_or_unknown_is_taken_on_by_nobody() -> None:
    incident_id = opened()
    call("POST", f"/incidents/{incident_id}/resolve", {"resolution": "done"})

    assert call("POST", f"/incidents/{incident_id}/acknowledge", {}).status == 409
    assert call("POST", "/incidents/INC-00000000/acknowledge", {}).status == 404


def test_a_viewer_reads_and_takes_nothing_on() -> None:
    incident_id = opened()

    assert call("GET", "/notifications", role="viewer").status == 200
    refused = call("POST", f"/incidents/{incident_id}/acknowledge", {}, role="viewer")
    assert refused.status == 403
