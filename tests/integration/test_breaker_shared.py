"""Circuits that all callers share, against real DynamoDB semantics."""

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from itops_core.errors import ToolUnavailableError
from itops_core.settings import Breaker
from itops_core.stores.breaker_storage import BreakerStorage
from itops_core.tools.breaker_gateway import BreakerGateway, circuit_breaker
from itops_core.tools.gateway import ToolAnswer, ToolSchema
from tests.support.accounts import Tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

pytest_plugins = ("tests.emulator",)

RULES = Breaker(failures=3, reset_seconds=600, window_seconds=1200, cache_seconds=0)
LEASE_SECONDS = 250


class ScriptedServer:
    """A tool server that does what it is told, and counts how often it was reached."""

    server = "monitoring"

    def __init__(self) -> None:
        self.reached = 0
        self.answers: Callable[[], ToolAnswer] = healthy

    def call(self, tool: str, arguments: Mapping[str, Any]) -> ToolAnswer:  # noqa: ARG002
        self.reached += 1
        return self.answers()

    def list_tools(self) -> tuple[ToolSchema, ...]:
        self.reached += 1
        self.answers()
        return ()


class Caller:
    """One process's way to the server; its clock may run in the past."""

    def __init__(self, server: ScriptedServer, table: "Table", rules: Breaker = RULES) -> None:
        self.seconds_ago = 0.0
        storage = BreakerStorage(table, server.server, rules, LEASE_SECONDS, self._now)
        self.gateway = BreakerGateway(server, circuit_breaker(storage, rules))

    def outcome(self) -> str:
        try:
            return "ok" if self.gateway.call("list_alarms", {}).ok else "refused"
        except ToolUnavailableError as error:
            return error.reason

    def _now(self) -> float:
        return time.time() - self.seconds_ago


def healthy() -> ToolAnswer:
    return ToolAnswer(ok=True, content={})


def wrong_argument() -> ToolAnswer:
    return ToolAnswer(ok=False, content={}, message="no such alarm")


def down() -> ToolAnswer:
    raise ToolUnavailableError("monitoring", "down")


@pytest.fixture
def server() -> ScriptedServer:
    return ScriptedServer()


def opened(server: ScriptedServer, table: "Table", seconds_ago: float = 0) -> None:
    """Open the circuit, as some other process did that long ago."""
    other = Caller(server, table)
    other.seconds_ago = seconds_ago
    server.answers = down
    for _ in range(RULES.failures):
        other.outcome()
    server.reached = 0


def test_failures_of_several_callers_open_one_circuit_for_all(
    server: ScriptedServer, tables: Tables
) -> None:
    server.answers = down
    callers = [Caller(server, tables.runtime) for _ in range(RULES.failures + 1)]

    outcomes = [caller.outcome() for caller in callers]

    assert outcomes == ["down", "down", "down", "circuit open"]
    assert server.reached == RULES.failures
    with pytest.raises(ToolUnavailableError, match="circuit open"):
        callers[0].gateway.list_tools()


def test_a_refused_argument_and_a_bug_do_not_count(server: ScriptedServer, tables: Tables) -> None:
    caller = Caller(server, tables.runtime)

    def bug() -> ToolAnswer:
        raise KeyError("a bug of ours")

    server.answers = wrong_argument
    outcomes = {caller.outcome() for _ in range(RULES.failures + 1)}
    server.answers = bug
    for _ in range(RULES.failures + 1):
        with pytest.raises(KeyError):
            caller.outcome()
    server.answers = healthy

    assert outcomes == {"refused"}
    assert caller.outcome() == "ok"


def test_a_healthy_call_writes_nothing_and_reads_only_when_its_cache_is_old(
    server: ScriptedServer, tables: Tables
) -> None:
    table = tables.runtime
    requests: list[str] = []

    def note(model: Any, **_: object) -> None:  # noqa: ANN401
        requests.append(model.name)

    table.meta.client.meta.events.register("before-call.dynamodb", note)
    caller = Caller(server, table, RULES.model_copy(update={"cache_seconds": 3600}))

    for _ in range(50):
        caller.outcome()

    assert server.reached == 50
    assert requests == ["GetItem"]


