"""What is played: a scenario, what people do meanwhile, and how it ends where all goes well."""

import json
from dataclasses import dataclass
from itertools import groupby

from itops_cli.investigation.opening import incident_in
from itops_core.domain.incident import Incident, Status
from local_cloud.sandbox.scenario import Scenario
from monitoring_server.recorded.recording import Recording
from tests.support.chaos.estate import scene
from tests.support.chaos.workflow import machine

INCIDENT = "INC-0000C0DE"
_NEVER = json.dumps([])


_LOOKED = ("Triage", "InvestigateStep")
_PLANNED = (*_LOOKED, "ProposeRemediation")
_ASKED = (*_PLANNED, "AwaitApproval")
_ACTED = ("ExecuteAction", "VerifyRecovery")


@dataclass(frozen=True)
class Story:
    """One play."""

    name: str
    scenario: str
    ends: Status
    """How it ends where nothing goes wrong."""
    way: tuple[str, ...]
    """The tasks on its way there, each once where it is repeated."""
    people: tuple[bool, ...] = (True,)
    """What people say, one after the other, to each question; nobody says anything if empty."""
    physics: tuple[str, str] | None = None
    """What the fault recovers and worsens by, as JSON, in place of what the scenario says."""
    stands: tuple[str, ...] = ()
    """What was done and could be taken back, and is not for it helps."""
    redrivable: bool = False
    """Whether AWS offers to redrive what failed, as it does where the embedded AWS cannot."""

    @property
    def is_undone(self) -> bool:
        """Whether everything that could be taken back is."""
        return "RollBack" in self.way

    def scene(self) -> tuple[Scenario, Recording]:
        """Return where it is played."""
        return scene(self.scenario, self.physics, redrivable=self.redrivable)

    def incident(self) -> Incident:
        """Return the incident that the scenario's alarm opens."""
        _, recording = self.scene()
        return incident_in(recording).model_copy(update={"incident_id": INCIDENT})


def _worse(service: str, count: int) -> tuple[str, str]:
    when = {"when": "desired_count_at_least", "service": service, "count": count, "factor": 2.0}
    return _NEVER, json.dumps([when])


STORIES = (
    Story(
        "a restart that helps",
        "payment-oom",
        Status.RESOLVED,
        (*_PLANNED, *_ACTED, "CloseIncident"),
    ),
    Story(
        "a restart that changes nothing",
        "payment-oom",
        Status.ESCALATED,
        (*_PLANNED, *_ACTED, "RollBack", "InvestigateStep", "Escalate"),
        physics=(_NEVER, _NEVER),
    ),
    Story(
        "more tasks that make it worse",
        "checkout-traffic-spike",
        Status.ESCALATED,
        (*_PLANNED, *_ACTED, "RollBack", "InvestigateStep", "ProposeRemediation", "Escalate"),
        physics=_worse("checkout", 5),
    ),
    Story(
        "a rollback that people want",
        "bad-deploy-5xx",
        Status.RESOLVED,
        (*_ASKED, *_ACTED, "CloseIncident"),
        stands=("rollback_ecs_deployment",),
    ),
    Story(
        "a rollback that people deny",
        "bad-deploy-5xx",
        Status.ESCALATED,
        (*_ASKED, "Escalate"),
        people=(False,),
    ),
    Story(
        "a rollback that nobody decides on",
        "bad-deploy-5xx",
        Status.ESCALATED,
        (*_ASKED, "ExpireApproval", "Escalate"),
        people=(),
    ),
    Story(
        "a critical table, by two people",
        "session-table-cut",
        Status.RESOLVED,
        (
            "Triage",
            "PageHuman",
            "InvestigateStep",
            "ProposeRemediation",
            "AwaitApproval",
            *_ACTED,
            "CloseIncident",
        ),
        people=(True, True),
        stands=("raise_dynamodb_capacity",),
    ),
    Story(
        "memory that changes nothing",
        "thumbnails-large",
        Status.ESCALATED,
        (*_PLANNED, *_ACTED, "RollBack", "InvestigateStep", "ProposeRemediation", "Escalate"),
        physics=(_NEVER, _NEVER),
    ),
    Story("nothing is wrong", "healthy-noise", Status.CLOSED, (*_LOOKED, "CloseIncident")),
    Story("nobody can tell", "blind-spot", Status.ESCALATED, (*_LOOKED, "Escalate")),
)


PLAIN = {
    "payment-oom": STORIES[0],
    "bad-deploy-5xx": STORIES[3],
    "healthy-noise": STORIES[8],
    "blind-spot": STORIES[9],
}
"""By scenario, those that are played as they are, people saying yes."""

WORSE = STORIES[2]


def outline(states: list[str]) -> list[str]:
    """Return the tasks of a way through the state machine, each once where it is repeated."""
    tasks = {name for name, state in machine()["States"].items() if state["Type"] == "Task"}
    return [name for name, _ in groupby(one for one in states if one in tasks)]
