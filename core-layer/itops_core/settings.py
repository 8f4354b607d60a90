"""The one reader of the environment and of `config/itops.yaml`."""

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

_OVERRIDE = "ITOPS__"
"""`ITOPS__BREAKER__FAILURES=3` overrides `breaker.failures`."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Budget(_Section):
    """What one incident may cost."""

    steps: int = Field(gt=0)
    steps_per_agent: int = Field(gt=0)
    tool_calls: int = Field(gt=0)
    tokens: int = Field(gt=0)
    dollars: float = Field(gt=0)
    seconds: int = Field(gt=0)


class Breaker(_Section):
    """When a tool server is left alone, and for how long."""

    failures: int = Field(gt=0)
    reset_seconds: float = Field(gt=0)
    window_seconds: float = Field(gt=0)
    cache_seconds: float = Field(ge=0)


class Tools(_Section):
    """Bounds of one tool call."""

    timeout_seconds: float = Field(gt=0)
    result_characters: int = Field(gt=500)
    denied_log_groups: tuple[str, ...] = Field(
        default=(), description="Log groups that no agent reads; `*` stands for anything."
    )


class Reasoning(_Section):
    """When a hypothesis counts as a verdict; probabilities."""

    found_at: float = Field(gt=0, lt=1)
    lead: float = Field(ge=0, lt=1)
    escalate_below: float = Field(ge=0, lt=1)
    lone_confidence: float = Field(gt=0, lt=1, description="Of a model that nobody confirms.")


class Models(_Section):
    """Which model each agent thinks with, by the provider's id."""

    triage: str
    root_cause: str
    remediation: str
    watchdog: str
    chat: str
    max_output_tokens: int = Field(gt=0)
    timeout_seconds: float = Field(gt=0, description="Of silence, on one try.")
    deadline_seconds: float = Field(gt=0, description="Of all tries of one request together.")
    max_retries: int = Field(ge=0)
    stream: bool


class Context(_Section):
    """How much of what was seen a model is shown, in characters."""

    step_characters: int = Field(ge=500, description="All answers of one step together.")
    line_characters: int = Field(ge=80, description="An older answer: its evidence line.")
    conversation_characters: int = Field(
        ge=4000, description="Beyond this a conversation begins anew, older answers as lines."
    )


class Remediation(_Section):
    """What the gate lets through by itself."""

    auto_confidence: float = Field(ge=0, le=1)
    max_rounds: int = Field(gt=0)
    max_scale_step: int = Field(gt=0)
    scale_step: int = Field(gt=0)
    memory_factor: float = Field(gt=1)
    max_memory_mb: int = Field(ge=128, le=10240)
    concurrency_factor: float = Field(gt=1)
    max_reserved_concurrency: int = Field(gt=0)
    capacity_factor: float = Field(gt=1)
    max_capacity_units: int = Field(gt=0)
    large_redrive_messages: int = Field(gt=0)
    cooldown_seconds: float = Field(ge=0)
    blocked_keywords: tuple[str, ...]


class ApprovalRules(_Section):
    """How long people have to decide."""

    expires_minutes: float = Field(gt=0)


class VerificationRules(_Section):
    """How long and how finely a remedy is watched."""

    minimum_seconds: float = Field(ge=0)
    maximum_seconds: float = Field(gt=0)
    wait_seconds: int = Field(gt=0)
    period_seconds: int = Field(gt=0)
    before_seconds: int = Field(gt=0)
    healthy_samples: int = Field(gt=0)
    window_samples: int = Field(gt=0)


class Intake(_Section):
    """How alarms become incidents."""

    cooldown_seconds: int = Field(ge=0)
    fold_seconds: int = Field(ge=0, description="How far apart alarms of one outage may ring.")
    fold_hops: int = Field(ge=0, le=5, description="Over how many calls trouble is followed.")
    tries: int = Field(gt=0, description="How often a message is taken up before it is given up.")
    webhook_tolerance_seconds: int = Field(gt=0, description="How old a signature may be.")


class RunRules(_Section):
    """How runs towards goals try again, and when they are long enough."""

    attempts: int = Field(gt=0, description="Of one step, before it is gone on without.")
    first_wait_seconds: float = Field(ge=0)
    longest_wait_seconds: float = Field(ge=0)
    steps: int = Field(gt=0, description="Of one run; then it answers with what it has.")

    def wait(self, attempts: int) -> float:
        """Return how long to wait after so many attempts in vain: twice as long each time."""
        return min(self.longest_wait_seconds, self.first_wait_seconds * 2 ** (attempts - 1))


class Writing(_Section):
    """What tools may write: records by mode, and messages only where writes are allowed."""

    mode: str
    allow_writes: bool
    messages_per_incident: int = Field(gt=0, le=100)
    modes: dict[str, tuple[str, ...]]


class SlackUser(_Section):
    """Who a Slack user is here: the name that their tokens have, and what they may do."""

    name: str = Field(min_length=1, max_length=100)
    role: Literal["viewer", "responder", "approver", "admin"]


