"""An agent's tools: allowed by code, and never an exception."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from itops_core.domain.evidence import Evidence
from itops_core.domain.investigation import Agent, Observation, ObservationStatus, ToolCall
from itops_core.domain.values import derived_id
from itops_core.errors import ToolUnavailableError
from itops_core.tools.gateway import ToolAnswer, ToolSchema
from itops_core.tools.toolbox import Toolbox
from itops_core.wiring.tools import allowed_tools

INCIDENT = "INC-0A1B2C3D"
LIST_ALARMS = ToolCall(server="monitoring", tool="list_alarms", arguments={"state": "ALARM"})
ALLOWED = {
    Agent.TRIAGE: {"monitoring": {"list_alarms", "query_cloudwatch_logs"}},
    Agent.REMEDIATION: {"operations": {"preview_action"}},
}

Answer = Callable[[str, Mapping[str, Any]], ToolAnswer]


class ScriptedServer:
    """A tool server that answers with what it is given, or is down."""

    def __init__(self, server: str, answer: Answer) -> None:
        self.server = server
        self._answer = answer

    def call(self, tool: str, arguments: Mapping[str, Any]) -> ToolAnswer:
        return self._answer(tool, arguments)

    def list_tools(self) -> tuple[ToolSchema, ...]:
        self._answer("", {})
        return tuple(
            ToolSchema(
                server=self.server, name=name, description=name, input_schema={}, read_only=True
            )
            for name in ("list_alarms", "restart_everything")
        )


def alarms(_tool: str = "", _arguments: object = None) -> ToolAnswer:
    return ToolAnswer(ok=True, content={"data_source": "cloudwatch", "alarms": ["payment-memory"]})


def down(_tool: str, _arguments: object) -> ToolAnswer:
    raise ToolUnavailableError("monitoring", "circuit open")


def a_toolbox(answer: Answer = alarms, characters: int = 2000) -> Toolbox:
    gateways = {"monitoring": ScriptedServer("monitoring", answer)}
    return Toolbox(Agent.TRIAGE, gateways, ALLOWED, characters)


def ran(
    toolbox: Toolbox, call: ToolCall = LIST_ALARMS, index: int = 0
) -> tuple[Observation, Evidence | None]:
    return toolbox.run(call, INCIDENT, 3, index)


def test_an_answer_becomes_an_observation_and_evidence_with_the_same_hash() -> None:
    observation, evidence = ran(a_toolbox())

    assert evidence is not None
    assert observation.status is ObservationStatus.OK
    assert observation.sha256 == evidence.sha256
    assert evidence.is_intact()
    assert observation.evidence_id == derived_id("EV", INCIDENT, 3, 0)
    assert observation.data_source == "cloudwatch"
    assert observation.content == evidence.content


def test_a_repeat_of_a_step_finds_its_own_evidence_and_calls_of_a_step_do_not_collide() -> None:
    ids = [ran(a_toolbox(), index=index)[0].evidence_id for index in (0, 0, 1)]

    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(
    "call",
    [
        ToolCall(server="monitoring", tool="restart_everything"),
        ToolCall(server="operations", tool="preview_action"),
        ToolCall(server="nowhere", tool="list_alarms"),
        ToolCall(server="monitoring", tool="list_alarms", arguments={"state": "x" * 30_000}),
    ],
)
def test_what_the_allow_list_does_not_name_never_reaches_a_server(call: ToolCall) -> None:
    reached: list[str] = []

    def noting(tool: str, _arguments: object) -> ToolAnswer:
        reached.append(tool)
        return alarms()

    observation, evidence = ran(a_toolbox(noting), call)

    assert observation.status is ObservationStatus.REFUSED
    assert observation.message
    assert evidence is None
    assert reached == []


def test_a_server_that_is_down_is_a_gap_to_observe() -> None:
    observation, evidence = ran(a_toolbox(down))

    assert observation.status is ObservationStatus.UNAVAILABLE
    assert observation.message == "circuit open"
    assert evidence is None


def test_a_refused_argument_is_shown_as_advice_without_secrets() -> None:
    def refusing(_tool: str, _arguments: object) -> ToolAnswer:
        return ToolAnswer(ok=False, content={}, message="no alarm password=hunter2; list them")

    observation, evidence = ran(a_toolbox(refusing))

    assert observation.status is ObservationStatus.ERROR
    assert observation.message == "no alarm password=[redacted]; list them"
    assert evidence is None


def test_the_agent_sees_a_compact_view_and_the_evidence_keeps_everything_but_secrets() -> None:
    lines = [{"message": f"request {at} password=hunter{at}"} for at in range(400)]

    def logs(_tool: str, _arguments: object) -> ToolAnswer:
        return ToolAnswer(ok=True, content={"data_source": "cloudwatch", "lines": lines})

    observation, evidence = ran(a_toolbox(logs, characters=1500))

    assert evidence is not None
    assert len(evidence.content["lines"]) == 400
    assert len(observation.content["lines"]) < 400
    assert "hunter" not in evidence.text
    for line in observation.content["lines"]:
        assert line["message"] in evidence.text


def test_calls_run_side_by_side_and_come_back_in_their_order() -> None:
    all_there = threading.Barrier(3)

    def together(_tool: str, arguments: Mapping[str, Any]) -> ToolAnswer:
        all_there.wait(timeout=120)
        return ToolAnswer(ok=True, content={"data_source": "test", "echo": arguments["n"]})

    calls = [
        ToolCall(server="monitoring", tool="list_alarms", arguments={"n": n}) for n in (7, 8, 9)
    ]
    seen = a_toolbox(together).run_all(calls, INCIDENT, 1)

    assert [observation.content["echo"] for observation, _ in seen] == [7, 8, 9]
    assert len({observation.evidence_id for observation, _ in seen}) == 3
    assert a_toolbox().run_all([], INCIDENT, 1) == ()


def test_an_agent_is_told_of_its_own_tools_only() -> None:
    assert [schema.name for schema in a_toolbox().schemas(Agent.TRIAGE)] == ["list_alarms"]
    assert a_toolbox().schemas(Agent.REMEDIATION) == ()


def test_the_tools_of_a_server_that_is_down_are_still_named() -> None:
    names = {schema.name for schema in a_toolbox(down).schemas()}

    assert names == {"list_alarms", "query_cloudwatch_logs"}


LOOKING = {
    "get", "list", "search", "query", "describe", "preview",
    "detect", "find", "rank", "explain", "compare", "analyze",
}  # fmt: skip


def test_the_allow_list_covers_every_agent_and_gives_none_a_write() -> None:
    allowed = allowed_tools()

    assert set(allowed) == set(Agent)
    for servers in allowed.values():
        for names in servers.values():
            verbs = {name.split("_", 1)[0] for name in names}
            assert verbs.isdisjoint({"create", "update", "add", "restart", "scale", "rollback"})
            assert verbs <= LOOKING
