"""Knowledge over the API: edited one at a time, withdrawn and restored, trusted for a reason."""

from typing import Any

import pytest

from itops_core.domain.audit import AuditKind
from itops_core.domain.catalog import Article
from itops_core.domain.grade import Mark
from itops_core.domain.incident import Incident
from itops_core.domain.past import Hint, Past
from itops_core.domain.people import Caller, Role
from itops_core.domain.values import utc_now
from itops_core.wiring import stores
from itops_core.workflow.grading import Grader
from itops_core.workflow.learning import article_id_of
from tests.support.api_calls import answer_of
from tests.unit.cli_incidents import a_resolved_incident

pytest_plugins = ("tests.emulator",)
pytestmark = pytest.mark.usefixtures("process")
ANN = Caller(name="ann", role=Role.RESPONDER)


@pytest.fixture
def responder() -> str:
    return stores.tokens().create("ann", Role.RESPONDER)


@pytest.fixture
def article() -> Article:
    known = Article(article_id="KB-1", title="Pool is empty", symptoms="timeouts", trust_percent=40)
    return stores.knowledge().put(known)


def _edit(article: dict[str, Any], **changes: object) -> dict[str, Any]:
    names = ("title", "services", "symptoms", "cause", "fix", "body", "trust_percent", "version")
    return {**{name: article[name] for name in names}, **changes}


def test_an_edit_holds_and_the_one_made_of_the_old_text_is_told_so(
    responder: str, article: Article
) -> None:
    seen = answer_of("GET", "/knowledge/KB-1", token=responder)[1]["article"]
    first, second = _edit(seen, cause="a leak"), _edit(seen, cause="a loop")

    status, edited = answer_of("PUT", "/knowledge/KB-1", first, token=responder)
    refused, told = answer_of("PUT", "/knowledge/KB-1", second, token=responder)

    assert (status, edited["cause"], edited["version"]) == (200, "a leak", article.version + 1)
    assert refused == 409
    assert "changed meanwhile" in told["detail"]
    assert stores.knowledge().get("KB-1").cause == "a leak"


def test_trust_that_is_set_by_hand_says_so_in_its_history(responder: str, article: Article) -> None:
    changes = _edit(article.model_dump(mode="json"), trust_percent=75, reason="seen twice since")

    edited = answer_of("PUT", "/knowledge/KB-1", changes, token=responder)[1]

    (moved,) = edited["trust_history"]
    assert (moved["was_percent"], moved["percent"], moved["by"]) == (40, 75, "ann")
    assert moved["why"] == "seen twice since"


def test_what_is_withdrawn_is_found_by_no_agent_until_it_is_restored(
    responder: str, article: Article
) -> None:
    why = {"reason": "no longer so"}

    gone = answer_of("POST", "/knowledge/KB-1/withdraw", why, token=responder)[1]
    again = answer_of("POST", "/knowledge/KB-1/withdraw", why, token=responder)[1]
    found = stores.knowledge().search("timeouts")
    listed = answer_of("GET", "/knowledge", token=responder)[1]["items"]
    kept = answer_of("GET", "/knowledge?withdrawn=true", token=responder)[1]["items"]
    back = answer_of("POST", "/knowledge/KB-1/restore", {"reason": "it is"}, token=responder)[1]

    assert (gone["withdrawn"]["by"], gone["withdrawn"]["reason"]) == ("ann", "no longer so")
    assert again["version"] == gone["version"]
    assert (found, listed) == ((), [])
    assert [one["article_id"] for one in kept] == ["KB-1"]
    assert back["withdrawn"] is None
    assert stores.knowledge().search("timeouts")
    entries = stores.audit().all_entries().items
    said = [one.message for one in entries if one.kind is AuditKind.KNOWLEDGE]
    assert said == ["KB-1 withdrawn: Pool is empty", "KB-1 restored: Pool is empty"]


def test_a_grade_moves_the_trust_and_is_remembered_once(responder: str, article: Article) -> None:
    incident = stores.incidents().create(a_resolved_incident())
    name = article_id_of(incident.incident_id)
    stores.knowledge().put(article.model_copy(update={"article_id": name}))
    grader = Grader(stores.incidents(), stores.knowledge())

    for _ in range(2):
        grader.grade(incident.incident_id, ANN, Mark.RIGHT)
    told = answer_of("GET", f"/knowledge/{name}", token=responder)[1]

    (moved,) = told["article"]["trust_history"]
    assert (moved["was_percent"], moved["percent"], moved["why"]) == (40, 80, "graded right")
    assert (moved["by"], moved["incident_id"]) == ("ann", incident.incident_id)
    assert told["trusted_now_percent"] == 80


def test_where_an_article_was_used_is_told(responder: str, article: Article) -> None:
    hint = Hint(kind="article", source_id="KB-1", title="x", score=2.5, trust_percent=40)
    past = Past(taken_at=utc_now(), hints=(hint,))
    used: Incident = a_resolved_incident().model_copy(update={"past": past})
    stores.incidents().create(used)

    told = answer_of("GET", f"/knowledge/{article.article_id}", token=responder)[1]

    (use,) = told["used_in"]
    assert (use["incident_id"], use["score"]) == (used.incident_id, 2.5)
    assert told["looked_at"] == 1


def test_runbooks_and_unknown_articles_and_viewers_are_refused_in_words(
    responder: str, article: Article
) -> None:
    stores.knowledge().put(article.model_copy(update={"article_id": "RB-1", "kind": "runbook"}))
    changes = _edit(article.model_dump(mode="json"), cause="other")
    viewer = stores.tokens().create("vic", Role.VIEWER)

    runbook = answer_of("PUT", "/knowledge/RB-1", changes, token=responder)

    assert runbook[0] == 409
    assert "runbooks/" in runbook[1]["detail"]
    assert answer_of("PUT", "/knowledge/KB-none", changes, token=responder)[0] == 404
    assert answer_of("GET", "/knowledge/KB-none", token=responder)[0] == 404
    assert answer_of("PUT", "/knowledge/KB-1", changes, token=viewer)[0] == 403
    assert answer_of("POST", "/knowledge/KB-1/withdraw", {"reason": "x"}, token=viewer)[0] == 403
