"""What a power failure may cost: at most a second, never a torn file, never a stray worker."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from local_cloud import cloud as local_cloud
from local_cloud.address import Address
from local_cloud.deployer import deploy
from tests.support.clouds import CloudFactory, kill
from tests.support.eventually import eventually
from tests.support.functions import invoke, make_function, make_role, start_execution
from tests.support.small_stack import write_small_stack

pytestmark = pytest.mark.cloud

Names = Callable[[str], str]


def restarted(address: Address) -> Address:
    return local_cloud.start(address.folder, address.port, address.front_port)


def make_table(address: Address, name: str, **more: Any) -> None:  # noqa: ANN401
    address.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "N"}],
        KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
        **more,
    )


def keys_in(address: Address, table: str) -> set[int]:
    found = address.resource("dynamodb").Table(table).scan(ConsistentRead=True)
    return {int(item["key"]) for item in found["Items"]}


def written_at(address: Address) -> float:
    """Return when the last checkpoint of the tables was written."""
    return max(
        (path.stat().st_mtime for path in address.folder.glob("state/dynamodb.json")), default=0
    )


def left_alone(address: Address, mark: str) -> None:
    """Change nothing for two and a half seconds, and until a checkpoint holds all before it."""
    address.client("ssm").put_parameter(Name=f"/{mark}", Value="-", Type="String")
    since = time.monotonic()

    def is_kept() -> bool:
        states = [path.read_text() for path in address.folder.glob("state/*.json")]
        return any(mark in state for state in states) and time.monotonic() - since > 2.5

    eventually(is_kept)


def test_kill_nine_costs_at_most_the_last_second(
    cloud_factory: CloudFactory, unique: Names
) -> None:
    address, table = cloud_factory.bare(), unique("kept")
    make_table(address, table)
    rows = address.resource("dynamodb").Table(table)
    acknowledged: dict[int, float] = {}
    checkpoints: list[float] = []
    begun = time.time()
    while time.time() - begun < 4 or (len(checkpoints) < 4 and time.time() - begun < 180):
        number = len(acknowledged)
        rows.put_item(Item={"key": number})
        acknowledged[number] = time.time()
        if (at := written_at(address)) not in checkpoints:
            checkpoints.append(at)
    killed = time.time()
    kill(address)

    kept = keys_in(restarted(address), table)

    lost = [at for number, at in acknowledged.items() if number not in kept]
    assert len(checkpoints) >= 4
    # One second between two checkpoints, and the time that writing one takes; on a machine that
    # has no time for that, what was there when the last one but one had been written.
    assert not lost or min(lost) > min(killed - 2.0, checkpoints[-2])
    assert kept == set(range(len(kept)))


def test_what_is_quiet_for_two_seconds_is_all_kept(
    cloud_factory: CloudFactory, unique: Names, tmp_path: Path
) -> None:
    address, table = cloud_factory.bare(), unique("kept")
    make_table(address, table)
    rows = address.resource("dynamodb").Table(table)
    for number in range(20):
        rows.put_item(Item={"key": number})
    deploy(address, {}, write_small_stack(tmp_path / "stack"))
    left_alone(address, unique("quiet"))
    kill(address)

    again = restarted(address)

    assert keys_in(again, table) == set(range(20))
    assert json.loads(invoke(again, "Small-Notes")["body"])["read"] == "allowed"


def test_the_untouched_emulator_loses_everything(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PERSIST_STATE": "1",
        "STATE_DIR": str(tmp_path / "state"),
    }
    program = (
        "import asyncio, os, signal\n"
        "from ministack import app\n"
        "import ministack.services.ssm\n"
        "async def live():\n"
        "    asked = iter([{'type': 'lifespan.startup'}])\n"
        "    async def receive():\n"
        "        try:\n"
        "            return next(asked)\n"
        "        except StopIteration:\n"
        "            await asyncio.sleep(3)\n"
        "            os.kill(os.getpid(), signal.SIGKILL)\n"
        "    async def send(message):\n"
        "        return None\n"
        "    await app._handle_lifespan({'type': 'lifespan'}, receive, send)\n"
        "asyncio.run(live())\n"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program], env=environment, check=False, capture_output=True
    )

    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert not list(tmp_path.glob("state/*.json"))


WRITER = """
import sys
from pathlib import Path
from local_cloud import checkpoint

folder, number = Path(sys.argv[1]), 0
print("ready", flush=True)
while True:
    number += 1
    state = {"number": number, "rows": [number] * 300_000}
    checkpoint.write({"one": lambda: state, "two": lambda: state}, folder)
