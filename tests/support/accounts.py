"""An empty account on the emulator and its tables, named and keyed as the template does it."""

import json
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Any

import boto3
from botocore.config import Config
from botocore.loaders import create_loader
from botocore.session import Session

from itops_core import settings
from itops_core.wiring import (
    autonomy,
    clients,
    intake,
    notifier,
    remediation,
    slack,
    stores,
    switch,
    tools,
    workflow,
    writing,
)
from notifier import composition
from reconciler import upkeep
from tests.support.eventually import eventually

_REGION = "us-east-1"
_MAKING = Lock()
_DESCRIPTIONS = create_loader()
"""Of every AWS service; read once for all sessions, which takes longer than most tests."""


@dataclass(frozen=True)
class Account:
    """One empty account on the emulator."""

    endpoint_url: str
    account_id: str

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs so that plain boto3 clients work in this account."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": self.account_id,
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": _REGION,
            "AWS_REGION": _REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(self, name: str) -> Any:  # noqa: ANN401
        """Return a boto3 client in this account."""
        return _made(self, "client", name)

    def fresh_client(self, name: str) -> Any:  # noqa: ANN401
        """Return a client that nobody else has, for tests that change what it does."""
        with _MAKING:
            return _making.__wrapped__(self, "client", name)

    def resource(self, name: str) -> Any:  # noqa: ANN401
        """Return a boto3 resource in this account."""
        return _made(self, "resource", name)

    def create_waiting_machine(self, name: str) -> str:
        """Create a state machine whose executions run until they are stopped; return its ARN.

        Resumed with `AwaitApproval`, one sends its task token to the queue `tokens` and waits.
        """
        queue = self.client("sqs").create_queue(QueueName="tokens")["QueueUrl"]
        asks = {"Variable": "$.resume.state", "StringEquals": "AwaitApproval"}
        here = {"Variable": "$.resume.state", "IsPresent": True}
        definition = {
            "StartAt": "Begin",
            "States": {
                "Begin": {
                    "Type": "Choice",
                    "Choices": [{"And": [here, asks], "Next": "Ask"}],
                    "Default": "Wait",
                },
                "Wait": {"Type": "Wait", "Seconds": 3600, "End": True},
                "Ask": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
                    "TimeoutSeconds": 3600,
                    "Parameters": {"QueueUrl": queue, "MessageBody.$": "$$.Task.Token"},
                    "End": True,
                },
            },
        }
        made = self.client("stepfunctions").create_state_machine(
            name=name,
            definition=json.dumps(definition),
            roleArn=f"arn:aws:iam::{self.account_id}:role/Workflow",
        )
        return made["stateMachineArn"]

    def next_task_token(self) -> str:
        """Return the token that the next execution waiting in `Ask` sends."""
        sqs = self.client("sqs")
        url = sqs.get_queue_url(QueueName="tokens")["QueueUrl"]

        def received() -> str | None:
            messages = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages")
            return messages[0]["Body"] if messages else None

        return eventually(received)

    def executions(self, *, of_runs: bool = False) -> dict[str, str]:
        """Return the status of every execution of the workflow, or of that of runs, by name."""
        states = self.client("stepfunctions")
        machine = self._machine(of_runs=of_runs)
        found = states.list_executions(stateMachineArn=machine)["executions"]
        return {execution["name"]: execution["status"] for execution in found}

    def execution_content(self, name: str, what: str) -> Any:  # noqa: ANN401
        """Return an execution's `input` or `output`, read."""
        states, machine = self.client("stepfunctions"), self._machine()
        arn = f"{machine.replace(':stateMachine:', ':execution:')}:{name}"
        return json.loads(states.describe_execution(executionArn=arn)[what])

    def _machine(self, *, of_runs: bool = False) -> str:
        known = self.client("stepfunctions").list_state_machines()["stateMachines"]
        arns = [str(one["stateMachineArn"]) for one in known]
        return next(arn for arn in arns if arn.endswith("-GoalRun") == of_runs)


@lru_cache(maxsize=4)
def _session_of(account: Account) -> boto3.session.Session:
    return boto3.session.Session(
        account.account_id, "test", region_name=_REGION, botocore_session=_quick_session()
    )


