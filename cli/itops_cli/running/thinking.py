"""Who thinks in a run: code alone or Claude, guided by a runbook, and written down."""

from collections.abc import Sequence

from itops_cli.investigation.thinkers import Schemas, Thinkers, demand_a_model
from itops_cli.running.plan import Plan
from itops_core.domain.investigation import Agent
from itops_core.domain.runbook import Runbook
from itops_core.errors import InvalidInputError
from itops_core.reasoning.guidance import GuidedReasoner
from itops_core.reasoning.journaling import JournaledReasoner
from itops_core.reasoning.offline.reasoner import OfflineReasoner
from itops_core.reasoning.reasoner import Reasoner
from itops_core.settings import Config
from itops_core.tools.journal import Journal

REASONERS = ("offline", "claude")


def thinkers_of(plan: Plan, journal: Journal, runbook: Runbook | None = None) -> Thinkers:
    """Return who thinks for the agents of a run."""
    if plan.reasoner not in REASONERS:
        raise InvalidInputError(f"there is no reasoner {plan.reasoner!r}: {' or '.join(REASONERS)}")
    demand_a_model(plan.reasoner)

    def ladder(agent: Agent, schemas: Schemas, config: Config) -> tuple[Reasoner, ...]:
        return tuple(
            JournaledReasoner(_guided(one, runbook, config), journal)
            for one in _plain(plan, journal, (agent, schemas, config))
        )

    return ladder


def _plain(plan: Plan, journal: Journal, told: tuple[Agent, Schemas, Config]) -> Sequence[Reasoner]:
    agent, schemas, config = told
    offline = OfflineReasoner(config)
    if plan.reasoner == "offline":
        return (offline,)
    from itops_core.wiring.reasoners import claude_with  # noqa: PLC0415 - loads the model's client

    return (claude_with(agent, schemas, config, journal), offline)


def _guided(reasoner: Reasoner, runbook: Runbook | None, config: Config) -> Reasoner:
    if runbook is None:
        return reasoner
    return GuidedReasoner(reasoner, runbook, config.remediation.auto_confidence)
