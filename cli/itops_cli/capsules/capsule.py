"""A capsule: what the tools answered, what was thought of it, what was decided; no secrets."""

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.evidence import Evidence
from itops_core.domain.incident import Incident, Status
from itops_core.domain.investigation import Agent, Step
from itops_core.domain.values import Moment, Value, canonical_json, sha256_of
from itops_core.errors import InvalidInputError
from itops_core.tools.redaction import redacted

FORMAT = 1
AGENTS = frozenset({Agent.TRIAGE, Agent.ROOT_CAUSE, Agent.REMEDIATION})
_ZIPPED = ".gz"
_AFTERWARDS = (
    "duplicate_of", "execution_arn", "verdict", "plan", "previews", "decision", "approval_id",
    "escalation", "resolution", "phases", "closed_at", "version", "resumes", "recurrence",
)  # fmt: skip
"""What an incident had not been given when the round began."""


class Capsule(Value):
    """One incident that can be thought through again, byte for byte."""

    format: int = Field(default=FORMAT, description="Of this file.")
    made_at: Moment
    made_from: str = Field(description="A deployment, or the scenario that was recorded.")
    config: dict[str, Any] = Field(description="What the agents went by.")
    config_digest: str
    incident: Incident = Field(description="As it stood at the end: triage, verdict, plan, gate.")
    outcome: str = Field(description="What became of the plan: auto, approval, forbid, none.")
    catalog: tuple[CatalogEntry, ...] = ()
    steps: tuple[Step, ...] = Field(description="Turns, a model's raw ones too, and observations.")
    evidence: tuple[Evidence, ...] = Field(description="Every tool's whole answer.")

    @property
    def at_first(self) -> Incident:
        """The incident as its last round began."""
        end, fields = self.incident, Incident.model_fields
        changes: dict[str, Any] = {
            name: fields[name].get_default(call_default_factory=True) for name in _AFTERWARDS
        }
        if end.round > 1:
            return end.model_copy(update={**changes, "status": Status.INVESTIGATING})
        judged = end.triage.severity if end.triage else None
        reported = end.severity if end.alarm is None or end.severity is not judged else None
        first = {"status": Status.OPEN, "triage": None, "severity": reported}
        after = {"actions": (), "verification": None, "updated_at": end.opened_at}
        return end.model_copy(update={**changes, **first, **after})

    @property
    def last_round(self) -> tuple[Step, ...]:
        """The steps that led to the verdict as it stands."""
        return tuple(one for one in self.steps if one.round == self.incident.round)

    @property
    def before(self) -> tuple[tuple[Step, ...], tuple[Evidence, ...]]:
        """The steps of earlier rounds, and what they saw."""
        steps = tuple(one for one in self.steps if one.round < self.incident.round)
        seen = {one.evidence_id for step in steps for one in step.observations}
        return steps, tuple(one for one in self.evidence if one.evidence_id in seen)

    @property
    def conclusions(self) -> dict[str, str]:
        """What was concluded, each as the one JSON text it has."""
        return conclusions_of(self.incident)


def conclusions_of(incident: Incident) -> dict[str, str]:
    """Return triage, verdict and plan of an incident as canonical JSON."""
    told = {"triage": incident.triage, "verdict": incident.verdict, "plan": incident.plan}
    return {name: canonical_json(one) for name, one in told.items() if one is not None}


def sealed(fields: dict[str, Any]) -> Capsule:
    """Return the capsule of these fields, without a secret in it; evidence keeps its hash.

    Evidence was rid of secrets when it was collected. Where today's rules find more, its hash
    and what the steps say of it follow.
    """
    steps, evidence = _resealed(fields["steps"], fields["evidence"])
    config = redacted(fields["config"])
    try:
        return Capsule.model_validate(
            {
                **redacted(_plain({**fields, "config": {}, "steps": steps, "evidence": ()})),
                "config": config,
                "config_digest": sha256_of(config),
                "evidence": evidence,
            }
        )
    except ValidationError as error:
        raise InvalidInputError(f"it cannot be put into a capsule: {error}") from error


def _resealed(
    steps: Iterable[Step], evidence: Iterable[Evidence]
) -> tuple[list[Step], list[Evidence]]:
    clean = [
        one.model_copy(
            update={
                "content": redacted(one.content),
                "arguments": redacted(one.arguments),
                "sha256": sha256_of(redacted(one.content)),
            }
        )
        for one in evidence
    ]
    hashes = {one.evidence_id: one.sha256 for one in clean}
    told = [
        step.model_copy(
            update={
                "observations": tuple(
                    seen.model_copy(
                        update={"sha256": hashes.get(seen.evidence_id or "", seen.sha256)}
                    )
                    for seen in step.observations
                )
            }
        )
        for step in steps
        if step.agent in AGENTS
    ]
    return told, clean


def write_capsule(capsule: Capsule, path: Path) -> None:
    """Write it, the same capsule always in the same bytes; a name in .gz makes it small."""
    text = json.dumps(
        capsule.model_dump(mode="json"), indent=1, sort_keys=True, ensure_ascii=False
    ).encode()
    try:
        path.write_bytes(gzip.compress(text, mtime=0) if path.suffix == _ZIPPED else text + b"\n")
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be written: {error.strerror}") from error


def read_capsule(path: Path) -> Capsule:
    """Return the capsule in a file, or raise what is wrong with it."""
    try:
        raw = path.read_bytes()
        told = json.loads(gzip.decompress(raw) if path.suffix == _ZIPPED else raw)
        if isinstance(told, dict) and told.get("format") != FORMAT:
            raise InvalidInputError(
                f"{path} is a capsule of format {told.get('format')}, not {FORMAT}"
            )
        capsule = Capsule.model_validate(told)
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be read: {error}") from error
    except (ValidationError, ValueError, EOFError) as error:
        raise InvalidInputError(f"{path} holds no capsule: {error}") from error
    if capsule.config_digest != sha256_of(capsule.config):
        raise InvalidInputError(f"{path}: the configuration in it was changed")
    broken = [one.evidence_id for one in capsule.evidence if not one.is_intact()]
    if broken:
        raise InvalidInputError(f"{path}: evidence was changed: {', '.join(broken)}")
    return capsule


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    return json.loads(canonical_json(value))
