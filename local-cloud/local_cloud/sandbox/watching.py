"""Looking at everything that physics asks about, as AWS tells it now."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from botocore.exceptions import ClientError

from local_cloud.sandbox.physics import watched, watched_parameters
from local_cloud.sandbox.pipelines.watching import executions_since, tables_now
from local_cloud.sandbox.runs import Run
from local_cloud.sandbox.standing import Components, State
from local_cloud.sandbox.world import ServiceState, World


def look(world: World, components: Components, runs: Iterable[Run]) -> dict[str, State]:
    """Return how the parts and parameters stand that decide about `runs`."""
    runs = tuple(runs)
    services = [one for run in runs for one in run.scenario.estate if one.name in watched(run)]
    found: dict[str, State] = {**world.state_of(services)}
    for run in runs:
        found |= _with_tasks(world, run, found)
        names = watched(run)
        found |= components.facts(one for one in run.scenario.components if one.name in names)
        pipelines = (one for one in run.scenario.pipelines if one.name in names)
        found |= executions_since(world.machines, pipelines, run.injected_at)
        tables = (table.name for one in run.scenario.pipelines for table in one.tables)
        found |= tables_now(world.tables, names.intersection(tables))
        for name in watched_parameters(run):
            with suppress(ClientError):
                found[name] = {"value": world.parameter(name)}
    return found


def _with_tasks(world: World, run: Run, found: dict[str, State]) -> dict[str, State]:
    """Return the services of which a single task decides, with their tasks."""
    asked = [one for one in run.scenario.physics.conditions if one.when == "task_stopped"]
    told: dict[str, State] = {}
    for condition in asked:
        state = found.get(condition.service or "")
        if isinstance(state, ServiceState):
            tasks = world.tasks_of(run.scenario.service(condition.service or ""))
            told[condition.service or ""] = replace(state, tasks=tasks)
    return told