"""


def test_a_writer_killed_at_any_moment_leaves_whole_files(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    for seconds in (0.3, 0.45, 0.6, 0.8):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(state)],
            stdout=subprocess.PIPE,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        )
        with writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"ready\n"
            moment = time.monotonic() + seconds
            eventually(partial(_has_written, state, moment), every=0.01)
            writer.send_signal(signal.SIGKILL)

        for path in state.glob("*.json"):
            payload = json.loads(path.read_text())["payload"]
            assert set(payload["rows"]) == {payload["number"]}
    assert {path.name for path in state.glob("*.json")} == {"one.json", "two.json"}


def _has_written(state: Path, moment: float) -> bool:
    return time.monotonic() > moment and (state / "two.json").exists()


BUSY = """
import os, time

def handler(event, context):
    print("begun")
    open(event["begun"], "w").write(str(os.getpid()))
    time.sleep(600)
    open(event["ended"], "w").write("")
"""


def test_a_worker_of_a_killed_cloud_does_not_outlive_the_next_start(
    cloud_factory: CloudFactory, unique: Names, tmp_path: Path
) -> None:
    address, name = cloud_factory.bare(), unique("busy")
    make_function(address, name, BUSY)
    begun, ended = tmp_path / "begun", tmp_path / "ended"
    event = json.dumps({"begun": str(begun), "ended": str(ended)})
    address.client("lambda").invoke(FunctionName=name, Payload=event, InvocationType="Event")
    worker = int(eventually(lambda: begun.read_text() if begun.exists() else ""))
    kill(address)

    restarted(address)

    eventually(lambda: not _runs(worker))
    assert not ended.exists()


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_stopping_ends_busy_workers_too(
    cloud_factory: CloudFactory, unique: Names, tmp_path: Path
) -> None:
    address, name = cloud_factory.bare(), unique("busy")
    make_function(address, name, BUSY)
    begun, ended = tmp_path / "begun", tmp_path / "ended"
    event = json.dumps({"begun": str(begun), "ended": str(ended)})
    address.client("lambda").invoke(FunctionName=name, Payload=event, InvocationType="Event")
    worker = int(eventually(lambda: begun.read_text() if begun.exists() else ""))

    local_cloud.stop(address.folder)

    eventually(lambda: not _runs(worker))


def test_an_execution_that_waits_is_failed_by_a_restart_and_says_so(
    cloud_factory: CloudFactory, unique: Names
) -> None:
    address = cloud_factory.bare()
    waiting = {"Start": {"Type": "Wait", "Seconds": 600, "End": True}}
    arn = start_execution(address, unique("waiting"), waiting)
    client = address.client("stepfunctions")
    eventually(lambda: client.describe_execution(executionArn=arn)["status"] == "RUNNING")
    left_alone(address, unique("quiet"))
    kill(address)

    found = restarted(address).client("stepfunctions").describe_execution(executionArn=arn)

    assert (found["status"], found["error"]) == ("FAILED", "States.ServiceRestart")


COUNTER = """
import os, boto3

def handler(event, context):
    print("records")
    table = boto3.resource("dynamodb").Table(os.environ["SEEN"])
    for record in event["Records"]:
        key = record["dynamodb"]["Keys"]["key"]["N"]
        table.put_item(Item={"key": int(key)})
"""


def test_no_stream_record_is_skipped_after_a_restart(
    cloud_factory: CloudFactory, unique: Names
) -> None:
    address = cloud_factory.bare()
    table, seen, name = unique("watched"), unique("seen"), unique("counter")
    make_table(address, seen)
    make_table(
        address, table, StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    )
    everything = {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}
    make_function(address, name, COUNTER, make_role(address, f"{name}-role", everything))
    client = address.client("lambda")
    client.update_function_configuration(
        FunctionName=name, Environment={"Variables": {"SEEN": seen}}
    )
    described = address.client("dynamodb").describe_table(TableName=table)["Table"]
    client.create_event_source_mapping(
        FunctionName=name,
        EventSourceArn=described["LatestStreamArn"],
        StartingPosition="TRIM_HORIZON",
    )
    rows = address.resource("dynamodb").Table(table)
    for number in range(3):
        rows.put_item(Item={"key": number})
    eventually(lambda: keys_in(address, seen) == {0, 1, 2})
    local_cloud.stop(address.folder)

    again = restarted(address)
    rows = again.resource("dynamodb").Table(table)
    for number in range(3, 6):
        rows.put_item(Item={"key": number})

    eventually(lambda: keys_in(again, seen) == set(range(6)))


def test_the_untouched_emulator_restores_positions_of_streams_that_are_gone(
    tmp_path: Path,
) -> None:
    program = (
        "from ministack.services import dynamodb, lambda_svc as l\n"
        "l._restore_esm_positions(l._dynamodb_stream_positions, {('1', 'r', 'mapping'): 5})\n"
        "assert dict(l._dynamodb_stream_positions._data) == {('1', 'r', 'mapping'): 5}\n"
        "assert not [name for name in dynamodb.get_state() if 'record' in name]\n"
    )

    subprocess.run(
        [sys.executable, "-c", program],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        check=True,
    )
