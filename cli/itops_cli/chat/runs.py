"""A run over a recording, in this very process: planned, looked into, judged; nothing is made."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from goal_runner.agent import GoalRunner
from goal_runner.delivering import Deliverer
from itops_cli.investigation.servers import OpenGateway, Surroundings, tool_gateways
from itops_cli.investigation.stores import memory_stores
from itops_cli.investigation.thinkers import Thinkers, offline
from itops_core.domain.investigation import Agent
from itops_core.domain.question import Unread
from itops_core.domain.run import GoalRun, RunStep
from itops_core.errors import InvalidInputError
from itops_core.reasoning.engine import StepEngine
from itops_core.reasoning.offline.chat_reading import Asked, deliverable_in, understood
from itops_core.reasoning.ports import Incidents
from itops_core.reasoning.reasoner import Reasoner
from itops_core.settings import Config, config
from itops_core.tools.toolbox import Toolbox
from itops_core.wiring.tools import allowed_tools
from itops_core.workflow.run_report import RunReport, report_on_run
from itops_core.workflow.running import GoalRuns, check_goal
from monitoring_server.recorded.recording import Recording


@dataclass
class NoStateMachine:
    """Stands where the state machine does: whoever drives a run takes its steps himself."""

    started: list[str] = field(default_factory=list[str])

    def arn_of(self, run_id: str, number: int) -> str:
        """Return a name for it."""
        return f"{run_id}-{number}"

    def start(self, run_id: str, number: int) -> None:
        """Remember that it would run."""
        self.started.append(self.arn_of(run_id, number))

    def is_running(self, arn: str) -> bool:
        """Nothing runs by itself."""
        del arn
        return False


@dataclass(frozen=True)
class RecordedRuns:
    """Runs over one recording."""

    runs: GoalRuns
    runner: GoalRunner
    around: Surroundings
    thinks_for_money: bool

    def create(self, goal: str) -> GoalRun:
        """Return a new run of a goal, or raise where nobody could work on it."""
        tidy, entries = check_goal(goal), self.around.stores.catalog.list()
        read = understood(Asked(tidy, self.around.now()), entries)
        if isinstance(read, Unread) and (read.is_refused or not self.thinks_for_money):
            raise InvalidInputError(read.why)
        known = None if isinstance(read, Unread) else read
        return self.runs.create(tidy, "you", None, (known, *deliverable_in(tidy)))

    def steps(self, run_id: str) -> Iterator[RunStep]:
        """Execute a run and yield its steps as they are taken, until it is over or asks."""
        self.runs.execute(run_id)
        shown = 0
        while True:
            told = self.runner.advance(run_id)
            for step in self.around.stores.runs.steps(run_id, shown):
                shown = step.number
                yield step
            if told["outcome"] in ("over", "needs_approval"):
                return

    def report(self, run_id: str) -> RunReport:
        """Return what came of it."""
        stores = self.around.stores
        run = stores.runs.get(run_id)
        evidence = stores.agent_state.list_evidence(run.case_id)
        return report_on_run(run, stores.runs.steps(run_id), evidence)


@contextmanager
def recorded_runs(
    recording: Recording, thinkers: Thinkers = offline, rules: Config | None = None
) -> Generator[RecordedRuns]:
    """Yield runs that see nothing but `recording`, at the moment at which it stands."""
    around = Surroundings(recording, memory_stores(recording.catalog), rules or config())
    gateways = dict(tool_gateways(around))
    try:
        yield runs_over(around, gateways, thinkers)
    finally:
        for gateway in gateways.values():
            gateway.close()


def runs_over(
    around: Surroundings, gateways: dict[str, OpenGateway], thinkers: Thinkers
) -> RecordedRuns:
    """Return the runs of a deployment, over a recording and stores in memory."""
    known, stores = around.config, around.stores
    tools = known.tools
    toolbox = Toolbox(
        Agent.CHAT, gateways, allowed_tools(), tools.result_characters, tools.denied_log_groups
    )

    def engine_of(cases: Incidents, ladder: tuple[Reasoner, ...]) -> StepEngine:
        lone = known.reasoning.lone_confidence
        return StepEngine(cases, stores.agent_state, toolbox, ladder, known.budget, lone)

    paid = [one for one in thinkers(Agent.CHAT, toolbox.schemas, known) if one.is_paid]
    runner = GoalRunner(
        stores.runs,
        stores.catalog,
        stores.agent_state,
        engine_of,
        lambda: paid,
        Deliverer(gateways["incident"], _no_tickets, around.now),
        known.runs,
        around.now,
    )
    runs = GoalRuns(stores.runs, NoStateMachine(), around.now)
    return RecordedRuns(runs, runner, around, bool(paid))


def _no_tickets() -> str:
    return "a recording takes no tickets"
