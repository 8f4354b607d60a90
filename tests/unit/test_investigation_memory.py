"""Tables in memory keep the promises that the stores rest on, and investigations stand on them."""

import threading
from datetime import UTC, datetime

import pytest
from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

from itops_cli.investigation import Setting, incident_in, investigate
from itops_cli.investigation.memory_table import KeySchema, MemoryTable, TableSchema
from itops_cli.investigation.silence import logs_silenced
from itops_cli.investigation.stores import SCHEMAS, memory_stores
from itops_core.domain.incident import Status, open_incident
from itops_core.domain.investigation import Agent, ObservationStatus
from itops_core.domain.remediation import DecisionOutcome
from itops_core.domain.verdict import VerdictOutcome
from itops_core.errors import ConflictError, NotFoundError
from local_cloud.sandbox.recording import recorded_scenario
from monitoring_server.recorded.recording import Recording
from tests.contract.sam_template import TEMPLATE

NOW = datetime(2031, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def table() -> MemoryTable:
    return MemoryTable(TableSchema(KeySchema("id", "at"), {"by_kind": KeySchema("kind", "at")}))


@pytest.fixture(scope="module")
def outage() -> Recording:
    return recorded_scenario("payment-oom", now=1_795_000_000)


def test_a_write_whose_condition_fails_changes_nothing(table: MemoryTable) -> None:
    table.put_item(Item={"id": "a", "at": "1", "n": 1})

    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        table.put_item(
            Item={"id": "a", "at": "1", "n": 2}, ConditionExpression=Attr("id").not_exists()
        )

    assert table.get_item(Key={"id": "a", "at": "1"})["Item"]["n"] == 1


def test_of_many_writers_under_one_condition_one_wins(table: MemoryTable) -> None:
    won: list[int] = []

    def write(number: int) -> None:
        item = {"id": "a", "at": "1", "n": number}
        try:
            table.put_item(Item=item, ConditionExpression=Attr("id").not_exists())
        except ClientError:
            return
        won.append(number)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(12)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert len(won) == 1


@pytest.mark.parametrize("forward", [True, False])
def test_pages_of_a_query_are_in_order_and_miss_nothing(
    table: MemoryTable, *, forward: bool
) -> None:
    for number in range(7):
        table.put_item(Item={"id": f"i{number}", "at": f"{number // 2}", "kind": "k"})
    query = {
        "IndexName": "by_kind",
        "KeyConditionExpression": Key("kind").eq("k") & Key("at").gte("0"),
        "ScanIndexForward": forward,
        "Limit": 3,
    }

    seen: list[str] = []
    page = table.query(**query)
    seen += [one["id"] for one in page["Items"]]
    while "LastEvaluatedKey" in page:
        page = table.query(**query, ExclusiveStartKey=page["LastEvaluatedKey"])
        seen += [one["id"] for one in page["Items"]]

    assert sorted(seen) == sorted(set(seen))
    assert len(seen) == 7
    assert [seen, seen[::-1]][not forward][0] == "i0"


def test_what_the_stores_do_not_use_is_refused_not_guessed(table: MemoryTable) -> None:
    with pytest.raises(ClientError, match="not known here"):
        table.update_item(
            Key={"id": "a", "at": "1"}, UpdateExpression="SET n = if_not_exists(n, :zero)"
        )


def test_the_keys_of_the_tables_are_those_of_the_template() -> None:
    told = {
        name: resource["Properties"]
        for name, resource in TEMPLATE["Resources"].items()
        if resource["Type"] == "AWS::DynamoDB::Table"
    }
    by_ending = {
        str(properties["TableName"]["Fn::Sub"]).rsplit("-", 1)[-1]: properties
        for properties in told.values()
    }

    for ending, schema in SCHEMAS.items():
        keys = [one["AttributeName"] for one in by_ending[ending]["KeySchema"]]
        assert keys == list(schema.key.names)
        indexes = {
            one["IndexName"]: [key["AttributeName"] for key in one["KeySchema"]]
            for one in by_ending[ending].get("GlobalSecondaryIndexes", [])
        }
        assert indexes == {name: list(key.names) for name, key in schema.indexes.items()}


def test_the_real_stores_keep_their_promises_in_memory() -> None:
    stores = memory_stores((), ())
    incident = open_incident("Down", "ledger", NOW, fingerprint="f")

    stores.incidents.create(incident)
    saved = stores.incidents.save(incident.moved_to(Status.TRIAGING, NOW))

    with pytest.raises(ConflictError):
        stores.incidents.save(incident.moved_to(Status.TRIAGING, NOW))
    with pytest.raises(NotFoundError):
        stores.incidents.get("INC-00000000")
    assert stores.incidents.list(Status.TRIAGING).items == (saved,)
    assert stores.runtime.begin("k", 60)
    assert not stores.runtime.begin("k", 60)
    assert stores.runtime.finish("k", {"done": 1})
    assert not stores.runtime.finish("k", {"done": 2})


def test_an_investigation_walks_the_whole_chain_without_a_cloud(outage: Recording) -> None:
    with logs_silenced():
        found = investigate(outage, incident_in(outage))

    assert found.triage is not None
    assert found.verdict is not None
    assert found.verdict.outcome is VerdictOutcome.FOUND
    agents = {Agent.TRIAGE, Agent.ROOT_CAUSE, Agent.REMEDIATION}
    assert {step.agent for step in found.steps} == agents
    assert [one.action.name for one in found.judged] == ["restart_ecs_service"]
    assert found.judged[0].preview.possible
    assert found.judged[0].decision.outcome is DecisionOutcome.AUTO
    assert found.outcome == "auto"
    assert found.incident.decision is not None
    assert found.evidence
    assert all(one.is_intact() for one in found.evidence)
    assert [event.kind for event in found.timeline].count("step") == len(found.steps)


def test_the_same_recording_gives_the_same_verdict(outage: Recording) -> None:
    with logs_silenced():
        first, second = (investigate(outage, incident_in(outage)) for _ in range(2))

    assert first.verdict == second.verdict
    assert first.plan == second.plan


def test_a_server_that_is_out_of_reach_is_named_as_a_gap(outage: Recording) -> None:
    setting = Setting(down=frozenset({"monitoring"}))

    with logs_silenced():
        found = investigate(outage, incident_in(outage), setting)

    assert found.verdict is not None
    assert found.verdict.outcome is VerdictOutcome.UNRESOLVED
    assert found.verdict.gaps
    assert any(seen.status is ObservationStatus.UNAVAILABLE for seen in found.observations)


def test_a_recording_without_a_sounding_alarm_asks_which_one_is_meant(outage: Recording) -> None:
    with pytest.raises(NotFoundError):
        incident_in(outage, "no such alarm")
