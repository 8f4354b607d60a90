"""Capsules of incidents that a played Claude thought about, over a server that speaks its API."""

from itops_cli.capsules.capsule import Capsule
from itops_cli.capsules.export import capsule_of
from itops_cli.investigation import Setting, Thinkers, incident_in, investigate
from itops_cli.investigation.thinkers import Schemas
from itops_core.domain.investigation import Agent
from itops_core.model.claude import ClaudeModel, Limits, Way, anthropic_client
from itops_core.reasoning.claude import AgentBrief, ClaudeReasoner
from itops_core.reasoning.offline.reasoner import OfflineReasoner
from itops_core.reasoning.reasoner import Reasoner
from itops_core.settings import Config, config
from itops_core.wiring.reasoners import system_prompt
from local_cloud.messages_api.replies import Script
from local_cloud.messages_api.server import MessagesApi, messages_api
from local_cloud.sandbox.injection import library
from local_cloud.sandbox.recording import recorded
from local_cloud.sandbox.scenario import load

MOMENT = 1_800_000_000.0
_LIMITS = Limits(timeout_seconds=60, max_retries=0)


def played_capsule(script: Script, slug: str = "payment-oom") -> Capsule:
    """Return the capsule of a recorded scenario about which `script` thinks as Claude."""
    recording = recorded(load(slug, library()), MOMENT)
    with messages_api(script) as api:
        model = _model(api)
        try:
            setting = Setting(thinkers=_thinkers(model))
            found = investigate(recording, incident_in(recording), setting)
        finally:
            model.close()
    return capsule_of(found, recording.catalog, f"scenario {slug}, Claude played")


def _model(api: MessagesApi) -> ClaudeModel:
    connect = anthropic_client(lambda: "a-key", api.base_url, _LIMITS)
    return ClaudeModel(connect, config().prices, Way(deadline_seconds=90, stream=False))


def _thinkers(model: ClaudeModel) -> Thinkers:
    def ladder(agent: Agent, schemas: Schemas, rules: Config) -> tuple[Reasoner, ...]:
        brief = AgentBrief(
            model_id="claude-sonnet-5-5",
            max_output_tokens=2000,
            system_prompt=system_prompt(agent),
            context=rules.context,
        )
        return (ClaudeReasoner(model, brief, schemas), OfflineReasoner(rules))

    return ladder
