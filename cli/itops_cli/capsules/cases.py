"""A capsule as an eval case: a folder with the capsule, and what people say is true of it."""

from pathlib import Path

import yaml
from pydantic import ValidationError

from itops_cli.capsules.capsule import Capsule, read_capsule, write_capsule
from itops_core.domain.incident import Incident, Status
from itops_core.domain.remediation import DecisionOutcome
from itops_core.domain.verdict import VerdictOutcome
from itops_core.errors import ConflictError, InvalidInputError
from local_cloud.sandbox.truth import Truth

CAPSULE_FILE, TRUTH_FILE = "capsule.json", "truth.yaml"
_HEAD = """\
# What is so: the yardstick of this case, which no agent sees. It was written down from the verdict
# that the agents gave; put right what they got wrong. docs/scenarios.md tells of every field.
"""


def imported(path: Path, folder: Path) -> Path:
    """Make a case of the capsule in `path` under `folder`; return where it stands."""
    capsule = read_capsule(path)
    place = folder / capsule.incident.incident_id.lower()
    if place.exists():
        raise ConflictError(f"{place} is there already; remove it to import the capsule again")
    truth = truth_of(capsule)
    try:
        place.mkdir(parents=True)
    except OSError as error:
        raise InvalidInputError(f"{place} cannot be made: {error.strerror}") from error
    write_capsule(capsule, place / CAPSULE_FILE)
    told = truth.model_dump(mode="json", exclude_defaults=True)
    text = yaml.safe_dump(told, sort_keys=False, allow_unicode=True)
    (place / TRUTH_FILE).write_text(_HEAD + text, encoding="utf-8")
    return place


def truth_of(capsule: Capsule) -> Truth:
    """Return what the agents concluded, as if it were so: for a person to put right."""
    incident = capsule.incident
    verdict, plan = incident.verdict, incident.plan
    cause = verdict.root_cause if verdict else None
    found = verdict is not None and verdict.outcome is VerdictOutcome.FOUND and cause is not None
    planned = (
        [one.action.name for one in plan.actions if one.action.changes_something] if plan else []
    )
    return Truth.model_validate(
        {
            "outcome": verdict.outcome if verdict else VerdictOutcome.UNRESOLVED,
            "component": cause.component if found and cause else None,
            "fault": cause.fault if found and cause else None,
            "severity": [incident.severity or "high"],
            "acceptable_actions": sorted(set(planned)),
            "expected_gaps": sorted({gap.source for gap in verdict.gaps}) if verdict else [],
            "change": verdict.change_id if verdict else None,
            "needs_human": capsule.outcome != DecisionOutcome.AUTO,
            "final_status": _ended(incident),
        }
    )


def case_in(folder: Path) -> tuple[Capsule, Truth]:
    """Return the capsule of a case and what is true of it; raise what is wrong with them."""
    try:
        told = yaml.safe_load((folder / TRUTH_FILE).read_text(encoding="utf-8"))
        truth = Truth.model_validate(told)
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise InvalidInputError(f"{folder / TRUTH_FILE}: {error}") from error
    return read_capsule(folder / CAPSULE_FILE), truth


def case_folders(folder: Path) -> tuple[Path, ...]:
    """Return the cases made of capsules under `folder`."""
    return tuple(sorted(path.parent for path in folder.glob(f"*/{CAPSULE_FILE}")))


def _ended(incident: Incident) -> Status:
    return incident.status if incident.is_over else Status.ESCALATED
