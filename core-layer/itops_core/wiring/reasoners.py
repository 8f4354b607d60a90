"""Who thinks in this process, and the engine of each agent."""

from functools import lru_cache

from itops_core.domain.investigation import Agent
from itops_core.reasoning.engine import StepEngine
from itops_core.reasoning.offline.reasoner import OfflineReasoner
from itops_core.reasoning.reasoner import Reasoner
from itops_core.settings import config
from itops_core.wiring.stores import agent_state, incidents
from itops_core.wiring.tools import toolbox


@lru_cache
def step_engine(agent: Agent) -> StepEngine:
    """Return the engine that `agent` takes its steps with."""
    return StepEngine(incidents(), agent_state(), toolbox(agent), reasoners(agent), config().budget)


@lru_cache
def reasoners(agent: Agent) -> tuple[Reasoner, ...]:
    """Return the ladder of those who think for `agent`, the best first."""
    del agent
    return (OfflineReasoner(config()),)
