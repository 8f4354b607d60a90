"""Follows one incident over the API: what is new since the last look, in order."""

from typing import Any, TypeVar

from itops_cli.api import Api
from itops_cli.screen import beats
from itops_cli.screen.beats import Beat
from itops_core.domain.incident import Incident, TimelineEvent
from itops_core.domain.investigation import Step
from itops_core.domain.remediation import Approval
from itops_core.domain.values import Value

Model = TypeVar("Model", bound=Value)

_TOLD_OTHERWISE = {
    "opened",
    "step",
    "action",
    "verification",
    "resolved",
    "closed",
    "escalated",
    "failed",
}
"""Timeline lines whose content the incident and its steps tell better."""
_ASKED = "-asked"
"""How the line ends that says what the approval itself tells."""


def read(model: type[Model], body: dict[str, Any]) -> Model:
    """Return `body` as a `model`; what a newer API adds is left out."""
    known = {name: value for name, value in body.items() if name in model.model_fields}
    return model.model_validate(known)


class Follower:
    """Remembers what of an incident was told already."""

    def __init__(self, api: Api, incident_id: str) -> None:
        self._api = api
        self._path = f"/incidents/{incident_id}"
        self._told: set[object] = set()
        self._last_step = 0

    def look(self) -> tuple[Incident, list[Beat]]:
        """Return the incident as it stands, and the beats since the last look."""
        body = self._api.get(self._path)
        incident = read(Incident, body)
        new = [*self._phases(incident), *self._steps(), *self._events(), *self._deeds(incident)]
        new += self._question(body.get("approval"))
        if incident.is_over and self._once(("over", incident.status)):
            new.append(beats.of_end(incident))
        new.sort(key=lambda beat: beat.at)
        return incident, new

    def _phases(self, incident: Incident) -> list[Beat]:
        return [
            beats.of_phase(phase, incident)
            for phase in incident.phases
            if self._once((phase.name, phase.started_at))
        ]

    def _steps(self) -> list[Beat]:
        page = self._api.pages(f"{self._path}/steps", after=self._last_step, limit=200)
        steps = [read(Step, item) for item in page]
        self._last_step = max((step.number for step in steps), default=self._last_step)
        return [beat for step in steps for beat in beats.of_step(step)]

    def _events(self) -> list[Beat]:
        page = self._api.pages(f"{self._path}/timeline", limit=200)
        events = [read(TimelineEvent, item) for item in page]
        return [
            beats.of_event(event)
            for event in events
            if event.kind not in _TOLD_OTHERWISE
            and not event.event_id.endswith(_ASKED)
            and self._once(event.event_id)
        ]

    def _deeds(self, incident: Incident) -> list[Beat]:
        new = [
            beats.of_action(record)
            for record in incident.actions
            if self._once((record.action_id, record.status))
        ]
        verification = incident.verification
        if verification and self._once(("verified", verification.observed_to)):
            new.append(beats.of_verification(verification))
        return new

    def _question(self, asked: dict[str, Any] | None) -> list[Beat]:
        if asked is None or not self._once(asked["approval_id"]):
            return []
        return [beats.of_approval(read(Approval, asked))]

    def _once(self, key: object) -> bool:
        if key in self._told:
            return False
        self._told.add(key)
        return True
