"""Whether the world gets better or worse, judged from AWS and the clock alone."""

from collections.abc import Mapping

from local_cloud.sandbox.conditions import Condition
from local_cloud.sandbox.runs import Run
from local_cloud.sandbox.standing import Facts, State
from local_cloud.sandbox.world import ServiceState


def intensity_now(run: Run, states: Mapping[str, State], now: float) -> float:
    """Return how hard the fault bites, given how AWS stands: 0 recovered, 1 as told, or worse."""
    physics = run.scenario.physics
    if any(_holds(condition, run, states, now) for condition in physics.recovers_when):
        return 0.0
    factors = [one.factor for one in physics.worsens_when if _holds(one, run, states, now)]
    return max([1.0, *factors])


def watched(run: Run) -> frozenset[str]:
    """Return the parts whose state decides."""
    return frozenset(one.service for one in run.scenario.physics.conditions if one.service)


def watched_parameters(run: Run) -> frozenset[str]:
    """Return the SSM parameters whose value decides."""
    asked = {one.change_id for one in run.scenario.physics.conditions if not one.service}
    changes = (one for one in run.scenario.changes if one.change_id in asked)
    return frozenset(one.parameter_name for one in changes if one.parameter_name)


def _holds(condition: Condition, run: Run, states: Mapping[str, State], now: float) -> bool:
    if condition.when == "minutes_passed":
        return now - run.onset >= (condition.minutes or 0) * 60
    if condition.when == "parameter_differs":
        return _parameter_differs(condition, run, states)
    state = states.get(condition.service or "")
    if isinstance(state, ServiceState):
        return _holds_of_service(condition, run, state)
    return state is not None and _holds_of_component(condition, run, state)


def _holds_of_service(condition: Condition, run: Run, state: ServiceState) -> bool:
    before = run.baseline[condition.service or ""]
    match condition.when:
        case "new_deployment":
            return state.deployment != before.deployment
        case "revision_differs":
            return state.task_definition != run.revisions[condition.change_id or ""]
        case "task_stopped":
            return bool(before.tasks) and before.tasks[0] not in state.tasks
        case "desired_count_at_least":
            return state.desired_count >= (condition.count or 0)
        case "desired_count_below":
            return state.desired_count < (condition.count or 0)
        case _:
            return False


def _holds_of_component(condition: Condition, run: Run, state: Facts) -> bool:
    name = condition.service or ""
    if condition.when == "execution_succeeds":
        return state.get("newest") == "SUCCEEDED"
    if condition.when == "function_differs":
        return state.get("revision") != run.revisions[condition.change_id or ""]
    if condition.when == "device_restarted":
        return state.get("restart") != run.facts.get(name, {}).get("restart")
    if condition.when == "queue_depth_below":
        return _number(state, "depth") < (condition.count or 0)
    if condition.when == "function_concurrency_below":
        return _number(state, "concurrency") < (condition.count or 0)
    wanted = {
        "function_memory_at_least": {"memory_mb": condition.memory_mb},
        "function_concurrency_at_least": {"concurrency": condition.count},
        "table_capacity_at_least": {
            "read_units": condition.read_units,
            "write_units": condition.write_units,
        },
    }.get(condition.when, {})
    return bool(wanted) and all(
        _number(state, fact) >= (least or 0) for fact, least in wanted.items()
    )


def _parameter_differs(condition: Condition, run: Run, states: Mapping[str, State]) -> bool:
    change = next(one for one in run.scenario.changes if one.change_id == condition.change_id)
    state = states.get(change.parameter_name or "")
    return isinstance(state, dict) and state.get("value") != change.value_after


def _number(state: Facts, name: str) -> float:
    return float(state.get(name, 0))
