"""Claims are worth what code finds behind them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itops_core.domain.evidence import Citation, Claim, Evidence, span_of
from itops_core.domain.remediation import Action, PlannedAction, RemediationPlan
from itops_core.domain.reports import Finding, WatchReport
from itops_core.domain.values import sha256_of
from itops_core.domain.verdict import RootCause, Severity, TriageVerdict, Verdict, VerdictOutcome
from itops_core.errors import NotFoundError
from itops_core.reasoning.citations import CitationCheck, verify_claims

MESSAGE = 'said "out of memory"\nand died'
CONTENT = {"lines": [{"message": MESSAGE}], "running_count": 1, "change_id": "ecs-svc/7"}
GOOD = Citation(evidence_id="EV-0000000A", quote='"running_count":1')
MADE_UP = Citation(evidence_id="EV-0000000B", quote="running_count")


def evidence(evidence_id: str = "EV-0000000A", sha256: str = "") -> Evidence:
    return Evidence(
        evidence_id=evidence_id,
        incident_id="INC-0000000A",
        server="monitoring",
        tool="describe_ecs_service",
        arguments={},
        data_source="ecs",
        content=CONTENT,
        sha256=sha256 or sha256_of(CONTENT),
        collected_at=datetime(2026, 11, 20, tzinfo=UTC),
    )


def a_check(*stored: Evidence, recorded: str = "") -> CitationCheck:
    known = {one.evidence_id: one for one in stored or (evidence(),)}

    def load(evidence_id: str) -> Evidence:
        if evidence_id not in known:
            raise NotFoundError(evidence_id)
        return known[evidence_id]

    return CitationCheck(load, {name: recorded or sha256_of(CONTENT) for name in known})


def a_verdict(*claims: Claim, change_id: str | None = None) -> Verdict:
    return Verdict(
        outcome=VerdictOutcome.FOUND,
        root_cause=RootCause(component="cart", fault="disk_full", mechanism="It is full."),
        confidence=0.9,
        summary="The disk is full.",
        claims=claims,
        change_id=change_id,
        reasoner="claude",
    )


def verified(verdict: Verdict, check: CitationCheck | None = None) -> Verdict:
    answer = verify_claims(verdict, check or a_check())
    assert isinstance(answer, Verdict)
    return answer


def test_a_verdict_whose_citations_resolve_stays_as_it_is() -> None:
    placed = GOOD.model_copy(update={"span": span_of(GOOD.quote, evidence().text)})
    verdict = a_verdict(Claim(text="One runs.", citations=(placed,)), change_id="ecs-svc/7")

    assert verified(verdict) == verdict


def test_code_says_where_a_quote_stands_whatever_the_model_says() -> None:
    elsewhere = GOOD.model_copy(update={"span": (0, 3)})

    (claim,) = verified(a_verdict(Claim(text="One runs.", citations=(elsewhere,)))).claims

    (citation,) = claim.citations
    assert citation.span is not None
    start, end = citation.span
    assert evidence().text.encode()[start:end] == GOOD.quote.encode()


def test_a_quote_as_people_read_it_resolves_against_the_json() -> None:
    cited = Citation(evidence_id="EV-0000000A", quote=MESSAGE)

    answer = verified(a_verdict(Claim(text="It died.", citations=(cited,))))

    quote = answer.claims[0].citations[0].quote
    assert quote in evidence().text


def test_half_of_the_citations_made_up_takes_a_quarter_of_the_confidence() -> None:
    claims = (Claim(text="One runs.", citations=(GOOD,)), Claim(text="So.", citations=(MADE_UP,)))

    answer = verified(a_verdict(*claims))

    assert [claim.text for claim in answer.claims] == ["One runs."]
    assert answer.confidence == pytest.approx(0.9 * 0.75)
    assert answer.outcome is VerdictOutcome.FOUND


def test_a_claim_that_names_no_evidence_weighs_as_one_that_was_made_up() -> None:
    claims = (Claim(text="One runs.", citations=(GOOD,)), Claim(text="So.", citations=()))

    answer = verified(a_verdict(*claims))

    assert [claim.text for claim in answer.claims] == ["One runs."]
    assert answer.confidence == pytest.approx(0.9 * 0.75)


@pytest.mark.parametrize(
    "claims",
    [
        (),
        (Claim(text="So.", citations=()),),
        (Claim(text="So.", citations=(MADE_UP,)),),
        (Claim(text="So.", citations=(GOOD.model_copy(update={"quote": "never said"}),)),),
        (Claim(text="So.", citations=(GOOD.model_copy(update={"quote": "1"}),)),),
    ],
    ids=["no claim", "no citation", "no such evidence", "no such words", "too short to tell"],
)
def test_nothing_provable_means_nothing_found(claims: tuple[Claim, ...]) -> None:
    answer = verified(a_verdict(*claims, change_id="ecs-svc/7"))

    assert answer.outcome is VerdictOutcome.UNRESOLVED
    assert answer.root_cause is None
    assert answer.change_id is None
    assert answer.confidence <= 0.3


def test_nothing_is_healthy_without_proof_either() -> None:
    healthy = a_verdict().model_copy(update={"outcome": VerdictOutcome.HEALTHY, "root_cause": None})

    assert verified(healthy).outcome is VerdictOutcome.UNRESOLVED


@pytest.mark.parametrize(
    "check",
    [
        a_check(evidence(sha256="0" * 64), recorded="0" * 64),
        a_check(evidence(), recorded="1" * 64),
    ],
    ids=["altered", "replaced"],
)
def test_evidence_that_is_not_what_was_recorded_proves_nothing(check: CitationCheck) -> None:
    claim = Claim(text="One runs.", citations=(GOOD,))

    assert verified(a_verdict(claim), check).claims == ()


def test_a_change_that_no_evidence_mentions_is_not_blamed() -> None:
    claim = Claim(text="One runs.", citations=(GOOD,))

    assert verified(a_verdict(claim, change_id="ecs-svc/8")).change_id is None


def test_a_triage_loses_what_it_made_up() -> None:
    triage = TriageVerdict(
        severity="high",  # type: ignore[arg-type]
        summary="Bad.",
        claims=(Claim(text="So.", citations=(MADE_UP,)),),
        reasoner="claude",
    )

    answer = verify_claims(triage, a_check())

    assert isinstance(answer, TriageVerdict)
    assert answer.claims == ()


def test_a_round_of_watching_loses_the_findings_that_nothing_proves() -> None:
    proven = Claim(text="One runs.", citations=(GOOD,))
    made_up = Claim(text="So.", citations=(MADE_UP,))
    findings = (
        Finding(component="cart", severity=Severity.HIGH, claim=proven, more=(made_up,)),
        Finding(component="orders", severity=Severity.HIGH, claim=made_up, more=(proven,)),
    )

    answer = verify_claims(
        WatchReport(summary="Two.", findings=findings, reasoner="claude"), a_check()
    )

    assert isinstance(answer, WatchReport)
    assert [(one.component, one.more) for one in answer.findings] == [("cart", ())]


def test_a_plan_keeps_its_actions_and_loses_confidence_with_what_it_made_up() -> None:
    plan = RemediationPlan(
        incident_id="INC-0000000A",
        round=1,
        actions=(
            PlannedAction(
                action=Action(name="restart_ecs_service"), reason="So.", citations=(MADE_UP,)
            ),
        ),
        rationale="So.",
        confidence=0.8,
        reasoner="claude",
    )

    answer = verify_claims(plan, a_check())

    assert isinstance(answer, RemediationPlan)
    assert answer.actions[0].citations == ()
    assert answer.confidence == pytest.approx(0.4)


@given(st.lists(st.sampled_from([GOOD, MADE_UP]), min_size=1, max_size=12))
def test_confidence_never_rises_and_never_falls_below_half(citations: list[Citation]) -> None:
    claims = tuple(Claim(text="So.", citations=(one,)) for one in citations)

    answer = verified(a_verdict(*claims))

    assert answer.confidence <= 0.9
    if GOOD in citations:
        assert answer.confidence >= 0.45
        assert all(
            one.evidence_id == GOOD.evidence_id for c in answer.claims for one in c.citations
        )
