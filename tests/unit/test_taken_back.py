"""What was interrupted, took effect, and was taken back by people is not done again.

Each thing as AWS describes it: it stands as it did before, so only the time of its last change
tells that somebody has been at it meanwhile.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from itops_core.domain.remediation import Action, ActionRecord, ActionStatus
from itops_core.remediation.catalogue import catalogue
from itops_core.settings import config
from operations_server.estate import Estate
from operations_server.functions import Functions, SetMemory
from operations_server.ledger import OutOfTimeError
from operations_server.operation import LiveOperation, Surroundings
from operations_server.people import Message, People
from operations_server.services import Scale
from operations_server.tables import RaiseCapacity, Tables
from tests.support.traffic import nothing_counted

BEGUN = datetime(2026, 11, 20, 12, tzinfo=UTC)
AROUND = Surroundings(tuple, catalogue().blast_radius, config().remediation, nothing_counted)


@dataclass
class Told:
    """A client of AWS that answers every question in the same words."""

    answers: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def answer(**_query: object) -> Any:  # noqa: ANN401
            return self.answers.get(name, {})

        return answer


Found = tuple[LiveOperation[Any], Action]
"""An operation on a thing that AWS saw changed then, or tells of no change; and its action."""


def a_service(changed_at: datetime | None) -> Found:
    primary = {"status": "PRIMARY", "id": "d-1", "updatedAt": changed_at}
    service = {
        "serviceArn": "arn:aws:ecs:us-east-1:000000000000:service/shop/payments",
        "serviceName": "payments",
        "status": "ACTIVE",
        "taskDefinition": "payments:1",
        "desiredCount": 2,
        "runningCount": 2,
        "deployments": [primary],
    }
    ecs = cast(Any, Told({"describe_services": {"services": [service]}}))
    wanted = {"cluster": "shop", "service": "payments", "desired_count": 4}
    return Scale(Estate(ecs, ecs), AROUND), Action(name="scale_ecs_service", parameters=wanted)


def a_function(changed_at: datetime | None) -> Found:
    # Lambda tells it as text, without a colon in the offset.
    told = changed_at.strftime("%Y-%m-%dT%H:%M:%S.000+0000") if changed_at else None
    described = {"FunctionName": "orders", "MemorySize": 128, "LastModified": told}
    client = cast(Any, Told({"get_function_configuration": described}))
    wanted = {"function_name": "orders", "memory_mb": 256}
    functions = Functions(client, client, cast(Any, None))
    return SetMemory(functions, AROUND), Action(name="set_lambda_memory", parameters=wanted)


def a_table(changed_at: datetime | None, way: str = "LastIncreaseDateTime") -> Found:
    long_ago = {"LastIncreaseDateTime": BEGUN - timedelta(days=2)} if changed_at else {}
    capacity = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5, **long_ago}
    capacity |= {way: changed_at} if changed_at else {}
    described = {"TableName": "orders", "TableStatus": "ACTIVE", "ProvisionedThroughput": capacity}
    client = cast(Any, Told({"describe_table": {"Table": described}}))
    wanted = {"table_name": "orders", "read_units": 10, "write_units": 5}
    tables = Tables(client, client, cast(Any, None))
    return RaiseCapacity(tables, AROUND), Action(name="raise_dynamodb_capacity", parameters=wanted)


def a_lowered_table(changed_at: datetime | None) -> Found:
    return a_table(changed_at, "LastDecreaseDateTime")


def begun(operation: LiveOperation[Any], action: Action) -> ActionRecord:
    return ActionRecord(
        action_id="ACT-00000001",
        incident_id="INC-00000001",
        round=1,
        action=action,
        resource="it",
        inverse=None,
        status=ActionStatus.STARTED,
        before=operation.state(action).shown,
        started_at=BEGUN,
    )


@pytest.mark.parametrize("thing", [a_service, a_function, a_table, a_lowered_table])
def test_what_stands_as_before_is_as_begun_only_if_aws_saw_no_change_since(
    thing: Callable[[datetime | None], Found],
) -> None:
    moments = [None, BEGUN - timedelta(minutes=1), BEGUN + timedelta(minutes=1)]

    found = [thing(changed_at) for changed_at in moments]

    as_begun = [operation.is_as_begun(begun(operation, action)) for operation, action in found]
    assert as_begun == [True, True, False]


@pytest.mark.parametrize("thing", [a_service, a_function, a_table])
def test_what_stands_otherwise_than_before_is_not_as_begun(
    thing: Callable[[datetime | None], Found],
) -> None:
    operation, action = thing(BEGUN - timedelta(minutes=1))
    record = begun(operation, action)
    other = {
        name: value + 1 if isinstance(value, int) else value
        for name, value in record.before.items()
    }

    assert not operation.is_as_begun(record.model_copy(update={"before": other}))


def test_nobody_takes_a_message_back_so_an_interrupted_one_may_go_on() -> None:
    operation = Message(People(tell=_tells_nobody, is_told=_was_not_told))
    told = Action(name="notify_only", parameters={"message": "look"})
    service, scaling = a_service(None)
    record = begun(service, scaling).model_copy(update={"action": told})

    assert operation.effect_of(record) is None
    assert operation.is_as_begun(record)


def test_a_message_is_not_begun_once_the_time_for_it_is_over() -> None:
    told: list[object] = []

    def tell(*words: object) -> None:
        told.append(words)

    operation = Message(People(tell=tell, is_told=_was_not_told))
    message = Action(name="notify_only", parameters={"message": "look"})
    service, scaling = a_service(None)

    with pytest.raises(OutOfTimeError):
        operation.act(begun(service, scaling).model_copy(update={"action": message}), _too_late)

    assert told == []


def _too_late() -> None:
    raise OutOfTimeError


def _tells_nobody(*_told: object) -> None:
    return None


def _was_not_told(*_asked: object) -> bool:
    return False
