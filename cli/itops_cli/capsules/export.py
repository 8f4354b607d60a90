"""Where capsules come from: a deployment's API, or an investigation in this process."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from itops_cli.api import Api
from itops_cli.capsules.capsule import Capsule, sealed
from itops_cli.capsules.replaying import replayed
from itops_cli.investigation import Investigation
from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.evidence import Evidence
from itops_core.domain.incident import Incident
from itops_core.domain.investigation import Step
from itops_core.domain.values import Moment, utc_now
from itops_core.errors import ConflictError
from itops_core.settings import Config
from itops_core.settings import config as standing_config

_STEPS_AT_ONCE = 50
_FIELDS = frozenset(Incident.model_fields)
"""The API tells more of an incident than what is kept of it."""
_DEPLOYMENT = "a deployment"


def exported(api: Api, incident_id: str) -> Capsule:
    """Return the capsule of an incident of a deployment, proven by a replay."""
    place = f"/incidents/{incident_id}"
    told = api.get(place)
    incident = Incident.model_validate({name: told[name] for name in told if name in _FIELDS})
    steps = [Step.model_validate(one) for one in api.pages(f"{place}/steps", limit=_STEPS_AT_ONCE)]
    heads = api.get(f"{place}/evidence")["items"]
    evidence = [_evidence(api.get(f"{place}/evidence/{head['evidence_id']}")) for head in heads]
    return _proven(
        sealed(
            {
                "made_at": utc_now(),
                "made_from": _DEPLOYMENT,
                "config": standing_config().model_dump(mode="json"),
                "incident": incident,
                "outcome": _outcome_of(incident),
                "catalog": tuple(_entries(evidence)),
                "steps": steps,
                "evidence": evidence,
            }
        )
    )


def _evidence(told: Mapping[str, Any]) -> Evidence:
    """Return evidence as it is stored; the API tells its canonical text beside it."""
    fields = {name: told[name] for name in Evidence.model_fields if name in told}
    return Evidence.model_validate(fields)


def capsule_of(
    found: Investigation,
    catalog: Iterable[CatalogEntry],
    made_from: str,
    *,
    config: Config | None = None,
    made_at: Moment | None = None,
) -> Capsule:
    """Return the capsule of an investigation, proven by a replay."""
    return _proven(
        sealed(
            {
                "made_at": made_at or found.incident.updated_at,
                "made_from": made_from,
                "config": (config or standing_config()).model_dump(mode="json"),
                "incident": found.incident,
                "outcome": found.outcome,
                "catalog": tuple(catalog),
                "steps": found.steps,
                "evidence": found.evidence,
            }
        )
    )


def _proven(capsule: Capsule) -> Capsule:
    if capsule.incident.verdict is None:
        raise ConflictError(
            f"{capsule.incident.incident_id} has no verdict yet: there is nothing to replay"
        )
    replay = replayed(capsule)
    if not replay.is_exact:
        raise ConflictError(f"it cannot be replayed as it was:\n{replay.diff}")
    return capsule


def _outcome_of(incident: Incident) -> str:
    """Return what became of the plan, which an incident keeps as the gate's decision."""
    if incident.plan is None:
        return ""
    impossible = any(not one.possible for one in incident.previews)
    return "none" if incident.decision is None or impossible else incident.decision.outcome.value


def _entries(evidence: Iterable[Evidence]) -> Iterator[CatalogEntry]:
    """Yield what the agents were told of the catalog: the gate goes by it."""
    seen: set[str] = set()
    for one in evidence:
        for told in _mappings(one.content):
            if "entry_id" not in told or "kind" not in told:
                continue
            known = {name: told[name] for name in CatalogEntry.model_fields if name in told}
            try:
                entry = CatalogEntry.model_validate(known)
            except ValidationError:
                continue
            if entry.entry_id not in seen:
                seen.add(entry.entry_id)
                yield entry


def _mappings(value: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, dict | list):
            yield from _mappings(inner)
