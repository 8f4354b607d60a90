"""Who thinks for the agents of an investigation: code alone, or Claude with code behind it."""

from collections.abc import Callable, Sequence

from itops_core.domain.investigation import Agent
from itops_core.errors import InvalidInputError, ModelUnavailableError
from itops_core.reasoning.offline.reasoner import OfflineReasoner
from itops_core.reasoning.reasoner import Reasoner
from itops_core.settings import Config, places
from itops_core.tools.gateway import ToolSchema

Schemas = Callable[[], Sequence[ToolSchema]]
Thinkers = Callable[[Agent, Schemas, Config], tuple[Reasoner, ...]]
"""Returns the ladder of an agent: each is asked where those before it could not think."""

_WAYS_TO_CLAUDE = ("ANTHROPIC_API_KEY", "ANTHROPIC_API_KEY_SECRET", "ANTHROPIC_BASE_URL")


def offline(agent: Agent, schemas: Schemas, config: Config) -> tuple[Reasoner, ...]:
    """Return the reasoner that needs no model."""
    del agent, schemas
    return (OfflineReasoner(config),)


def claude(agent: Agent, schemas: Schemas, config: Config) -> tuple[Reasoner, ...]:
    """Return Claude, as the environment says how to reach it, and the one that needs no model."""
    from itops_core.wiring.reasoners import claude_with  # noqa: PLC0415 - loads the model's client

    return (claude_with(agent, schemas), *offline(agent, schemas, config))


def thinkers_named(name: str) -> Thinkers:
    """Return the thinkers of a name on the command line."""
    known: dict[str, Thinkers] = {"offline": offline, "claude": claude}
    if name not in known:
        raise InvalidInputError(f"there is no reasoner {name!r}: {' or '.join(known)}")
    return known[name]


def demand_a_model(name: str) -> None:
    """Raise unless the thinkers of a name can be asked: Claude needs a key, or Bedrock."""
    if name != "claude":
        return
    known = places()
    if known.get("ITOPS_CLAUDE_BACKEND", "anthropic") == "bedrock":
        return
    if not any(known.get(one) for one in _WAYS_TO_CLAUDE):
        raise ModelUnavailableError(
            "Claude cannot be asked: set ANTHROPIC_API_KEY, or ITOPS_CLAUDE_BACKEND=bedrock"
        )
