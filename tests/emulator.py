"""A bare MiniStack for tests of one part: real DynamoDB, S3, SNS and Step Functions semantics.

Nothing of it is patched; only what it lacks of SQS, sending messages back, is added.
Every test gets an account of its own, so that nothing of another test is in its tables. Loaded
with `pytest_plugins = ("tests.emulator",)`; tests of the whole chain use the fixture `cloud`.
"""

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError

import pytest

from tests.support.accounts import Account, Tables, forget_wiring

_START = """
from local_cloud.patches.message_moves import add_message_moves
from ministack.app import main

add_message_moves()
main()
"""


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a MiniStack of this session's own and yield its address."""
    folder = tmp_path_factory.mktemp("emulator")
    port = _free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", _START],
        env=_environment(folder, port),
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_it_answers(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=120)


@pytest.fixture
def account(emulator: str) -> Account:
    """Return an empty account."""
    return Account(emulator, f"{secrets.randbelow(9 * 10**11) + 10**11}")


@pytest.fixture
def tables(account: Account) -> Tables:
    """Create every table in the account."""
    found = Tables(account)
    found.create()
    return found


@pytest.fixture
def process(account: Account, tables: Tables, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """Make this process one of the system's functions in the account; its executions only wait."""
    topic = account.client("sns").create_topic(Name=f"{tables.prefix}-Notifications")
    bucket = f"evidence-{account.account_id}"
    account.client("s3").create_bucket(Bucket=bucket)
    variables = {
        **account.environment,
        **tables.environment,
        "STATE_MACHINE_ARN": account.create_waiting_machine(f"{tables.prefix}-IncidentResponse"),
        "NOTIFICATIONS_TOPIC_ARN": topic["TopicArn"],
        "EVIDENCE_BUCKET": bucket,
        "GOAL_RUN_ARN": account.create_waiting_machine(f"{tables.prefix}-GoalRun"),
        "CHAT_AGENT_FUNCTION": f"{tables.prefix}-ChatAgent",
        "NOTIFIER_FUNCTION": f"{tables.prefix}-Notifier",
        "INCIDENT_CLOSER_FUNCTION": f"{tables.prefix}-IncidentCloser",
        "DEAD_LETTER_QUEUE_URL": _queue(account, f"{tables.prefix}-DeadLetters"),
        "INTAKE_QUEUE_URL": _queue(account, f"{tables.prefix}-Alarms"),
        "INTAKE_DEAD_LETTERS_URL": _queue(account, f"{tables.prefix}-AlarmDeadLetters"),
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    forget_wiring()
    yield account
    forget_wiring()


def _queue(account: Account, name: str) -> str:
    return str(account.client("sqs").create_queue(QueueName=name)["QueueUrl"])


def _environment(folder: Path, port: int) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "LOG_LEVEL": "ERROR",
        "S3_DATA_DIR": str(folder / "s3"),
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_it_answers(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{address}/_ministack/health", timeout=10):
                return
        except (URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError(f"the emulator at {address} does not answer")
