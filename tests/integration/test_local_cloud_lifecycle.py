"""The local cloud as a process: starting, finding, stopping and surviving being killed."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from itops_cli.embedded import address_of
from itops_cli.failures import OutOfReachError
from local_cloud import cloud as local_cloud
from local_cloud.address import Address
from tests.support.clouds import CloudFactory, kill
from tests.support.eventually import eventually
from tests.support.functions import invoke, make_function
from tests.support.runs import bare_environment, command


def test_the_page_and_the_api_are_served_at_one_port(cloud: Address) -> None:
    outputs = cloud.outputs

    assert outputs["ApiUrl"]
    assert cloud.api_url == f"{cloud.front_url}/api"
    assert cloud.token.startswith("itops_")


def test_starting_a_running_cloud_finds_it(cloud_factory: CloudFactory) -> None:
    first = cloud_factory.bare()

    assert local_cloud.start(first.folder, 0, 0) == first


def test_two_who_start_at_once_get_the_same_cloud(cloud_factory: CloudFactory) -> None:
    with ThreadPoolExecutor(2) as starters:
        found = set(starters.map(cloud_factory.bare, ["one", "one"]))

    assert len(found) == 1


def test_a_folder_is_never_given_to_two_launchers(cloud_factory: CloudFactory) -> None:
    address = cloud_factory.bare()

    second = subprocess.run(
        [sys.executable, "-m", "local_cloud.launcher", "--folder", str(address.folder)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert second.returncode == 1
    assert "runs in" in second.stderr
    assert local_cloud.status(address.folder) == address


def test_a_cloud_that_cannot_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where a folder should be")

    with pytest.raises(local_cloud.CloudError, match="FileExistsError"):
        local_cloud.start(tmp_path, 0, 0)


def test_stopping_keeps_the_state_and_closes_the_ports(cloud_factory: CloudFactory) -> None:
    address = cloud_factory.bare()
    address.client("ssm").put_parameter(Name="/kept", Value="yes", Type="String")

    assert local_cloud.stop(address.folder)

    assert local_cloud.status(address.folder) is None
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", address.port))
    again = cloud_factory.bare()
    assert again.client("ssm").get_parameter(Name="/kept")["Parameter"]["Value"] == "yes"


def test_what_comes_into_a_queue_reaches_its_function_after_a_start_on_another_port(
    cloud_factory: CloudFactory,
) -> None:
    first = cloud_factory.bare()
    queue = first.client("sqs").create_queue(QueueName="orders")["QueueUrl"]
    told = first.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    make_function(first, "reads-orders", "def handler(event, context):\n    return None\n")
    first.client("lambda").create_event_source_mapping(
        EventSourceArn=told["Attributes"]["QueueArn"], FunctionName="reads-orders"
    )
    local_cloud.stop(first.folder)

    again = cloud_factory.bare()
    (url,) = again.client("sqs").list_queues()["QueueUrls"]
    again.client("sqs").send_message(QueueUrl=url, MessageBody="one")

    def is_read() -> bool:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        asked = again.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)
        return {asked["Attributes"][name] for name in names} == {"0"}

    assert again.port != first.port
    assert f":{again.port}/" in url
    eventually(is_read)


def test_the_untouched_emulator_looks_for_a_queue_at_the_port_of_today() -> None:
    script = "import ministack.services.sqs as s; print(s._queue_url_for_account('1', 'orders'))"
    environment = bare_environment(GATEWAY_PORT="4999")

    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )

    assert done.stdout.strip() == "http://localhost:4999/1/orders"


def test_what_a_killed_one_left_in_its_temporary_folder_goes_away(
    cloud_factory: CloudFactory,
) -> None:
    address = cloud_factory.bare()
    kill(address)
    left = address.folder / "tmp" / "ministack-lambda-left" / "code"
    left.mkdir(parents=True)
    (left / "main.py").touch()

    cloud_factory.bare()

    assert not left.exists()
    eventually(lambda: not list(address.folder.glob("tmp.*")))


def test_a_stale_address_file_does_not_pass_for_a_running_cloud(
    cloud_factory: CloudFactory,
) -> None:
    address = cloud_factory.bare()
    kill(address)

    assert (address.folder / "cloud.json").exists()
    assert local_cloud.status(address.folder) is None
    assert local_cloud.stop(address.folder) is False
    with pytest.raises(local_cloud.CloudError, match="no local cloud runs"):
        local_cloud.address(address.folder)


def test_a_taken_port_gives_way_to_the_next_free_one(
    cloud_factory: CloudFactory, tmp_path: Path
) -> None:
    first = cloud_factory.bare("first")
    second = local_cloud.start(tmp_path / "second", first.port, first.front_port)

    try:
        assert second.port != first.port
        assert second.front_port != first.front_port
        assert second.client("sts").get_caller_identity()["Account"] == "000000000000"
    finally:
        local_cloud.stop(second.folder)


def test_stopping_ends_a_launcher_that_does_not_listen(
    cloud_factory: CloudFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_cloud, "STOP_SECONDS", 1.0)
    address = cloud_factory.bare()
    os.kill(address.pid, signal.SIGSTOP)

    assert local_cloud.stop(address.folder)

    eventually(lambda: not local_cloud.is_running(address.folder))


def test_one_that_runs_but_does_not_answer_is_not_said_to_be_gone(
    cloud_factory: CloudFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = cloud_factory.bare()
    os.kill(address.pid, signal.SIGSTOP)
    try:
        with monkeypatch.context() as hurried:
            hurried.setattr(local_cloud, "_ANSWER_SECONDS", 0.1)
            with pytest.raises(OutOfReachError, match="runs, but does not answer"):
                address_of(address.folder)
    finally:
        os.kill(address.pid, signal.SIGCONT)

    assert address_of(address.folder) == address


def test_whoever_interrupts_a_start_is_told_what_runs_on_and_how_to_stop_it(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    starting = subprocess.Popen(
        command("local", "up", "--port", "0", "--front-port", "0"),
        env=bare_environment(ITOPS_HOME=str(home)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        eventually((home / "cloud.json").exists)
        starting.send_signal(signal.SIGINT)
        told, _ = starting.communicate(timeout=120)

        assert starting.returncode == 130
        assert f"local down --folder {home}" in told.replace("\n", "")
        assert local_cloud.is_running(home)
    finally:
        starting.kill()
        local_cloud.stop(home)


def test_a_launcher_whose_folder_was_removed_ends(cloud_factory: CloudFactory) -> None:
    address = cloud_factory.bare()

    address.folder.rename(address.folder.with_name("elsewhere"))

    eventually(lambda: not local_cloud.is_running(address.folder.with_name("elsewhere")))


ENVIRONMENT = "import os\ndef handler(event, context):\n    return dict(os.environ)\n"


def test_functions_inherit_nothing_of_whoever_starts_the_cloud(
    cloud_factory: CloudFactory, unique: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "not-for-functions")
    monkeypatch.setenv("AWS_PROFILE", "production")
    address, name = cloud_factory.bare(), unique("environment")
    make_function(address, name, ENVIRONMENT)

    seen = invoke(address, name)

    assert not {"ANTHROPIC_API_KEY", "AWS_PROFILE"} & seen.keys()
    assert seen["HOME"] == str(address.folder / "home")
    assert seen["AWS_ACCESS_KEY_ID"].startswith("ASIA")
