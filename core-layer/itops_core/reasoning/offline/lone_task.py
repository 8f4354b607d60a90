"""Which task of a service is ill while the others are well: by its health, or by its own log."""

from collections import Counter

from itops_core.domain.investigation import Observation
from itops_core.reasoning.offline.extract_logs import LogLine, families_of, log_lines
from itops_core.reasoning.offline.reading import records, text_of
from itops_core.reasoning.offline.scene import Scene
from itops_core.reasoning.offline.series import series_of

_FEWEST_LINES = 3
_NEARLY_ALL = 0.9
_ONE_TARGET = 1.5


def ill_task(scene: Scene, service: Observation | None) -> str | None:
    """Return the id of the one task that is ill, where it is one of several that run now.

    Nothing where health checks fail for more than one, or where nothing is heard of the others:
    then a part of the service is not known to be all that is wrong with it.
    """
    running = records(service.content, "running_tasks") if service else ()
    health = {text_of(task, "task_id"): text_of(task, "health_status") for task in running}
    if len(health) < 2 or _more_than_one_target(scene):
        return None
    ill = [task for task, told in health.items() if told == "UNHEALTHY"]
    if ill:
        return ill[0] if len(ill) == 1 and "HEALTHY" in health.values() else None
    return _by_logs(scene, frozenset(health))


def _by_logs(scene: Scene, running: frozenset[str]) -> str | None:
    """Return the task that writes nearly all failures, while others write that they work."""
    failing: Counter[str] = Counter()
    working: set[str] = set()
    for line in log_lines(scene):
        if line.at is None or line.at < scene.onset - scene.margin or scene.is_past(line.at):
            continue
        task = line.stream.rsplit("/", 1)[-1]
        if _tells_of_failure(scene, line):
            failing[task] += 1
        elif task in running:
            working.add(task)
    if not failing:
        return None
    task, count = failing.most_common(1)[0]
    alone = count >= max(_FEWEST_LINES, _NEARLY_ALL * failing.total())
    return task if task in running and alone and working - {task} else None


def _tells_of_failure(scene: Scene, line: LogLine) -> bool:
    return line.is_failure or bool(families_of(line, scene.library.families))


def _more_than_one_target(scene: Scene) -> bool:
    """Whether a load balancer finds more than one target unhealthy."""
    for seen in scene.answers("get_metrics"):
        role = scene.library.role_of(str(seen.call.arguments.get("metric", "")))
        if role is not None and role.id == "unhealthy_hosts":
            series = series_of(seen.content)
            if series.points and series.latest > _ONE_TARGET:
                return True
    return False
