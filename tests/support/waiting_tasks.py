"""Workflow tasks that really wait for their token, on the emulator's Step Functions."""

import json
from dataclasses import dataclass
from typing import Any

from tests.support.accounts import Account
from tests.support.eventually import eventually

_ROLE = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "states.amazonaws.com"},
        }
    ],
}


@dataclass(frozen=True)
class Waiting:
    """One execution and the token that its task waits for."""

    states: Any
    execution_arn: str
    token: str

    @property
    def status(self) -> str:
        """Where the execution stands."""
        return self.states.describe_execution(executionArn=self.execution_arn)["status"]

    def ended(self) -> dict[str, Any]:
        """Return the execution once it has ended."""
        eventually(lambda: self.status != "RUNNING")
        return self.states.describe_execution(executionArn=self.execution_arn)


class WaitingTasks:
    """Starts executions of one task each that hands its token to a queue and waits."""

    def __init__(self, account: Account) -> None:
        self._states = account.client("stepfunctions")
        self._queue = account.client("sqs")
        self._url = self._queue.create_queue(QueueName="tokens")["QueueUrl"]
        role = account.client("iam").create_role(
            RoleName="states", AssumeRolePolicyDocument=json.dumps(_ROLE)
        )
        definition = {
            "QueryLanguage": "JSONata",
            "StartAt": "Wait",
            "States": {
                "Wait": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
                    "TimeoutSeconds": 3600,
                    "Arguments": {
                        "QueueUrl": self._url,
                        "MessageBody": {"token": "{% $states.context.Task.Token %}"},
                    },
                    "End": True,
                }
            },
        }
        self._machine = self._states.create_state_machine(
            name="waits", definition=json.dumps(definition), roleArn=role["Role"]["Arn"]
        )["stateMachineArn"]

    @property
    def states(self) -> Any:  # noqa: ANN401
        """Step Functions."""
        return self._states

    def start(self) -> Waiting:
        """Return an execution that waits."""
        started = self._states.start_execution(stateMachineArn=self._machine, input="{}")
        messages = eventually(
            lambda: self._queue.receive_message(QueueUrl=self._url).get("Messages")
        )
        self._queue.delete_message(QueueUrl=self._url, ReceiptHandle=messages[0]["ReceiptHandle"])
        token = json.loads(messages[0]["Body"])["token"]
        return Waiting(self._states, started["executionArn"], token)
