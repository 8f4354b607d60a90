"""Runs towards goals over a recording, with a state machine on a virtual clock and real writes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from goal_runner.agent import GoalRunner
from goal_runner.delivering import TICKET, Deliverer
from incident_server.articles import Articles
from incident_server.knowing import Knowing
from incident_server.outward import Outward
from incident_server.reading import IncidentReading
from incident_server.reports import Reports
from incident_server.sending import Sender
from incident_server.server import Desk, build_server
from incident_server.writing import IncidentWriting
from itops_cli.chat.runs import RecordedRuns, runs_over
from itops_cli.investigation.memory_table import MemoryTable
from itops_cli.investigation.servers import OpenGateway, Surroundings, tool_gateways
from itops_cli.investigation.stores import SCHEMAS, memory_stores
from itops_cli.investigation.thinkers import Thinkers, offline
from itops_core.domain.people import Caller, Role
from itops_core.domain.run import GoalRun, RunStep
from itops_core.domain.ticket import Ticket
from itops_core.errors import ToolUnavailableError
from itops_core.remediation.writing import WriteGate
from itops_core.settings import RunRules, config
from itops_core.stores.incidents import IncidentStore
from itops_core.stores.tickets import TicketStore
from itops_core.tools.gateway import ToolAnswer
from itops_core.tools.in_memory import InMemoryToolGateway
from itops_core.workflow.executions import Executions
from itops_core.workflow.opening import Opener
from itops_core.workflow.reporting import Reporter
from itops_core.workflow.running import GoalRuns
from local_cloud.sandbox.recording import recorded_scenario
from monitoring_server.recorded.recording import Recording
from tests.support.asl_interpreter import Pause, Walk, course, definition
from tests.support.tool_servers import Writable

ASL = Path(__file__).parents[2] / "statemachine" / "goal_run.asl.yaml"
MACHINE = definition(ASL.read_text(encoding="utf-8"))
APPROVER = Caller(name="ada", role=Role.APPROVER)


class Flaky:
    """The way to a server that is out of reach for its next calls."""

    def __init__(self, inner: OpenGateway) -> None:
        self.inner = inner
        self.away = 0
        self.calls: list[str] = []

    @property
    def server(self) -> str:
        return self.inner.server

    def call(self, tool: str, arguments: Mapping[str, Any]) -> ToolAnswer:
        self.calls.append(tool)
        if self.away > 0:
            self.away -= 1
            raise ToolUnavailableError(self.server, "out of reach")
        return self.inner.call(tool, arguments)

    def list_tools(self) -> Any:  # noqa: ANN401
        return self.inner.list_tools()

    def close(self) -> None:
        self.inner.close()


class Machines:
    """Stands where boto3's client of Step Functions does: remembers what was started."""

    def __init__(self) -> None:
        self.started: list[str] = []

    def start_execution(self, name: str, **_given: object) -> dict[str, Any]:
        self.started.append(name)
        return {}


@dataclass
class GoalWorld:
    """One recording, its stores and servers, and the runs over it."""

    recorded: RecordedRuns
    servers: dict[str, Flaky]
    machines: Machines
    incidents: IncidentStore
    tickets: TicketStore
    at: datetime
    waits: list[float] = field(default_factory=list[float])

    @property
    def runner(self) -> GoalRunner:
        """Whoever takes the steps, as a fresh process has it."""
        return replace(self.recorded.runner, now=lambda: self.at)

    @property
    def runs(self) -> GoalRuns:
        """What people do with runs."""
        return replace(self.recorded.runs, now=lambda: self.at)

    def create(self, goal: str) -> GoalRun:
        return self.recorded.create(goal)

    def run(self, run_id: str) -> GoalRun:
        return self.recorded.around.stores.runs.get(run_id)

    def steps(self, run_id: str) -> tuple[RunStep, ...]:
        return self.recorded.around.stores.runs.steps(run_id)

    def executed(self, run_id: str) -> GoalRun:
        """Start a run and let the state machine take it as far as it goes."""
        self.runs.execute(run_id)
        self.walked(run_id)
        return self.run(run_id)

    def consented(self, run_id: str, *, approved: bool = True) -> GoalRun:
        self.runs.decide(run_id, APPROVER, "people should know", approved=approved)
        if approved:
            self.walked(run_id)
        return self.run(run_id)

    def walked(self, run_id: str, tasks: int = 1000) -> Walk:
        """Let the definition of the state machine run, on a clock that waiting sets forward.

        After so many tasks the execution dies.
        """
        result = Walk()
        running = course(MACHINE, {"run_id": run_id}, result)
        said: Any = None
        try:
            while tasks > 0:
                asked = running.send(said)
                said = None
                if isinstance(asked, Pause):
                    self.waits.append(asked.seconds)
                    self.at += timedelta(seconds=asked.seconds)
                else:
                    tasks -= 1
                    said = self._answered(asked.payload)
        except StopIteration:
            return result
        return result

    def tickets_of(self, run_id: str) -> tuple[Ticket, ...]:
        made = self.run(run_id).delivered
        return self.tickets.for_incident(made.incident_id) if made and made.incident_id else ()

    def _answered(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        if "failure" in payload:
            return self.runner.fail(payload["run_id"], payload["failure"])
        return self.runner.advance(payload["run_id"])

    def close(self) -> None:
        for server in self.servers.values():
            server.close()


@lru_cache
def _recorded(scenario: str) -> Recording:
    return recorded_scenario(scenario)


def _refusal(gate: WriteGate) -> Callable[[], str]:
    def refusal() -> str:
        forbidden = gate.forbids(TICKET)
        return forbidden.reason if forbidden else ""

    return refusal


def goal_world(
    scenario: str,
    thinkers: Thinkers = offline,
    may: Writable | None = None,
    rules: RunRules | None = None,
) -> GoalWorld:
    """Return the world of a scenario, in which the incident server may write."""
    known = config().model_copy(update={"runs": rules or config().runs})
    recording = _recorded(scenario)
    around = Surroundings(recording, memory_stores(recording.catalog), known)
    stores = around.stores
    table = cast(Any, MemoryTable(SCHEMAS["Incidents"]))
    incidents, tickets, machines = IncidentStore(table), TicketStore(table), Machines()
    gate = (may or Writable()).gate()
    reading = IncidentReading(incidents)
    opener = Opener(
        incidents,
        Executions(cast(Any, machines), "arn:aws:states:us-east-1:000000000000:stateMachine:x"),
        page=lambda _incident: None,
    )
    reporter = Reporter(incidents, stores.agent_state, stores.approvals)
    server = build_server(
        reading,
        IncidentWriting(incidents, around.now, opener.open_once, gate),
        Knowing(stores.knowledge, stores.catalog),
        desk=Desk(
            Reports(reporter, incidents, gate, around.now),
            Articles(stores.knowledge, incidents, gate),
            Outward(
                Sender(incidents, stores.runtime, gate, around.now), tickets, cast(Any, None), None
            ),
        ),
    )
    ways = {**tool_gateways(around), "incident": InMemoryToolGateway(server)}
    servers = {name: Flaky(cast(OpenGateway, way)) for name, way in ways.items()}
    recorded = runs_over(around, cast(Any, servers), thinkers)
    world = GoalWorld(recorded, servers, machines, incidents, tickets, around.now())
    deliverer = Deliverer(servers["incident"], _refusal(gate), around.now)
    world.recorded = replace(recorded, runner=replace(recorded.runner, deliver=deliverer))
    return world