class SlackRules(_Section):
    """What is believed of Slack's requests, and where it is answered."""

    tolerance_seconds: int = Field(gt=0, le=900)
    response_prefix: str = Field(pattern=r"^https?://")
    users: dict[str, SlackUser]


class Autonomy(_Section):
    """What a class of actions has to have shown before it happens with nobody asked."""

    precision_bar: float = Field(gt=0, lt=1)
    seed_weight: int = Field(ge=0, le=200)
    window: int = Field(ge=10, le=400)


class Route(_Section):
    """Which channels are told of what."""

    occasions: tuple[str, ...] = Field(min_length=1)
    channels: tuple[str, ...]
    severities: tuple[str, ...] = Field(default=(), description="Left out: all of them.")


class ChannelRate(_Section):
    """How much a channel is told; what is over it goes into a digest."""

    burst: int = Field(gt=0)
    per_minute: float = Field(gt=0)


class NotificationRules(_Section):
    """Who is told what, how fast, and how stubbornly."""

    routes: tuple[Route, ...]
    rates: dict[str, ChannelRate]
    timeout_seconds: float = Field(gt=0, le=15, description="Of one message on one channel.")
    attempts: int = Field(gt=0)
    backoff_seconds: float = Field(gt=0)
    backoff_limit_seconds: float = Field(gt=0)
    page_again_minutes: float = Field(gt=0)
    page_again_at_most: int = Field(ge=0)

    @model_validator(mode="after")
    def _every_channel_has_a_rate(self) -> Self:
        unknown = {name for route in self.routes for name in route.channels} - set(self.rates)
        if unknown:
            raise ValueError(f"notifications.rates says nothing of {', '.join(sorted(unknown))}")
        return self


class SelfWatchRules(_Section):
    """When an incident counts as stuck, and how often ITOps opens an incident about itself."""

    stuck_minutes: float = Field(gt=0)
    own_incident_minutes: float = Field(gt=0)


class Config(_Section):
    """`config/itops.yaml`, checked."""

    budget: Budget
    breaker: Breaker
    tools: Tools
    reasoning: Reasoning
    models: Models
    context: Context
    prices: dict[str, tuple[float, float, float]]
    remediation: Remediation
    approval: ApprovalRules
    verification: VerificationRules
    intake: Intake
    notifications: NotificationRules
    self_watch: SelfWatchRules
    writing: Writing
    runs: RunRules
    slack: SlackRules
    autonomy: Autonomy

    @model_validator(mode="after")
    def _a_lone_voice_does_not_act(self) -> Self:
        if self.reasoning.lone_confidence >= self.remediation.auto_confidence:
            raise ValueError(
                "reasoning.lone_confidence has to lie below remediation.auto_confidence: "
                "what nobody confirms is not acted on without a person"
            )
        return self


class Places(_Section):
    """Where things are: names and ARNs that the template puts into the environment.

    A function is told only of what it may reach, so everything is optional here; asking for
    one that is missing raises a `KeyError` that names the variable.
    """

    values: dict[str, str]

    def __getitem__(self, name: str) -> str:
        value = self.values.get(name, "")
        if not value:
            raise KeyError(f"the environment variable {name} is not set for this function")
        return value

    def get(self, name: str, default: str = "") -> str:
        """Return the variable, or `default` where it is not set or empty."""
        return self.values.get(name) or default


def is_model_configured() -> bool:
    """Whether somebody thinks here whose turns cost something, as the environment tells."""
    known = places()
    if known.get("ITOPS_REASONER", "auto") != "auto":
        return known.get("ITOPS_REASONER") == "claude"
    backend = known.get("ITOPS_CLAUDE_BACKEND", "anthropic")
    has_key = bool(known.get("ANTHROPIC_API_KEY") or known.get("ANTHROPIC_API_KEY_SECRET"))
    return backend == "bedrock" or (backend == "anthropic" and has_key)


def bundled(folder: str) -> Path:
    """Return a data folder of the project: beside this package in a layer, else in the checkout.

    `folder` is one of `config`, `policies`, `runbooks`, `knowledge-base`, `scenarios`.
    """
    in_layer = Path(__file__).parent / "bundled" / folder
    return in_layer if in_layer.is_dir() else Path(__file__).parents[2] / folder


@lru_cache
def config() -> Config:
    """Return the configuration of this process: the file, then the environment."""
    text = (bundled("config") / "itops.yaml").read_text(encoding="utf-8")
    return Config.model_validate(overridden(yaml.safe_load(text), os.environ))


@lru_cache
def places() -> Places:
    """Return where things are, as the environment tells."""
    return Places(values=dict(os.environ))


def overridden(values: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """Return `values` with every `ITOPS__A__B=value` of the environment put at `a.b`.

    An empty variable says nothing: a template parameter that was left out arrives so.
    """
    result: dict[str, Any] = {
        key: dict(value) if isinstance(value, Mapping) else value for key, value in values.items()
    }
    for name, text in environment.items():
        if name.startswith(_OVERRIDE) and text:
            *parents, leaf = name.removeprefix(_OVERRIDE).lower().split("__")
            section = result
            for parent in parents:
                section = section.setdefault(parent, {})
            section[leaf] = yaml.safe_load(text)
    return result
