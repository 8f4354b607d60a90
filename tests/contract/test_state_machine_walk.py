"""The same ways on a real engine: MiniStack runs the real file against stub functions."""

import io
import json
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.contract.workflow_cases import CONCLUSIONS, FUNCTION_OF, Case, answers, cases
from tests.support.accounts import Account
from tests.support.asl_interpreter import ASL_FILE, definition, walk

pytest_plugins = ("tests.emulator",)

_STUB = Path(__file__).with_name("stub_function.py")
_PATIENCE_SECONDS = 300
_AT_ONCE = 3


@dataclass(frozen=True)
class Engine:
    """The state machine on the emulator, its functions replaced by stubs."""

    client: Any
    machine_arn: str
    folder: Path

    def run(self, incident_id: str, case: Case) -> tuple[list[str], list[tuple[str, Any]], str]:
        """Run the case to its end; return its states, its task attempts and its status."""
        script = {state: [answer] for state, answer in CONCLUSIONS.items()} | case.script
        (self.folder / f"{incident_id}.json").write_text(json.dumps(script))
        arn = self.client.start_execution(
            stateMachineArn=self.machine_arn,
            name=incident_id,
            input=json.dumps(case.execution_input(incident_id)),
        )["executionArn"]
        status = self._ended(arn)
        journal = (self.folder / f"{incident_id}.journal").read_text().splitlines()
        return self._states(arn), [tuple(json.loads(line)) for line in journal], status

    def _ended(self, arn: str) -> str:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            status = self.client.describe_execution(executionArn=arn)["status"]
            if status != "RUNNING":
                return status
            time.sleep(0.1)
        raise AssertionError(f"{arn} does not end: {self._states(arn)}")

    def _states(self, arn: str) -> list[str]:
        pages = self.client.get_paginator("get_execution_history").paginate(executionArn=arn)
        return [
            event["stateEnteredEventDetails"]["name"]
            for page in pages
            for event in page["events"]
            if event["type"].endswith("StateEntered")
        ]


@pytest.fixture(scope="module")
def engine(emulator: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Deploy the state machine and its stubs into an account of their own; no waiting there."""
    folder = tmp_path_factory.mktemp("stubs")
    account = Account(emulator, "123123123123")
    arns = _deploy_stubs(account.client("lambda"), folder)
    text = ASL_FILE.read_text(encoding="utf-8")
    for function, arn in arns.items():
        text = text.replace(f"${{{function}FunctionArn}}", arn)
    client = account.client("stepfunctions")
    machine_arn = client.create_state_machine(
        name="walked",
        definition=json.dumps(definition(text)),
        roleArn=f"arn:aws:iam::{account.account_id}:role/any",
    )["stateMachineArn"]
    _scale_waiting(emulator, 0)
    yield Engine(client, machine_arn, folder)
    _scale_waiting(emulator, 1)


def test_a_real_engine_walks_every_way_as_the_interpreter_does(engine: Engine) -> None:
    listed = cases()
    ids = [f"INC-{number:08X}" for number in range(len(listed))]

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        ran = list(pool.map(engine.run, ids, listed))

    for incident_id, case, (states, tasks, status) in zip(ids, listed, ran, strict=True):
        expected = walk(definition(), case.execution_input(incident_id), answers(case.script))
        assert (case.name, states) == (case.name, expected.states)
        assert (case.name, status) == (case.name, expected.status)
        assert [_without_token(task) for task in tasks] == [
            _without_token(task) for task in expected.tasks
        ], case.name


def _without_token(task: tuple[str, Any]) -> tuple[str, Any]:
    state, payload = task
    varying = {"task_token", "cause", "error"}
    return state, {key: value for key, value in payload.items() if key not in varying}


def _deploy_stubs(client: Any, folder: Path) -> dict[str, str]:  # noqa: ANN401 - a boto3 client
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(_STUB, "stub_function.py")
    states_of: dict[str, dict[str, str]] = {}
    for state, (function, operation) in FUNCTION_OF.items():
        states_of.setdefault(function, {})[operation or ""] = state
    return {
        function: client.create_function(
            FunctionName=function,
            Runtime="python3.12",
            Role="arn:aws:iam::123123123123:role/any",
            Handler="stub_function.handler",
            Code={"ZipFile": packed.getvalue()},
            Timeout=300,
            Environment={
                "Variables": {"STUB_FOLDER": str(folder), "STUB_STATES": json.dumps(states)}
            },
        )["FunctionArn"]
        for function, states in states_of.items()
    }


def _scale_waiting(emulator: str, factor: int) -> None:
    request = urllib.request.Request(
        f"{emulator}/_ministack/config",
        data=json.dumps({"stepfunctions._SFN_WAIT_SCALE": factor}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status == 200
