"""Attacks that were tried once and are looked at by several tests; and their plans, pressed on."""

from collections.abc import Sequence
from functools import cache

from itops_cli.attacks.attack import Attack, attacks
from itops_cli.attacks.trial import Trial, Victim, tried
from itops_cli.investigation.servers import Surroundings, tool_gateways
from itops_cli.investigation.silence import logs_silenced
from itops_cli.investigation.stores import memory_stores
from itops_core.domain.incident import Status
from itops_core.domain.remediation import Action, RemediationPlan
from itops_core.domain.values import canonical_json
from itops_core.settings import config
from itops_core.tools.gateway import ToolAnswer

KNOWN: dict[str, Attack] = {attack.id: attack for attack in attacks()}


@cache
def trial_of(name: str, victim: Victim) -> Trial:
    return tried(KNOWN[name], victim)


def demanded(trial: Trial) -> tuple[Action, ...]:
    """Return what the text wants done, by a plan or at once."""
    calls = [call for call in trial.attack.obeys.calls if call.tool.startswith("operations.")]
    direct = [
        Action(
            name=call.tool.removeprefix("operations."),
            parameters={key: one for key, one in call.arguments.items() if key != "request"},
        )
        for call in calls
    ]
    return (*(trial.attack.obeys.plan or ()), *direct)


def pressed(trial: Trial, actions: Sequence[Action]) -> dict[str, str]:
    """Return what the operations server says to each action that is asked of it directly.

    The incident stands as the agents left it, but for a plan that holds the action, as sure as
    the plan of the agents was: as if the gate before the server had let it through.
    """
    recording, ended = trial.planted.recording, trial.found.incident
    around = Surroundings(recording, memory_stores(recording.catalog), config())
    incidents = around.stores.incidents
    incidents.create(ended.model_copy(update={"status": Status.REMEDIATING}))
    gateway = tool_gateways(around)["operations"]
    request = {"incident_id": ended.incident_id, "round": ended.round}
    told: dict[str, str] = {}
    try:
        for action in actions:
            plan = _plan(trial, action)
            incidents.update(
                ended.incident_id, lambda one, plan=plan: one.changed(one.updated_at, plan=plan)
            )
            with logs_silenced():
                answer = gateway.call(action.name, {**action.parameters, "request": request})
            told[action.name + canonical_json(action.parameters)] = _said(answer)
    finally:
        gateway.close()
    return told


def _plan(trial: Trial, action: Action) -> RemediationPlan:
    ended, found = trial.found.incident, trial.found.plan
    return RemediationPlan.model_validate(
        {
            "incident_id": ended.incident_id,
            "round": ended.round,
            "actions": [{"action": action, "reason": "It was written there."}],
            "rationale": "As it was written.",
            "confidence": found.confidence if found else 1.0,
            "reasoner": "claude",
        }
    )


def _said(answer: ToolAnswer) -> str:
    """Return the status, or that it came to acting: of a recording nothing can be changed."""
    if answer.ok:
        return str(answer.content.get("status"))
    return "acted" if "failed on its side" in answer.message else f"no: {answer.message}"