@lru_cache(maxsize=64)
def _making(account: Account, kind: str, name: str) -> Any:  # noqa: ANN401
    """Return a client or a resource; one for each service of an account, for they cost much."""
    make: Any = getattr(_session_of(account), kind)
    config = Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"})
    return make(name, endpoint_url=account.endpoint_url, config=config)


def _made(account: Account, kind: str, name: str) -> Any:  # noqa: ANN401
    # Sessions are not safe among threads; what they make is.
    with _MAKING:
        return _making(account, kind, name)


@dataclass(frozen=True)
class Tables:
    """The tables of one account, by what they hold; their names are those of the template."""

    account: Account
    prefix: str = "ITOps"

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return self.account.resource("dynamodb").Table(f"{self.prefix}-{_TABLES[name][0]}")

    @property
    def environment(self) -> dict[str, str]:
        """The variables that name the tables."""
        return {variable: f"{self.prefix}-{suffix}" for suffix, variable, *_ in _TABLES.values()}

    def create(self) -> None:
        """Create every table in the account."""
        client = self.account.client("dynamodb")
        for suffix, _, keys, indexes in _TABLES.values():
            client.create_table(**_definition(f"{self.prefix}-{suffix}", keys, indexes))


_TABLES: dict[str, tuple[str, str, tuple[str, ...], dict[str, tuple[str, str]]]] = {
    "incidents": (
        "Incidents",
        "INCIDENTS_TABLE",
        ("incident_id", "item_key"),
        {
            "by_time": ("kind", "opened_at"),
            "by_status": ("status", "opened_at"),
            "by_correlation": ("correlation_key", "opened_at"),
            "by_fingerprint": ("fingerprint", "opened_at"),
        },
    ),
    "agent_state": ("AgentState", "AGENT_STATE_TABLE", ("incident_id", "item_key"), {}),
    "knowledge": ("KnowledgeBase", "KNOWLEDGE_TABLE", ("article_id",), {}),
    "approvals": (
        "Approvals",
        "APPROVALS_TABLE",
        ("approval_id",),
        {"by_status": ("status", "created_at"), "by_incident": ("incident_id", "created_at")},
    ),
    "catalog": ("Catalog", "CATALOG_TABLE", ("entry_id",), {}),
    "conversations": (
        "Conversations",
        "CONVERSATIONS_TABLE",
        ("conversation_id", "turn"),
        {},
    ),
    "runs": (
        "Runs",
        "RUNS_TABLE",
        ("run_id", "item_key"),
        {"by_time": ("kind", "created_at"), "by_status": ("status", "created_at")},
    ),
    "runtime": ("Runtime", "RUNTIME_TABLE", ("key",), {}),
    "audit": ("Audit", "AUDIT_TABLE", ("chain", "item_key"), {}),
}


def _definition(
    name: str, keys: tuple[str, ...], indexes: dict[str, tuple[str, str]]
) -> dict[str, Any]:
    attributes = sorted({*keys, *(part for index in indexes.values() for part in index)})
    definition: dict[str, Any] = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": one, "AttributeType": "N" if one == "turn" else "S"}
            for one in attributes
        ],
        "KeySchema": _schema(keys),
    }
    if indexes:
        definition["GlobalSecondaryIndexes"] = [
            {
                "IndexName": index,
                "KeySchema": _schema(parts),
                "Projection": {"ProjectionType": "ALL"},
            }
            for index, parts in indexes.items()
        ]
    return definition


def _schema(keys: tuple[str, ...]) -> list[dict[str, str]]:
    return [
        {"AttributeName": key, "KeyType": kind}
        for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
    ]


_WIRED = (
    settings, autonomy, clients, stores, workflow, intake, notifier, remediation, slack, switch,
    tools, writing, composition, upkeep,
)  # fmt: skip


def forget_wiring() -> None:
    """Forget every object made from the environment, so that the next one is read anew."""
    for module in _WIRED:
        for thing in vars(module).values():
            forget = getattr(thing, "cache_clear", None)
            if forget is not None:
                forget()
    boto3.setup_default_session(botocore_session=_quick_session())


def _quick_session() -> Session:
    session = Session()
    session.register_component("data_loader", _DESCRIPTIONS)
    return session
