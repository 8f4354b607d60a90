"""Who thinks in this process, and the engine of each agent."""

import json
from collections.abc import Callable
from functools import lru_cache
from importlib import resources

from botocore.exceptions import BotoCoreError, ClientError

from itops_core.domain.investigation import Agent
from itops_core.errors import InvalidInputError, ModelUnavailableError
from itops_core.model.breaker_model import BreakerModel, is_not_an_outage
from itops_core.model.claude import (
    ClaudeModel,
    Limits,
    Way,
    anthropic_client,
    bedrock_client,
    bedrock_model_id,
)
from itops_core.model.messages import Connect
from itops_core.reasoning.claude import AgentBrief, ClaudeReasoner, Schemas
from itops_core.reasoning.engine import StepEngine
from itops_core.reasoning.guidance import ByTheBook
from itops_core.reasoning.journaling import JournaledModel, JournaledReasoner, JournaledState
from itops_core.reasoning.offline.reasoner import OfflineReasoner
from itops_core.reasoning.ports import Incidents
from itops_core.reasoning.reasoner import Reasoner
from itops_core.settings import Config, config, places
from itops_core.stores.breaker_storage import BreakerStorage
from itops_core.stores.runbooks import known_runbook
from itops_core.tools.breaker_gateway import circuit_breaker
from itops_core.tools.journal import Journal, NoJournal
from itops_core.wiring.clients import client, table
from itops_core.wiring.journal import journal
from itops_core.wiring.stores import agent_state, incidents
from itops_core.wiring.tools import toolbox

_LEASE_MARGIN_SECONDS = 5
_NO_KEY_NEEDED = "none"
"""What a local model server is told; it asks for no key."""


@lru_cache
def step_engine(agent: Agent) -> StepEngine:
    """Return the engine that `agent` takes its steps with."""
    rules = config()
    return StepEngine(
        incidents(),
        JournaledState(agent_state(), journal()),
        toolbox(agent),
        reasoners(agent),
        rules.budget,
        rules.reasoning.lone_confidence,
    )


def engine_on(agent: Agent) -> Callable[[Incidents, tuple[Reasoner, ...]], StepEngine]:
    """Return what makes the engine of `agent` for cases that are no incidents of the table."""
    rules = config()

    def engine(cases: Incidents, ladder: tuple[Reasoner, ...]) -> StepEngine:
        return StepEngine(
            cases,
            JournaledState(agent_state(), journal()),
            toolbox(agent),
            ladder,
            rules.budget,
            rules.reasoning.lone_confidence,
        )

    return engine


def models(agent: Agent) -> tuple[Reasoner, ...]:
    """Return those of the ladder of `agent` whose turns cost something; often nobody."""
    return tuple(one for one in reasoners(agent) if one.is_paid)


@lru_cache
def reasoners(agent: Agent) -> tuple[Reasoner, ...]:
    """Return the ladder of those who think for `agent`, the best first, each one journaled."""
    sure = config().remediation.auto_confidence
    return tuple(
        JournaledReasoner(ByTheBook(one, known_runbook, sure), journal()) for one in _ladder(agent)
    )


def _ladder(agent: Agent) -> tuple[Reasoner, ...]:
    """Return who thinks for `agent`.

    `ITOPS_REASONER` says who: `offline` alone, `claude` (offline where it fails), or `auto`, the
    default: `claude` where a key or Bedrock is configured, else `offline`.
    """
    offline = OfflineReasoner(config())
    match places().get("ITOPS_REASONER", "auto"):
        case "offline":
            return (offline,)
        case "claude":
            return (claude(agent), offline)
        case "auto":
            return (claude(agent), offline) if _is_claude_configured() else (offline,)
        case other:
            raise InvalidInputError(f"ITOPS_REASONER is {other!r}: auto, claude or offline")


@lru_cache
def claude(agent: Agent) -> ClaudeReasoner:
    """Return Claude, briefed for `agent`; nothing is connected or imported before it is asked."""
    model = JournaledModel(_model(), journal())
    return ClaudeReasoner(model, brief_of(agent), toolbox(agent).schemas)


