"""What leaves the system: tickets, GitHub issues and pages, each through the write gate, once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from itops_core.domain.incident import Incident, Status, open_incident
from itops_core.domain.notification import Notification, Occasion
from itops_core.domain.ticket import Ticket
from itops_core.domain.verdict import Severity
from itops_core.errors import InvalidInputError
from itops_core.stores.incidents import IncidentStore
from itops_core.stores.notifications import NotificationStore
from itops_core.stores.tickets import TicketStore
from itops_core.tools.in_memory import InMemoryToolGateway
from itops_core.workflow.channels.github_issues import GitHubIssues
from tests.support.accounts import Account, Tables
from tests.support.github_api import REPOSITORY, TOKEN, GitHub, github_api
from tests.support.tool_servers import Writable, answered, incident_server, refused

pytest_plugins = ("tests.emulator",)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEY = "the-same-message"
WORDS = {"title": "Payments fail", "body": "Tasks are killed for memory."}
MESSAGES: dict[str, dict[str, Any]] = {
    "create_ticket": WORDS,
    "create_github_issue": WORDS,
    "publish_sns_escalation": {"message": "Nobody is at it."},
}


@dataclass(frozen=True)
class World:
    """An incident, a repository, a pager, and a gate that is open to the last stage."""

    account: Account
    tables: Tables
    incident: Incident
    github: GitHub
    may: Writable
    servers: dict[Writable, InMemoryToolGateway] = field(default_factory=dict)

    @property
    def incidents(self) -> IncidentStore:
        return IncidentStore(self.tables.incidents)

    @property
    def tickets(self) -> tuple[Ticket, ...]:
        return TicketStore(self.tables.incidents).for_incident(self.incident.incident_id)

    def server(self, **changes: Any) -> InMemoryToolGateway:  # noqa: ANN401
        may = replace(self.may, **changes)
        if may not in self.servers:
            self.servers[may] = InMemoryToolGateway(incident_server(self.account, may))
        return self.servers[may]

    def given(self, tool: str, **other: Any) -> dict[str, Any]:  # noqa: ANN401
        known = {"incident_id": self.incident.incident_id, "key": KEY, **MESSAGES[tool]}
        return {**known, **other}

    def sent(
        self,
        tool: str,
        words: dict[str, Any] | None = None,
        **changes: Any,  # noqa: ANN401
    ) -> dict[str, Any]:
        return answered(self.server(**changes), tool, **self.given(tool, **(words or {})))

    def pages(self) -> tuple[Notification, ...]:
        store = NotificationStore(self.tables.incidents)
        return store.for_incident(self.incident.incident_id)

    def is_untouched(self) -> bool:
        timeline = self.incidents.timeline(self.incident.incident_id).items
        kept = self.tables.runtime.scan()["Items"]
        return not (self.github.issues or self.pages() or self.tickets or kept or timeline)


@pytest.fixture
def world(account: Account, tables: Tables) -> Iterator[World]:
    opened = open_incident("Payments fail", "payment-service", NOON, fingerprint="a")
    rated = opened.model_copy(update={"severity": Severity.HIGH})
    incident = IncidentStore(tables.incidents).create(rated)
    with github_api() as github:
        issues = GitHubIssues(REPOSITORY, github.base_url, lambda: TOKEN)
        yield World(account, tables, incident, github, Writable(github=issues))


# --- what the gate refuses


CLOSED: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"switch_on": False}, "kill-switch", "the test says so"),
    ({"mode": "briefing"}, "mode-allow-list", "briefing may not use"),
    ({"mode": "nonsense"}, "mode-allow-list", "nonsense may not use"),
    ({"allow_writes": False}, "allow-writes", "allow_writes is off"),
)


def test_a_message_is_refused_by_each_stage_of_the_gate_and_leaves_nothing(world: World) -> None:
    for tool in MESSAGES:
        for closed, rule, why in CLOSED:
            answer = world.sent(tool, **closed)

            assert (answer["outcome"], answer["rules"]) == ("refused", [rule])
            assert not answer["changed"]
            assert why in answer["reason"]
    assert world.is_untouched()


PAGE, TICKET, ISSUE = "publish_sns_escalation", "create_ticket", "create_github_issue"
SECRET_TICKET = {"body": "AKIAIOSFODNN7EXAMPLE", "provider": "github"}
OUT_OF_POLICY: tuple[tuple[str, Status, Severity, dict[str, str], str], ...] = (
    (PAGE, Status.RESOLVED, Severity.HIGH, {}, "nobody-is-paged-for-what-is-over"),
    (PAGE, Status.OPEN, Severity.LOW, {}, "low-severity-pages-nobody"),
    (TICKET, Status.DUPLICATE, Severity.HIGH, {}, "duplicates-have-no-issue"),
    (ISSUE, Status.DUPLICATE, Severity.HIGH, {}, "duplicates-have-no-issue"),
    (ISSUE, Status.OPEN, Severity.HIGH, {"body": "password=hunter22"}, "no-secret-leaves"),
    (TICKET, Status.OPEN, Severity.HIGH, SECRET_TICKET, "no-secret-leaves"),
)


def test_policy_refuses_what_should_not_leave(world: World) -> None:
    for tool, status, severity, words, rule in OUT_OF_POLICY:
        known = world.incidents.get(world.incident.incident_id)
        world.incidents.save(known.model_copy(update={"severity": severity, "status": status}))

        answer = world.sent(tool, words)

        assert answer["outcome"] == "refused"
        assert rule in answer["rules"]
        assert answer["reason"]
    assert world.is_untouched()


def test_after_so_many_messages_people_know(world: World) -> None:
    server = world.server(messages_per_incident=3)

    def ticket(number: int) -> str:
        given = world.given("create_ticket", key=f"ticket number {number}")
        return answered(server, "create_ticket", **given)["outcome"]

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(ticket, range(8)))

    assert sorted(outcomes) == ["refused"] * 5 + ["sent"] * 3
    assert len(world.tickets) == 3


# --- what it lets through


def test_a_ticket_is_kept_once_with_its_incident(world: World) -> None:
    first, second = (world.sent("create_ticket") for _ in range(2))

    (kept,) = world.tickets
    assert first["ticket_id"] == second["ticket_id"] == kept.ticket_id
    assert (first["changed"], second["changed"]) == (True, False)
    assert (kept.title, kept.priority, kept.provider) == ("Payments fail", Severity.HIGH, "itops")
    (event,) = world.incidents.timeline(world.incident.incident_id).items
    assert (event.kind, kept.ticket_id in event.message) == ("message", True)
    assert world.incidents.list().items == (world.incident,), "a ticket is no incident"


def test_an_issue_is_opened_once_also_by_many_callers_at_once(world: World) -> None:
    server = world.server()
    given = world.given("create_github_issue", labels=["payments"])

    def opened(_: int) -> dict[str, Any]:
        return answered(server, "create_github_issue", **given)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(opened, range(6)))
    again = opened(0)

    (issue,) = world.github.issues
    assert issue["title"] == "Payments fail"
    assert world.incident.incident_id in issue["body"]
    assert [label["name"] for label in issue["labels"]] == ["itops", "payments"]
    assert {answer["outcome"] for answer in answers} <= {"sent", "busy"}
    assert [answer["changed"] for answer in answers].count(True) == 1
    assert (again["url"], again["number"], again["changed"]) == (issue["html_url"], 1, False)


def test_an_issue_that_a_lost_answer_hid_is_found_and_not_opened_again(world: World) -> None:
    world.github.faults = [502]

    lost = world.sent("create_github_issue")
    found = world.sent("create_github_issue")

    assert lost["outcome"] == "failed"
    assert lost["reason"] == "GitHub refused it (502); call again with the same key"
    assert (found["outcome"], found["number"]) == ("sent", 1)
    assert len(world.github.issues) == 1


def test_a_ticket_may_have_an_issue_too(world: World) -> None:
    answer = world.sent("create_ticket", {"provider": "github"})

    (kept,) = world.tickets
    assert (kept.url, kept.reference, kept.provider) == (answer["url"], "1", "github")
    assert world.github.issues[0]["html_url"] == kept.url


def test_people_are_paged_once_and_without_secrets(world: World) -> None:
    message = "look at token=abcdef0123456789abcd\u202e now"

    answers = [world.sent("publish_sns_escalation", {"message": message}) for _ in range(2)]

    (page,) = world.pages()
    assert [answer["outcome"] for answer in answers] == ["sent", "sent"]
    assert page.occasion is Occasion.PAGE
    assert "abcdef0123456789" not in page.model_dump_json()
    assert "\u202e" not in page.model_dump_json()


def test_the_same_key_with_other_words_is_a_mistake_and_so_is_an_unknown_incident(
    world: World,
) -> None:
    world.sent("create_ticket")

    other = world.given("create_ticket", title="Something else")
    assert "another key" in refused(world.server(), "create_ticket", **other)
    for tool in MESSAGES:
        nobody = world.given(tool, incident_id="INC-00000000", key="another message")
        assert "list_incidents" in refused(world.server(), tool, **nobody)


# --- when the other side fails


def _no_token() -> str:
    raise InvalidInputError("no GitHub token: ITOPS_GITHUB_TOKEN_SECRET names no secret")


def test_a_channel_that_fails_says_so_and_may_be_tried_again(world: World) -> None:
    address = world.github.base_url
    failing = {
        "no GitHub repository is set up": None,
        "out of reach": GitHubIssues(REPOSITORY, "http://127.0.0.1:1", lambda: TOKEN),
        "refused it (404)": GitHubIssues("shop/nothing", address, lambda: TOKEN),
        "refused it (401)": GitHubIssues(REPOSITORY, address, lambda: "wrong"),
        "names no secret": GitHubIssues(REPOSITORY, address, _no_token),
    }

    for why, github in failing.items():
        answer = world.sent("create_github_issue", github=github)
        assert (answer["outcome"], why in answer["reason"]) == ("failed", True), answer

    assert world.sent("create_github_issue")["outcome"] == "sent"
