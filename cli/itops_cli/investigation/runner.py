"""An investigation in one process: triage, root cause and plan, by the very code that AWS runs.

The agents, the step engine, the tool servers, the policies and the stores are the real ones; what
is looked at is a recording, and nothing is ever carried out.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, Protocol

from itops_cli.investigation.outcome import Investigation, JudgedAction
from itops_cli.investigation.servers import (
    OpenGateway,
    Surroundings,
    gate_of,
    tool_gateways,
)
from itops_cli.investigation.stores import Stores, memory_stores
from itops_cli.investigation.thinkers import Thinkers, offline
from itops_core.domain.catalog import Article
from itops_core.domain.evidence import Evidence
from itops_core.domain.incident import Incident
from itops_core.domain.investigation import Agent, Step, Usage
from itops_core.domain.verdict import VerdictOutcome
from itops_core.reasoning.engine import StepEngine
from itops_core.reasoning.journaling import JournaledState
from itops_core.remediation.proposal import Proposer, gate_request
from itops_core.settings import Config
from itops_core.settings import config as standing_config
from itops_core.tools.gateway import ToolGateway
from itops_core.tools.journal import Journal, NoJournal
from itops_core.tools.toolbox import Toolbox
from itops_core.wiring.tools import allowed_tools
from itops_core.workflow.recollection import Recollection
from monitoring_server.recorded.recording import Recording
from remediation_agent.agent import RemediationAgent
from root_cause_agent.agent import RootCauseAgent
from triage_agent.agent import TriageAgent
from triage_agent.recognising import Recogniser


class Reached(ToolGateway, Protocol):
    """A way to a tool server that is let go of in the end."""

    def close(self) -> None:
        """Let go of it."""
        ...


Answering = Callable[[Surroundings], Mapping[str, Reached]]
History = tuple[tuple[Step, ...], tuple[Evidence, ...]]
"""Steps, and the evidence they point to."""


@dataclass(frozen=True)
class Setting:
    """By whom and by what an investigation is made; the defaults need no network."""

    thinkers: Thinkers = offline
    config: Config = field(default_factory=standing_config)
    knowledge: tuple[Article, ...] | None = None
    """Articles and runbooks; those of the project where left out."""
    before: tuple[Incident, ...] = ()
    """Incidents that are on record already."""
    remembered: tuple[Step, ...] = ()
    """What agents did in those."""
    down: frozenset[str] = frozenset()
    """Tool servers that are out of reach."""
    answering: Answering | None = None
    """What answers in place of tool servers over the recording."""
    history: History = ((), ())
    """What agents did in rounds before this one."""
    around: Callable[[OpenGateway], OpenGateway] | None = None
    """What is put between the agents and each server."""
    journal: Journal = field(default_factory=NoJournal)
    """Where what is looked at and thought is written down."""
    stores: Stores | None = None
    """What is kept of it; a memory of its own where left out."""


def investigate(
    recording: Recording, incident: Incident, setting: Setting | None = None
) -> Investigation:
    """Return what the agents make of `incident` with nothing to look at but `recording`."""
    how = setting or Setting()
    stores = how.stores or memory_stores(recording.catalog, how.knowledge)
    around = Surroundings(recording, stores, how.config)
    for one in (*how.before, incident):
        around.stores.incidents.create(one)
    for seen in recording.evidence:
        around.stores.agent_state.put_evidence(seen)
    steps_before, evidence_before = how.history
    for known in evidence_before:
        around.stores.agent_state.put_evidence(known)
    for step in (*how.remembered, *steps_before):
        around.stores.agent_state.put_step(step)
    began = time.perf_counter()
    reached: Mapping[str, Reached] = (
        how.answering(around) if how.answering else tool_gateways(around, how.down)
    )
    gateways: Mapping[str, ToolGateway] = reached
    if how.around is not None:
        gateways = {name: how.around(gateway) for name, gateway in reached.items()}
    run = _Run(around, gateways, how, incident.incident_id)
    try:
        outcome, reason = run.through()
        judged = run.judged()
    finally:
        for gateway in reached.values():
            gateway.close()
    state, ended = around.stores.agent_state, run.incident()
    steps = state.steps(incident.incident_id)
    return Investigation(
        incident=ended,
        steps=steps,
        evidence=state.list_evidence(incident.incident_id),
        timeline=around.stores.incidents.timeline(incident.incident_id, limit=1000).items,
        judged=judged,
        outcome=outcome,
        reason=reason,
        usage=reduce(Usage.plus, (step.turn.usage for step in steps), Usage()),
        seconds=time.perf_counter() - began,
    )


@dataclass(frozen=True)
class _Run:
    around: Surroundings
    gateways: Mapping[str, ToolGateway]
    how: Setting
    incident_id: str

    def through(self) -> tuple[str, str]:
        """Walk the chain as the state machine does; return what became of the plan, and why."""
        incidents, now = self.around.stores.incidents, self.around.now
        looking = self._engine(Agent.ROOT_CAUSE)
        memory = Recollection(incidents, self.around.stores.knowledge)
        recogniser = Recogniser(memory, incidents, lambda: looking, self.how.config, now)
        triage = TriageAgent(self._engine(Agent.TRIAGE), incidents, now, recogniser)
        cause = RootCauseAgent(looking, incidents, now)
        remedy = RemediationAgent(self._engine(Agent.REMEDIATION), incidents, self._proposer, now)
        if self.incident().round == 1 and not self._goes_on(triage):
            return "", ""
        if self._concluded(cause.investigate)["outcome"] != VerdictOutcome.FOUND:
            return "", ""
        told = self._concluded(remedy.propose)
        return str(told["outcome"]), str(told["reason"])

    def _goes_on(self, triage: TriageAgent) -> bool:
        return self._concluded(triage.triage)["outcome"] == "investigate"

    def judged(self) -> tuple[JudgedAction, ...]:
        """Return each previewed action with the gate's word on it alone."""
        incident = self.incident()
        plan, rules = incident.plan, self.how.config.remediation
        if plan is None:
            return ()
        gate, entries = gate_of(self.around), self.around.stores.catalog.list()
        return tuple(
            JudgedAction(
                action=preview.action,
                preview=preview,
                decision=gate.decide(
                    gate_request(incident, plan, preview, entries, rules.blocked_keywords)
                ),
            )
            for preview in incident.previews
        )

    def incident(self) -> Incident:
        """Return the incident as it stands."""
        return self.around.stores.incidents.get(self.incident_id)

    def _concluded(self, step: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
        while (told := step(self.incident_id))["outcome"] == "continue":
            continue
        return told

    def _engine(self, agent: Agent) -> StepEngine:
        stores, rules = self.around.stores, self.how.config
        tools = rules.tools
        toolbox = Toolbox(
            agent,
            self.gateways,
            allowed_tools(),
            tools.result_characters,
            tools.denied_log_groups,
        ).journaled(self.how.journal)
        ladder = self.how.thinkers(agent, toolbox.schemas, rules)
        return StepEngine(
            stores.incidents,
            JournaledState(stores.agent_state, self.how.journal),
            toolbox,
            ladder,
            rules.budget,
            rules.reasoning.lone_confidence,
        )

    def _proposer(self) -> Proposer:
        return Proposer(
            self.gateways["operations"],
            gate_of(self.around),
            self.around.stores.catalog.list(),
            self.how.config.remediation.blocked_keywords,
        )