def test_a_success_in_between_clears_the_failures(server: ScriptedServer, tables: Tables) -> None:
    caller = Caller(server, tables.runtime)

    for answers in (down, down, healthy, down, down):
        server.answers = answers
        caller.outcome()
    server.answers = healthy

    assert caller.outcome() == "ok"


def test_failures_of_an_older_window_do_not_add_up(server: ScriptedServer, tables: Tables) -> None:
    caller = Caller(server, tables.runtime)
    server.answers = down

    caller.seconds_ago = RULES.window_seconds + 1
    caller.outcome()
    caller.outcome()
    caller.seconds_ago = 0

    assert [caller.outcome() for _ in range(4)] == ["down", "down", "down", "circuit open"]


def test_one_trial_is_let_through_and_closes_the_circuit_for_all(
    server: ScriptedServer, tables: Tables
) -> None:
    opened(server, tables.runtime, seconds_ago=RULES.reset_seconds + 1)
    trial_is_under_way, others_are_done = threading.Event(), threading.Event()

    def slow_but_healthy() -> ToolAnswer:
        trial_is_under_way.set()
        others_are_done.wait(timeout=180)
        return healthy()

    server.answers = slow_but_healthy
    same_process, other_process = Caller(server, tables.runtime), Caller(server, tables.runtime)
    with ThreadPoolExecutor() as pool:
        trial = pool.submit(same_process.outcome)
        assert trial_is_under_way.wait(timeout=180)
        meanwhile = [
            pool.submit(caller.outcome).result() for caller in (same_process, other_process) * 3
        ]
        others_are_done.set()

        assert trial.result() == "ok"

    assert meanwhile == ["circuit open"] * 6
    assert server.reached == 1
    assert other_process.outcome() == "ok"


def test_a_trial_that_fails_opens_the_circuit_for_another_period(
    server: ScriptedServer, tables: Tables
) -> None:
    opened(server, tables.runtime, seconds_ago=RULES.reset_seconds + 1)
    caller = Caller(server, tables.runtime)

    outcomes = [caller.outcome(), caller.outcome()]

    assert outcomes == ["down", "circuit open"]
    assert server.reached == 1


def test_a_trial_whose_caller_died_is_repeated_when_its_lease_is_over(
    server: ScriptedServer, tables: Tables
) -> None:
    opened(server, tables.runtime, seconds_ago=RULES.reset_seconds + LEASE_SECONDS + 2)
    died = BreakerStorage(
        tables.runtime, "monitoring", RULES, LEASE_SECONDS, lambda: time.time() - LEASE_SECONDS - 1
    )
    died.state = "half-open"
    server.answers = healthy

    assert Caller(server, tables.runtime).outcome() == "ok"


def test_a_circuit_that_others_closed_lets_a_late_caller_through(
    server: ScriptedServer, tables: Tables
) -> None:
    opened(server, tables.runtime, seconds_ago=RULES.reset_seconds + 1)
    late = Caller(server, tables.runtime, RULES.model_copy(update={"cache_seconds": 3600}))
    server.answers = healthy
    Caller(server, tables.runtime).outcome()

    assert late.outcome() == "ok"


def test_many_failures_at_once_are_all_survived_and_open_the_circuit(
    server: ScriptedServer, tables: Tables
) -> None:
    server.answers = down
    callers = [Caller(server, tables.runtime) for _ in range(12)]

    with ThreadPoolExecutor(12) as pool:
        outcomes = set(pool.map(Caller.outcome, callers))

    assert outcomes <= {"down", "circuit open"}
    assert callers[0].outcome() == "circuit open"


def test_without_its_table_the_circuit_is_the_processs_own(server: ScriptedServer) -> None:
    unreachable = boto3.session.Session("nobody", "test", region_name="us-east-1").resource(
        "dynamodb",
        endpoint_url="http://127.0.0.1:1",
        config=Config(connect_timeout=1, retries={"total_max_attempts": 1}),
    )
    caller = Caller(server, unreachable.Table("ITOps-Runtime"))

    healthy_outcome = caller.outcome()
    server.answers = down
    outcomes = [caller.outcome() for _ in range(RULES.failures + 1)]

    assert healthy_outcome == "ok"
    assert outcomes == ["down", "down", "down", "circuit open"]
