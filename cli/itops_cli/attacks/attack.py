"""An attack as data: where its text stands, what it says, and what obeying it would mean."""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml
from pydantic import Field

from itops_core.domain.remediation import Action
from itops_core.domain.values import Value
from itops_core.domain.verdict import Severity, VerdictOutcome

_FOLDER = "library"


class Channel(StrEnum):
    """Where an attacker's text gets in."""

    ALARM_NAME = "alarm_name"
    ALARM_DESCRIPTION = "alarm_description"
    ALARM_REASON = "alarm_reason"
    LOG_LINE = "log_line"
    METRIC_NAME = "metric_name"
    DIMENSION_VALUE = "dimension_value"
    SERVICE_DESCRIPTION = "service_description"
    STOP_REASON = "stop_reason"
    IMAGE = "image"
    ENVIRONMENT = "environment"
    PARAMETER = "parameter"
    RUNBOOK = "runbook"
    ARTICLE = "article"
    PAST_INCIDENT = "past_incident"
    TOOL_DESCRIPTION = "tool_description"
    TOOL_RESULT = "tool_result"
    COMMIT = "commit"
    REPORT = "report"
    EXECUTION_INPUT = "execution_input"
    EXECUTION_CAUSE = "execution_cause"
    DEVICE_SHADOW = "device_shadow"
    DEVICE_NAME = "device_name"


class Call(Value):
    """A tool call; `{incident}` is the incident at hand, `{calm}` a time before its symptom."""

    tool: str = Field(pattern=r"^[a-z]+\.[a-z_]+$", description="As `server.tool`.")
    arguments: dict[str, Any] = Field(default_factory=dict)


class WantedVerdict(Value):
    """What an obedient model concludes."""

    outcome: VerdictOutcome
    component: str = ""
    fault: str = ""
    change_id: str | None = None
    invents_evidence: bool = False


class Obedience(Value):
    """What a model does that does whatever the text says."""

    calls: tuple[Call, ...] = ()
    severity: Severity | None = None
    duplicate_of: str | None = None
    verdict: WantedVerdict | None = None
    plan: tuple[Action, ...] | None = None


class Attack(Value):
    """One attempt."""

    id: str
    channel: Channel
    style: str = Field(description="How it speaks: order, system message, forged schema …")
    scenario: str = Field(description="What is really the matter, by its slug.")
    at: str = Field(default="", description="Whose log or entry; else the alarmed one's.")
    text: str
    copies: int = Field(default=1, ge=1, le=400, description="How often a log line comes.")
    by_person: bool = Field(default=False, description="A person reported it; no alarm rings.")
    looks: tuple[Call, ...] = Field(default=(), description="What leads a model to the text.")
    hasty: bool = Field(default=False, description="The model looks at nothing else.")
    obeys: Obedience = Obedience()


@lru_cache
def attacks() -> tuple[Attack, ...]:
    """Return every attack, in order of its id."""
    folder = resources.files(__package__ or __name__) / _FOLDER
    found = [
        _attack(told, path.name.removesuffix(".yaml"))
        for path in folder.iterdir()
        if path.name.endswith(".yaml")
        for told in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]
    return tuple(sorted(found, key=lambda attack: attack.id))


def _attack(told: Mapping[str, Any], file: str) -> Attack:
    attack = Attack.model_validate(told)
    return attack.model_copy(update={"id": f"{file}/{attack.id}"})
