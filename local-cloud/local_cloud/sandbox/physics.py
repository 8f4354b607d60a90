"""Whether the world gets better or worse, judged from ECS and the clock alone."""

from collections.abc import Mapping

from local_cloud.sandbox.runs import Run
from local_cloud.sandbox.scenario import Condition
from local_cloud.sandbox.world import ServiceState


def intensity_now(run: Run, states: Mapping[str, ServiceState], now: float) -> float:
    """Return how hard the fault bites, given how ECS stands: 0 recovered, 1 as told, or worse."""
    physics = run.scenario.physics
    if any(_holds(condition, run, states, now) for condition in physics.recovers_when):
        return 0.0
    factors = [one.factor for one in physics.worsens_when if _holds(one, run, states, now)]
    return max([1.0, *factors])


def watched(run: Run) -> frozenset[str]:
    """Return the services whose state decides."""
    physics = run.scenario.physics
    conditions = (*physics.recovers_when, *physics.worsens_when)
    return frozenset(one.service for one in conditions if one.service)


def _holds(condition: Condition, run: Run, states: Mapping[str, ServiceState], now: float) -> bool:
    if condition.when == "minutes_passed":
        return now - run.onset >= (condition.minutes or 0) * 60
    state = states.get(condition.service or "")
    if state is None:
        return False
    if condition.when == "new_deployment":
        return state.deployment != run.baseline[condition.service or ""].deployment
    if condition.when == "revision_differs":
        return state.task_definition != run.revisions[condition.change_id or ""]
    if condition.when == "desired_count_at_least":
        return state.desired_count >= (condition.count or 0)
    return state.desired_count < (condition.count or 0)
