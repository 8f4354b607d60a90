"""Who thinks in a run: code alone or Claude, guided by a runbook, and written down."""

from collections.abc import Sequence

from itops_cli.investigation.thinkers import Schemas, Thinkers, demand_a_model
from itops_cli.running.session import Session
from itops_core.domain.investigation import Agent
from itops_core.domain.runbook import Runbook
from itops_core.reasoning.guidance import GuidedReasoner
from itops_core.reasoning.journaling import JournaledReasoner
from itops_core.reasoning.offline.reasoner import OfflineReasoner
from itops_core.reasoning.reasoner import Reasoner
from itops_core.settings import Config


def thinkers_of(session: Session, runbook: Runbook | None = None) -> Thinkers:
    """Return who thinks for the agents of a run."""
    demand_a_model(session.plan.reasoner)

    def ladder(agent: Agent, schemas: Schemas, config: Config) -> tuple[Reasoner, ...]:
        return tuple(
            JournaledReasoner(_guided(one, runbook, config), session.journal)
            for one in _plain(session, agent, schemas, config)
        )

    return ladder


def _plain(session: Session, agent: Agent, schemas: Schemas, config: Config) -> Sequence[Reasoner]:
    offline = OfflineReasoner(config)
    if session.plan.reasoner == "offline":
        return (offline,)
    from itops_core.wiring.reasoners import claude_with  # noqa: PLC0415 - loads the model's client

    claude = claude_with(agent, schemas, config, session.journal)
    session.held.callback(claude.close)
    return (claude, offline)


def _guided(reasoner: Reasoner, runbook: Runbook | None, config: Config) -> Reasoner:
    if runbook is None:
        return reasoner
    return GuidedReasoner(reasoner, runbook, config.remediation.auto_confidence)
