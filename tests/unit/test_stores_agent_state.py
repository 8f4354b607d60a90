"""Steps and evidence: append-only, kept whole, safe to store twice."""

from datetime import UTC, datetime, timedelta

import pytest

from itops_core.domain.evidence import Evidence
from itops_core.domain.investigation import Agent, Step, Turn
from itops_core.domain.values import derived_id, sha256_of
from itops_core.errors import InvalidInputError, NotFoundError
from itops_core.stores.agent_state import AgentStateStore, EvidenceBucket
from tests.support.accounts import Account, Tables

pytest_plugins = ("tests.emulator",)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
INCIDENT = "INC-0000000A"


@pytest.fixture
def store(tables: Tables, account: Account) -> AgentStateStore:
    s3 = account.client("s3")
    bucket = f"evidence-{account.account_id}"
    s3.create_bucket(Bucket=bucket)
    return AgentStateStore(tables.agent_state, EvidenceBucket(s3, bucket))


def a_step(number: int, thought: str = "look") -> Step:
    return Step(
        incident_id=INCIDENT,
        number=number,
        agent=Agent.ROOT_CAUSE,
        round=1,
        turn=Turn(thought=thought, reasoner="offline"),
        started_at=NOON,
        duration_ms=5,
    )


def some_evidence(content: dict[str, object], call: int = 0) -> Evidence:
    return Evidence(
        evidence_id=derived_id("EV", INCIDENT, 1, call),
        incident_id=INCIDENT,
        server="monitoring",
        tool="get_metrics",
        arguments={"metric": "CPUUtilization"},
        data_source="cloudwatch",
        content=content,
        sha256=sha256_of(content),
        collected_at=NOON + timedelta(seconds=call),
    )


def test_a_step_number_is_taken_once_and_the_first_step_stands(store: AgentStateStore) -> None:
    assert store.put_step(a_step(1, "first"))

    assert not store.put_step(a_step(1, "second"))
    assert [step.turn.thought for step in store.steps(INCIDENT)] == ["first"]


def test_steps_come_in_order_and_from_where_one_asks(store: AgentStateStore) -> None:
    for number in (2, 10, 1, 9):
        store.put_step(a_step(number))

    assert [step.number for step in store.steps(INCIDENT)] == [1, 2, 9, 10]
    assert [step.number for step in store.steps(INCIDENT, after=2, limit=1)] == [9]


@pytest.mark.parametrize(
    "content",
    [
        {"points": [["2026-11-20T12:00:00Z", 1.0], ["…", 1]], "tiny": 1e-300, "none": None},
        {"empty": {}, "list": [], "text": 'quote " and é', "big": 12345678901234567890},
    ],
)
def test_evidence_comes_back_intact_to_the_letter(
    store: AgentStateStore, content: dict[str, object]
) -> None:
    evidence = store.put_evidence(some_evidence(content))

    kept = store.get_evidence(INCIDENT, evidence.evidence_id)

    assert kept == evidence
    assert kept.text == evidence.text
    assert kept.is_intact()


def test_large_evidence_lies_in_the_bucket_and_its_item_stays_small(
    store: AgentStateStore, tables: Tables
) -> None:
    evidence = store.put_evidence(some_evidence({"lines": ["x" * 1000] * 600}))

    key = {"incident_id": INCIDENT, "item_key": f"evidence#{evidence.evidence_id}"}
    item = tables.agent_state.get_item(Key=key)["Item"]
    assert len(str(item)) < 1000
    assert item["sha256"] == evidence.sha256
    assert str(item["content_key"]).startswith(f"evidence/{INCIDENT}/{evidence.evidence_id}")
    assert store.get_evidence(INCIDENT, evidence.evidence_id) == evidence


@pytest.mark.parametrize("size", [1, 600])
def test_evidence_stored_first_stands_and_is_what_a_repeat_gets(
    store: AgentStateStore, size: int
) -> None:
    first = store.put_evidence(some_evidence({"seen": ["first" * 200] * size}))

    repeated = store.put_evidence(some_evidence({"seen": ["later" * 200] * size}))

    assert repeated == first
    assert store.list_evidence(INCIDENT) == (first,)


def test_heads_tell_what_there_is_without_the_contents(store: AgentStateStore) -> None:
    for call in (1, 0):
        store.put_evidence(some_evidence({"call": call}, call))

    heads = store.evidence_heads(INCIDENT)

    assert [head.evidence_id for head in heads] == [
        derived_id("EV", INCIDENT, 1, call) for call in (0, 1)
    ]
    assert heads[0].size == len('{"call":0}')
    assert heads[0].arguments == {"metric": "CPUUtilization"}


def test_unknown_evidence_is_not_found(store: AgentStateStore) -> None:
    with pytest.raises(NotFoundError):
        store.get_evidence(INCIDENT, "EV-00000000")


def test_too_large_evidence_without_a_bucket_is_refused_before_anything_is_written(
    tables: Tables,
) -> None:
    store = AgentStateStore(tables.agent_state)

    with pytest.raises(InvalidInputError):
        store.put_evidence(some_evidence({"lines": ["x" * 1000] * 600}))

    assert store.list_evidence(INCIDENT) == ()
