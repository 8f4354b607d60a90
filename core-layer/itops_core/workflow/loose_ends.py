"""What was done about an incident of which nobody measured whether it helped."""

from itops_core.domain.incident import Incident
from itops_core.domain.remediation import ActionStatus, VerificationOutcome

_TOLD = {
    ActionStatus.DONE: "done, but whether it helped was not measured",
    ActionStatus.STARTED: "begun, but neither its end nor its effect is known",
}


def loose_ends(incident: Incident) -> tuple[str, ...]:
    """Return what is left of the last round; those before it were measured before it began."""
    if incident.effect_in(incident.round) is not VerificationOutcome.UNKNOWN:
        return ()
    return tuple(
        f"{_TOLD[one.status]}: {one.action.name} on {one.resource}"
        for one in incident.actions
        if one.status in _TOLD
        and one.action.changes_something
        and not one.is_undo
        and one.round == incident.round
    )


def with_loose_ends(incident: Incident, told: str | None) -> str | None:
    """Return how it ended, with what was done about it and never measured, each said once."""
    loose = [one for one in loose_ends(incident) if one not in (told or "")]
    return "; ".join(filter(None, (told, *loose))) or None
