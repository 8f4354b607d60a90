"""A person's mark on a verdict counts once, is on record, and moves trust in what was learned."""

from datetime import timedelta

import pytest

from incident_closer.handler import handler
from itops_core.domain.audit import AuditKind
from itops_core.domain.catalog import Article
from itops_core.domain.evidence import Citation, Claim
from itops_core.domain.grade import Mark
from itops_core.domain.incident import Incident, Status, open_incident
from itops_core.domain.people import Caller, Role
from itops_core.domain.values import utc_now
from itops_core.domain.verdict import RootCause, Severity, Verdict, VerdictOutcome
from itops_core.errors import ConflictError, NotFoundError
from itops_core.stores.knowledge import ranked, trust_in
from itops_core.wiring import stores
from itops_core.wiring.workflow import grader
from tests.support.calls import Context

pytest_plugins = ("tests.emulator",)
pytestmark = pytest.mark.usefixtures("process")
ANN = Caller(name="ann", role=Role.RESPONDER)


def investigated(outcome: VerdictOutcome = VerdictOutcome.FOUND) -> Incident:
    at = utc_now()
    incident = open_incident(
        "Payments fail", "payment", at, fingerprint="f", severity=Severity.HIGH
    )
    for status in (Status.TRIAGING, Status.INVESTIGATING, Status.REMEDIATING, Status.VERIFYING):
        incident = incident.moved_to(status, at)
    cause = RootCause(component="payment", fault="out_of_memory", mechanism="it leaks")
    citation = Citation(evidence_id="EV-0000000A", quote="OOM")
    verdict = Verdict(
        outcome=outcome,
        root_cause=cause if outcome is VerdictOutcome.FOUND else None,
        confidence=0.9,
        summary="payment runs out of memory",
        claims=(Claim(text="it was killed", citations=(citation,)),),
        reasoner="offline",
    )
    return stores.incidents().create(incident.changed(at, verdict=verdict))


def ended(operation: str, reason: str, outcome: VerdictOutcome = VerdictOutcome.FOUND) -> Incident:
    incident = investigated(outcome)
    event = {"operation": operation, "incident_id": incident.incident_id, "reason": reason}
    handler(event, Context())  # type: ignore[arg-type]
    return stores.incidents().get(incident.incident_id)


def article_of(incident: Incident) -> Article:
    return stores.knowledge().get(f"KB-{incident.incident_id}")


@pytest.mark.parametrize(
    ("mark", "percent", "trust"),
    [(Mark.RIGHT, 100, 80), (Mark.PARTLY, 65, 35), (Mark.BARELY, 35, 15), (Mark.WRONG, 0, 0)],
)
def test_a_mark_grades_the_verdict_and_moves_trust(mark: Mark, percent: int, trust: int) -> None:
    incident = ended("close", "recovered")
    assert article_of(incident).trust_percent == 40

    marked = grader().grade(incident.incident_id, ANN, mark)

    assert marked.grade is not None
    assert marked.grade.percent == percent
    assert article_of(incident).trust_percent == trust


def test_the_same_mark_twice_counts_once_and_another_one_takes_its_place() -> None:
    incident = ended("close", "recovered")

    first = grader().grade(incident.incident_id, ANN, Mark.RIGHT)
    again = grader().grade(incident.incident_id, ANN, Mark.RIGHT)
    grader().grade(incident.incident_id, ANN, Mark.WRONG)

    assert again == first
    assert article_of(incident).trust_percent == 0
    entries = stores.audit().entries(incident.incident_id)
    marks = [entry.details["mark"] for entry in entries if entry.kind is AuditKind.GRADE]
    assert marks == ["right", "wrong"]


def test_closing_again_does_not_undo_what_a_person_said() -> None:
    incident = ended("close", "recovered")
    grader().grade(incident.incident_id, ANN, Mark.RIGHT)

    event = {"operation": "close", "incident_id": incident.incident_id, "reason": "recovered"}
    handler(event, Context())  # type: ignore[arg-type]

    assert article_of(incident).trust_percent == 80


def test_an_escalated_incident_leaves_no_article_until_a_person_names_its_cause() -> None:
    incident = ended("escalate", "unresolved", VerdictOutcome.UNRESOLVED)
    in_vain = ended("escalate", "exhausted")
    for one in (incident, in_vain):
        with pytest.raises(NotFoundError):
            article_of(one)

    grader().grade(incident.incident_id, ANN, Mark.WRONG, "the certificate had expired")

    article = article_of(incident)
    assert (article.cause, article.fix) == ("the certificate had expired", "")
    assert article.trust_percent == 60


def test_a_correction_takes_the_place_of_a_wrong_cause_and_of_its_remedy() -> None:
    incident = ended("close", "recovered")

    grader().grade(incident.incident_id, ANN, Mark.PARTLY, "a leak in the new cache")

    article = article_of(incident)
    assert article.cause == "a leak in the new cache"
    assert "restart" not in article.fix


def test_a_correction_that_is_taken_back_leaves_no_lesson() -> None:
    incident = ended("close", "recovered")
    first = article_of(incident)
    grader().grade(incident.incident_id, ANN, Mark.PARTLY, "a leak in the new cache")

    grader().grade(incident.incident_id, ANN, Mark.RIGHT)

    article = article_of(incident)
    assert (article.cause, article.fix, article.body) == (first.cause, first.fix, first.body)
    assert article.trust_percent == 80
    assert len(article.trust_history) == 2


@pytest.mark.parametrize("mark", [Mark.RIGHT, Mark.PARTLY])
def test_a_verdict_that_names_no_cause_is_not_right_about_it_unless_a_person_says_how(
    mark: Mark,
) -> None:
    incident = ended("escalate", "unresolved", VerdictOutcome.UNRESOLVED)

    with pytest.raises(ConflictError, match="names no cause"):
        grader().grade(incident.incident_id, ANN, mark)
    assert stores.incidents().get(incident.incident_id).grade is None

    grader().grade(incident.incident_id, ANN, mark, "the certificate had expired")

    article = article_of(incident)
    assert (article.cause, article.trust_percent) == ("the certificate had expired", 60)


def test_what_is_not_over_or_was_never_judged_cannot_be_graded() -> None:
    running = investigated()
    unjudged = stores.incidents().create(
        open_incident("x", "s", utc_now(), fingerprint="g", status=Status.FAILED)
    )

    for incident in (running, unjudged):
        with pytest.raises(ConflictError, match="nothing to grade"):
            grader().grade(incident.incident_id, ANN, Mark.RIGHT)


def test_trust_fades_with_age_and_what_people_keep_up_does_not() -> None:
    at = utc_now()
    learned = Article(article_id="KB-1", title="memory full", trust_percent=80, learned_at=at)
    kept = learned.model_copy(update={"learned_at": None})

    assert trust_in(learned, at) == 80
    assert trust_in(learned, at + timedelta(days=182)) == pytest.approx(40)
    assert trust_in(kept, at + timedelta(days=999)) == 80


def test_what_a_person_found_wrong_is_found_by_nobody() -> None:
    wrong = Article(article_id="KB-1", title="memory full", trust_percent=0)
    right = Article(article_id="KB-2", title="memory full", trust_percent=30)

    assert [article.article_id for article, _ in ranked([wrong, right], "memory full")] == ["KB-2"]
