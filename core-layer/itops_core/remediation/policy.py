"""The Cedar policies: loaded, held against the schema, and asked. Anything odd is a no."""

import json
from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import lru_cache
from typing import Any

import cedarpy
from pydantic import Field

from itops_core.domain.remediation import BlastSize, Risk
from itops_core.domain.traffic import TrafficLevel
from itops_core.domain.values import Confidence, Value
from itops_core.domain.verdict import Severity
from itops_core.remediation.catalogue import Catalogue
from itops_core.settings import bundled

AGENTS = ("triage", "root_cause", "remediation", "watchdog", "chat")
_NAMESPACE = "ITOps"


class PolicyQuestion(Value):
    """One request as Cedar sees it; every fact is computed by code, none by a model."""

    agent: str
    mode: str = "incident"
    action: str
    resource: str
    known: bool = Field(description="Whether the catalog knows the resource.")
    own: bool = Field(default=False, description="Whether it is a part of ITOps itself.")
    tier: int
    environment: str
    confidence: Confidence
    auto_confidence: Confidence
    severity: Severity
    risk: Risk
    blast_size: BlastSize
    traffic: TrafficLevel = TrafficLevel.UNKNOWN
    disturbs_requests: bool = Field(
        default=False, description="Whether what reaches the thing may feel that it is done."
    )
    reversible: bool
    blocked_keyword: bool
    alarmed: bool
    earned: bool = Field(description="Whether its record lets this class of actions happen alone.")
    narrowed: bool = Field(
        default=False, description="Whether a person allowed less of it in this incident before."
    )
    approvals: int = Field(ge=0)
    undo: bool


class PolicyAnswer(Value):
    """What the policies say, and which of them."""

    allowed: bool
    policy_ids: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


class CedarRequest(Value):
    """A request in Cedar's own JSON, with the entities it speaks of."""

    request: dict[str, Any]
    entities: tuple[dict[str, Any], ...]


class Policies:
    """A set of policies that has passed its schema."""

    def __init__(self, texts: Iterable[str], schema: str) -> None:
        text = "\n".join(texts)
        result = cedarpy.validate_policies(text, schema)
        if not result.validation_passed:
            faults = "; ".join(str(fault) for fault in result.errors)
            raise ValueError(f"the policies do not fit their schema: {faults}")
        self._policies = cedarpy.PolicySet.from_str(text)
        self._schema = cedarpy.Schema.from_str(schema)
        self._annotations = _annotations(text)

    @property
    def ids(self) -> tuple[str, ...]:
        """The `@id` of every policy."""
        return tuple(found.get("id", "") for found in self._annotations.values())

    def ask(self, question: PolicyQuestion) -> PolicyAnswer:
        """Return the answer; an error in any policy or in the question is a no."""
        return self.answer(
            CedarRequest(request=_request(question), entities=(_resource(question),))
        )

    def answer(self, asked: CedarRequest) -> PolicyAnswer:
        """Return the answer to a request of any schema."""
        result = cedarpy.is_authorized(
            asked.request, self._policies, list(asked.entities), self._schema
        )
        errors = tuple(result.diagnostics.errors)
        found = [self._annotations.get(name, {}) for name in sorted(result.diagnostics.reasons)]
        return PolicyAnswer(
            allowed=result.decision == cedarpy.Decision.Allow and not errors,
            policy_ids=tuple(note.get("id", "unnamed") for note in found),
            reasons=tuple(note.get("reason", "") for note in found),
            errors=errors,
        )


@lru_cache
def policies() -> Policies:
    """Return the policies of this process; raise `ValueError` where they do not hold."""
    folder = bundled("policies")
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.cedar"))]
    return Policies(texts, (folder / "schema.cedarschema").read_text(encoding="utf-8"))


def schema_for(catalogue: Catalogue) -> str:
    """Return the Cedar schema: the actions are the catalogue's, the values are the domain's."""
    actions = ",\n    ".join(f'"{name}"' for name in sorted(catalogue.actions))
    return f"""\
// Generated from config/actions.yaml and the domain; a test compares. Do not edit by hand.
namespace {_NAMESPACE} {{
  entity Agent enum [{_quoted(AGENTS)}];
  entity Mode enum [{_quoted(sorted(catalogue.modes))}];
  entity Severity enum [{_quoted(Severity)}];
  entity Risk enum [{_quoted(Risk)}];
  entity Size enum [{_quoted(BlastSize)}];
  entity Traffic enum [{_quoted(TrafficLevel)}];
  entity Resource = {{
    known: Bool,
    own: Bool,
    tier: Long,
    environment: String,
  }};
  type Facts = {{
    confidence: decimal,
    auto_confidence: decimal,
    severity: Severity,
    risk: Risk,
    blast_size: Size,
    traffic: Traffic,
    disturbs_requests: Bool,
    reversible: Bool,
    blocked_keyword: Bool,
    alarmed: Bool,
    earned: Bool,
    narrowed: Bool,
    mode: Mode,
    approvals: Long,
    undo: Bool,
  }};
  action
    {actions}
    appliesTo {{
      principal: [Agent],
      resource: [Resource],
      context: Facts,
    }};
}}
"""


def _request(question: PolicyQuestion) -> dict[str, Any]:
    return {
        "principal": _uid("Agent", question.agent),
        "action": _uid("Action", question.action),
        "resource": _uid("Resource", question.resource),
        "context": {
            "confidence": _decimal(question.confidence, ROUND_FLOOR),
            "auto_confidence": _decimal(question.auto_confidence, ROUND_CEILING),
            "severity": {"__entity": _uid("Severity", question.severity)},
            "risk": {"__entity": _uid("Risk", question.risk)},
            "blast_size": {"__entity": _uid("Size", question.blast_size)},
            "traffic": {"__entity": _uid("Traffic", question.traffic)},
            "disturbs_requests": question.disturbs_requests,
            "reversible": question.reversible,
            "blocked_keyword": question.blocked_keyword,
            "alarmed": question.alarmed,
            "earned": question.earned,
            "narrowed": question.narrowed,
            "mode": {"__entity": _uid("Mode", question.mode)},
            "approvals": question.approvals,
            "undo": question.undo,
        },
    }


def _resource(question: PolicyQuestion) -> dict[str, Any]:
    return {
        "uid": _uid("Resource", question.resource),
        "attrs": {
            "known": question.known,
            "own": question.own,
            "tier": question.tier,
            "environment": question.environment,
        },
        "parents": [],
    }


def _uid(kind: str, name: str) -> dict[str, str]:
    return {"type": f"{_NAMESPACE}::{kind}", "id": str(name)}


def _decimal(value: float, rounding: str) -> dict[str, Any]:
    """Cedar has no floats: four decimals, rounded to the side that asks a person."""
    rounded = Decimal(str(value)).quantize(Decimal("0.0001"), rounding=rounding)
    return {"__extn": {"fn": "decimal", "arg": str(rounded)}}


def _annotations(text: str) -> dict[str, dict[str, str]]:
    found = json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"]
    return {name: policy.get("annotations", {}) for name, policy in found.items()}


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