def claude_with(
    agent: Agent,
    schemas: Schemas,
    rules: Config | None = None,
    written: Journal | None = None,
) -> ClaudeReasoner:
    """Return Claude, briefed for `agent`, with other tools and no breaker that others share."""
    model = JournaledModel(_claude_model(rules or config()), written or NoJournal())
    return ClaudeReasoner(model, brief_of(agent, rules), schemas)


def brief_of(agent: Agent, rules: Config | None = None) -> AgentBrief:
    """Return what is the same in every turn of `agent`."""
    chosen_rules = rules or config()
    models = chosen_rules.models
    chosen: str = getattr(models, agent.value)
    return AgentBrief(
        model_id=bedrock_model_id(chosen, _region()) if _is_bedrock() else chosen,
        max_output_tokens=models.max_output_tokens,
        system_prompt=system_prompt(agent),
        context=chosen_rules.context,
    )


def _model() -> BreakerModel:
    """Return Claude behind a breaker that all functions share."""
    rules, models = config().breaker, config().models
    # A trial lasts as long as the SDK may try; only then may somebody else.
    lease_seconds = models.deadline_seconds + models.timeout_seconds + _LEASE_MARGIN_SECONDS
    storage = BreakerStorage(table(places()["RUNTIME_TABLE"]), "claude", rules, lease_seconds)
    return BreakerModel(_claude_model(config()), circuit_breaker(storage, rules, is_not_an_outage))


def _claude_model(rules: Config) -> ClaudeModel:
    models = rules.models
    way = Way(deadline_seconds=models.deadline_seconds, stream=models.stream)
    return ClaudeModel(_connect(rules), rules.prices, way)


def _connect(rules: Config) -> Connect:
    models = rules.models
    limits = Limits(timeout_seconds=models.timeout_seconds, max_retries=models.max_retries)
    if _is_bedrock():
        return bedrock_client(_region(), places().get("ANTHROPIC_BEDROCK_BASE_URL"), limits)
    return anthropic_client(key_reader(), places().get("ANTHROPIC_BASE_URL"), limits)


def _is_claude_configured() -> bool:
    match places().get("ITOPS_CLAUDE_BACKEND", "anthropic"):
        case "bedrock":
            return True
        case "anthropic":
            return bool(
                places().get("ANTHROPIC_API_KEY") or places().get("ANTHROPIC_API_KEY_SECRET")
            )
        case _:
            return False


def _is_bedrock() -> bool:
    return places().get("ITOPS_CLAUDE_BACKEND") == "bedrock"


def _region() -> str:
    return places().get("AWS_REGION") or places().get("AWS_DEFAULT_REGION", "us-east-1")


def key_reader() -> Callable[[], str]:
    """Return what reads the API key when it is first needed: environment, then the secret."""

    def read() -> str:
        if key := places().get("ANTHROPIC_API_KEY"):
            return key
        if secret := places().get("ANTHROPIC_API_KEY_SECRET"):
            return _key_in(secret)
        if places().get("ANTHROPIC_BASE_URL"):
            return _NO_KEY_NEEDED
        raise ModelUnavailableError("no API key: neither ANTHROPIC_API_KEY nor its secret is set")

    return read


def _key_in(secret_id: str) -> str:
    """Return the key in a secret: its text, or the one value of its JSON."""
    try:
        text = client("secretsmanager").get_secret_value(SecretId=secret_id)["SecretString"]
    except (BotoCoreError, ClientError) as error:
        reason = f"the secret with the API key cannot be read: {type(error).__name__}"
        raise ModelUnavailableError(reason) from error
    try:
        held = json.loads(text)
    except ValueError:
        return str(text).strip()
    if isinstance(held, dict):
        named = held.get("api_key") or held.get("ANTHROPIC_API_KEY")
        return str(named or next(iter(held.values()), ""))
    return str(text).strip()


def system_prompt(agent: Agent) -> str:
    """Return the prompt that stands beside the agent, in the package `<agent>_agent`."""
    prompt = resources.files(f"{agent.value}_agent") / "system_prompt.md"
    return prompt.read_text(encoding="utf-8")
