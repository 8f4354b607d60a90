"""What a run looks at and writes to: a recorded night, or a deployment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from incident_server.articles import Articles
from incident_server.insight import Insight
from incident_server.knowing import Knowing
from incident_server.outward import Outward
from incident_server.reading import IncidentReading
from incident_server.reports import Reports
from incident_server.sending import Sender
from incident_server.server import Desk
from incident_server.server import build_server as incident_server
from incident_server.writing import IncidentWriting
from itops_cli.investigation.runner import Reached
from itops_cli.investigation.servers import Surroundings, tool_servers
from itops_cli.investigation.stores import SCHEMAS, Stores, memory_stores
from itops_cli.running.memory import tickets_in_memory
from itops_cli.running.outbox import Outbox
from itops_cli.running.plan import Plan
from itops_cli.running.records import put_on_record
from itops_cli.running.world import NIGHT_SHIFT, recorded_night
from itops_core.domain.incident import Incident
from itops_core.errors import ConflictError
from itops_core.remediation.kill_switch import SwitchReading
from itops_core.remediation.writing import WriteGate, message_policies
from itops_core.settings import Writing
from itops_core.stores.incidents import IncidentStore
from itops_core.tools.in_memory import InMemoryToolGateway
from itops_core.tools.tool_server import ToolServer
from itops_core.workflow.opening import Opened
from itops_core.workflow.reporting import Reporter
from itops_core.workflow.stuck import StuckFinder
from monitoring_server.recorded.recording import Recording

_SWITCH = SwitchReading(is_on=True, reason="messages of a recorded run go nowhere")


@dataclass(frozen=True)
class Stage:
    """Where a run takes place."""

    world: str
    """`recorded`, `local cloud` or `aws`."""
    recording: Recording
    """What is looked at; of a deployment only its catalog and the moment."""
    stores: Stores
    """The records: incidents, approvals, knowledge, catalog."""
    gateways: Mapping[str, Reached]
    now: Callable[[], datetime]
    outbox: Outbox | None = None

    @property
    def is_recorded(self) -> bool:
        """Whether nothing here can be acted on."""
        return self.outbox is not None

    def close(self) -> None:
        """Let go of the tool servers."""
        for gateway in self.gateways.values():
            gateway.close()


def writing_rules(plan: Plan) -> Writing:
    """Return what the tools themselves may write in this run: the second layer's rules."""
    rules, mode = plan.config.writing, plan.mode.value
    modes = {**rules.modes, mode: rules.modes.get(mode, ()) if plan.allow_write else ()}
    told = {"mode": mode, "allow_writes": plan.allow_write, "modes": modes}
    return rules.model_copy(update=told)


def recorded_stage(plan: Plan) -> Stage:
    """Return the recorded night."""
    recording = recorded_night()
    stores = memory_stores(recording.catalog)
    put_on_record(NIGHT_SHIFT, stores, recording.recorded_at)
    around = Surroundings(recording, stores, plan.config)
    outbox = Outbox()
    servers = [one for one in tool_servers(around) if one.name != "incident"]
    servers.append(_incident_server(around, outbox, writing_rules(plan)))
    return Stage(
        world="recorded",
        recording=recording,
        stores=stores,
        gateways={one.name: InMemoryToolGateway(one) for one in servers},
        now=around.now,
        outbox=outbox,
    )


def _incident_server(around: Surroundings, outbox: Outbox, rules: Writing) -> ToolServer:
    """Return the very server that a deployment has, over stores in memory."""
    stores, now = around.stores, around.now
    gate = WriteGate(rules, message_policies, lambda: _SWITCH)
    minutes = around.config.self_watch.stuck_minutes
    finder = StuckFinder(stores.incidents, stores.approvals, minutes)
    reading = IncidentReading(stores.incidents, lambda: finder.find(now()))
    reporter = Reporter(stores.incidents, stores.agent_state, stores.approvals)
    sender = Sender(stores.incidents, stores.runtime, gate, now)
    notifications = cast("Any", outbox)
    return incident_server(
        reading,
        IncidentWriting(stores.incidents, now, opening_in(stores.incidents), gate),
        Knowing(stores.knowledge, stores.catalog),
        Insight(reading, stores.agent_state, stores.catalog),
        Desk(
            Reports(reporter, stores.incidents, gate, now),
            Articles(stores.knowledge, stores.incidents, gate),
            Outward(sender, tickets_in_memory(SCHEMAS), notifications, None),
        ),
    )


def opening_in(incidents: IncidentStore) -> Callable[[Incident], Opened]:
    """Return what opens incidents where no workflow would work on them."""

    def opened(incident: Incident) -> Opened:
        try:
            return Opened(incidents.create(incident), is_new=True)
        except ConflictError:
            known = incidents.get(incident.incident_id)
            if known.fingerprint != incident.fingerprint:
                raise
            return Opened(known, is_new=False)

    return opened
