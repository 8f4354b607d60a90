"""Which questions can be asked of the tools now, what each could show, and what it costs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from itops_core.domain.investigation import Observation, ObservationStatus, ToolCall
from itops_core.domain.values import canonical_json
from itops_core.reasoning.offline.extract_changes import suspect_change
from itops_core.reasoning.offline.extract_logs import log_lines
from itops_core.reasoning.offline.reading import records
from itops_core.reasoning.offline.scene import Scene

_MONITORING = "monitoring"
_LONGEST_LOOK = 720
_LINES = 50
_HOW_FAR = ("minutes_back", "baseline_minutes", "period_seconds", "limit", "hours_back", "onset")
_BEFORE_MINUTES = 2
_SINCE_ONSET = timedelta(minutes=10)
_ROLES_OF_INTEREST = ("traffic", "errors", "latency", "unhealthy_hosts", "queue_age", "throttles")
_STOPS = (
    "tasks_oom_killed",
    "tasks_failed_health",
    "image_pull_failed",
    "start_failed",
    "placement_failed",
    "tasks_crashed",
    "below_desired",
    "desired_zero",
    "rollout_failing",
)
_SHARED = ("settings_changed", "flag_changed", "secret_changed", "change_explains")
_CHANGES = (
    "change_near",
    "errors_follow_change",
    "resources_lowered",
    "settings_changed",
    "flag_changed",
    "change_explains",
)


@dataclass(frozen=True)
class Question:
    """One tool call, the symptoms that its answer decides, and its cost.

    A `core` question is about a source that is known to be there: not getting an answer leaves a
    gap. Others are worth a try.
    """

    call: ToolCall
    reveals: tuple[str, ...]
    cost: float = 1.0
    core: bool = True
    about: str = ""
    """The component it is about; empty where there is but one."""

    @property
    def source(self) -> str:
        """The source as a gap names it."""
        return f"{self.call.server}.{self.call.tool}"


def catalog_question(scene: Scene) -> Question | None:
    """Return the question that opens the others: what is this component? `None` once asked."""
    call = ToolCall(
        server="incident", tool="get_catalog_entry", arguments={"name": scene.incident.service}
    )
    names = {scene.incident.service, *scene.first.target.names}
    known = scene.incident.service in scene.first.catalogued
    asked = any(
        seen.call.tool == call.tool and seen.call.arguments.get("name") in names
        for seen in scene.everything
    )
    return None if known or asked else Question(call, (), core=False)


def all_questions(scene: Scene) -> tuple[Question, ...]:
    """Return every question that makes sense for this component, asked already or not."""
    questions: dict[str, Question] = {}
    for part in (_alarm, _service, _logs, _changes, _metrics, _queue, _map):
        for question in part(scene):
            questions.setdefault(identity(question.call), question)
    return tuple(questions.values())


def together(questions: Iterable[Question]) -> tuple[Question, ...]:
    """Return each question once; one that is asked for two reasons reveals what both want."""
    found: dict[str, Question] = {}
    for one in questions:
        known = found.setdefault(identity(one.call), one)
        reveals = tuple(dict.fromkeys((*known.reveals, *one.reveals)))
        found[identity(one.call)] = replace(known, reveals=reveals)
    return tuple(found.values())


def identity(call: ToolCall) -> str:
    """Return what makes two calls the same question, however far back they look."""
    kept = {key: value for key, value in call.arguments.items() if key not in _HOW_FAR}
    if call.tool == "list_recent_changes":
        kept.pop("before", None)
    if call.tool == "get_metrics":
        kept.pop("statistic", None)
    return canonical_json([call.server, call.tool, kept])


def answered(scene: Scene) -> dict[str, Observation]:
    """Return the last observation of each question of this round, refusals aside."""
    return {
        identity(seen.call): seen
        for seen in scene.case.observations
        if seen.status is not ObservationStatus.REFUSED
    }


def minutes_back(scene: Scene) -> int:
    """Return how far to look back: from well before the symptom."""
    incident, alarm = scene.incident, scene.alarm
    began = incident.symptom_started_at or (alarm and alarm.changed_at) or incident.opened_at
    before = max(0, int((incident.opened_at - began).total_seconds() // 60))
    return min(_LONGEST_LOOK, 90 + before)


def metric_call(scene: Scene, namespace: str, metric: str, dimensions: dict[str, str]) -> ToolCall:
    """Return the call for one metric, with the statistic that fits what it is about."""
    alarm, role = scene.alarm, scene.library.role_of(metric)
    is_alarms = alarm is not None and (alarm.namespace, alarm.metric) == (namespace, metric)
    is_share = any(word in metric.lower() for word in ("rate", "percent", "utili"))
    fitting = "Average" if role is None or is_share else role.statistic
    arguments: dict[str, Any] = {
        "namespace": namespace,
        "metric": metric,
        "dimensions": dimensions,
        "statistic": alarm.statistic if is_alarms and alarm and alarm.statistic else fitting,
        "minutes_back": minutes_back(scene),
    }
    return ToolCall(server=_MONITORING, tool="get_metrics", arguments=arguments)


def _alarm(scene: Scene) -> Iterator[Question]:
    alarm = scene.alarm
    if alarm is None:
        return
    state = ToolCall(
        server=_MONITORING,
        tool="get_cloudwatch_alarm_state",
        arguments={"alarm_name": alarm.name},
    )
    yield Question(state, ("alarm_active",), core=False)
    if alarm.metric and alarm.namespace:
        role = scene.library.role_of(alarm.metric)
        call = metric_call(scene, alarm.namespace, alarm.metric, dict(alarm.dimensions))
        yield Question(call, ("symptom_persists", *(role.reveals if role else ())))


def _service(scene: Scene) -> Iterator[Question]:
    target = scene.target
    if target.cluster and target.ecs_service:
        arguments = {"cluster": target.cluster, "service": target.ecs_service}
        call = ToolCall(server=_MONITORING, tool="describe_ecs_service", arguments=arguments)
        yield Question(call, _STOPS)


def _logs(scene: Scene) -> Iterator[Question]:
    families = tuple(family.id for family in scene.library.families)
    suspect = suspect_change(scene)
    about_change = ("errors_follow_change",) if suspect else ()
    for group in scene.target.log_groups:
        arguments = {"log_group": group, "minutes_back": minutes_back(scene), "limit": _LINES}
        known = scene.target.is_catalogued
        yield Question(
            _log_call(arguments),
            (*families, "errors_logged", "failing_calls_over", *about_change),
            1.5,
            core=known,
        )
        if _errors_hidden(scene, group):
            yield Question(_log_call({**arguments, "contains": "ERROR"}), families, 1.5, core=False)
        if suspect:
            end = (suspect.at - timedelta(seconds=1)).isoformat()
            yield Question(
                _log_call({**arguments, "minutes_back": 30, "end": end}),
                about_change,
                1.2,
                core=False,
            )


def _log_call(arguments: dict[str, Any]) -> ToolCall:
    return ToolCall(server=_MONITORING, tool="query_cloudwatch_logs", arguments=arguments)


def comparison_of(scene: Scene, call: ToolCall) -> ToolCall | None:
    """Return the question how a log that is read differs from how it was before the symptom."""
    group = call.arguments.get("log_group")
    if (
        call.tool != "query_cloudwatch_logs"
        or "end" in call.arguments
        or "contains" in call.arguments
    ):
        return None
    began = (scene.incident.opened_at - scene.onset).total_seconds() / 60
    arguments = {
        "log_group": group,
        "minutes_back": max(5, min(720, int(began) + _BEFORE_MINUTES)),
        "baseline_minutes": 60,
    }
    return ToolCall(server=_MONITORING, tool="find_log_patterns", arguments=arguments)


def _errors_hidden(scene: Scene, group: str) -> bool:
    """Whether a log has more errors than the lines shown tell of."""
    for seen in scene.answers("query_cloudwatch_logs"):
        if seen.call.arguments.get("log_group") != group or "end" in seen.call.arguments:
            continue
        levels = seen.content.get("levels")
        counted = levels.get("ERROR", 0) if isinstance(levels, dict) else 0
        shown = sum(line.is_failure for line in log_lines(scene))
        if isinstance(counted, int) and counted > 0 and shown == 0:
            return True
    return False


def _changes(scene: Scene) -> Iterator[Question]:
    target = scene.target
    # What was changed long after it began has not caused it, and would crowd out what has.
    before = min(scene.incident.opened_at, scene.onset + _SINCE_ONSET).isoformat()
    arguments: dict[str, Any] = {"hours_back": 24, "before": before}
    if target.ecs_service:
        arguments["service"] = target.ecs_service
    elif target.name:
        arguments["service"] = target.name
    if target.cluster:
        arguments["cluster"] = target.cluster
    call = ToolCall(server=_MONITORING, tool="list_recent_changes", arguments=arguments)
    by_kind = {"table": "capacity_lowered", "lambda": "trigger_disabled"}
    more = tuple(name for kind, name in by_kind.items() if kind in scene.kinds)
    yield Question(call, (*_CHANGES, *more), 1.2)
    # What is shared (settings, policies, addresses) is changed under names of its own.
    everyone = {"hours_back": 6, "before": before}
    call = ToolCall(server=_MONITORING, tool="list_recent_changes", arguments=everyone)
    yield Question(call, _SHARED, 1.6, core=False)


def _queue(scene: Scene) -> Iterator[Question]:
    target = scene.target
    if "queue" in scene.kinds and target.resource:
        arguments = {"name_prefix": target.resource[:80], "all_queues": True}
        call = ToolCall(server=_MONITORING, tool="get_dlq_depth", arguments=arguments)
        yield Question(call, ("dead_letters_up",), 1.0, core=False)


def _map(scene: Scene) -> Iterator[Question]:
    """Yield the questions who calls whom, and at whom failing or slow calls end."""
    target = scene.target
    if not (scene.is_first and target.is_catalogued and target.depends_on):
        return
    role = scene.library.role_of(scene.alarm.metric) if scene.alarm else None
    metric = "latency" if role and role.id in ("latency", "integration") else "availability"
    ranking = {"service": target.name, "metric": metric, "onset": scene.onset.isoformat()}
    call = ToolCall(server=_MONITORING, tool="rank_root_causes", arguments=ranking)
    yield Question(call, ("dependency_blamed",), 1.5, core=False)
    traces = {"service": target.name, "minutes_back": min(60, minutes_back(scene))}
    call = ToolCall(server=_MONITORING, tool="get_traces", arguments=traces)
    yield Question(call, ("dependency_blamed",), 1.5, core=False)


def _metrics(scene: Scene) -> Iterator[Question]:
    target, known = scene.target, scene.library.known_metrics
    places: list[tuple[str, dict[str, str]]] = []
    if target.cluster and target.ecs_service:
        ecs = {"ClusterName": target.cluster, "ServiceName": target.ecs_service}
        places.append(("AWS/ECS", ecs))
    if scene.alarm and scene.alarm.namespace:
        places.append((scene.alarm.namespace, dict(scene.alarm.dimensions)))
    if target.metric_namespace:
        places.append((target.metric_namespace, dict(target.metric_dimensions)))
    for namespace, dimensions in places:
        if namespace in known:
            for metric in known[namespace]:
                yield from _metric(scene, namespace, metric, dimensions)
        else:
            yield from _discovered(scene, namespace, dimensions)


def _discovered(scene: Scene, namespace: str, dimensions: dict[str, str]) -> Iterator[Question]:
    """Yield the question which metrics a namespace has, and one for each that tells something."""
    arguments = {"namespace": namespace, "dimensions": dimensions}
    call = ToolCall(server=_MONITORING, tool="list_metrics", arguments=arguments)
    listed = answered(scene).get(identity(call))
    if listed is None:
        roles = [role for role in scene.library.roles if role.id in _ROLES_OF_INTEREST]
        yield Question(
            call, tuple(name for role in roles for name in role.reveals), 1.5, core=False
        )
        return
    for record in records(listed.content, "metrics"):
        name = record.get("metric") or record.get("name") or record.get("metric_name")
        has = record.get("dimensions")
        if isinstance(name, str) and (not isinstance(has, dict) or has == dimensions):
            yield from _metric(scene, namespace, name, dimensions)


def _metric(
    scene: Scene, namespace: str, metric: str, dimensions: dict[str, str]
) -> Iterator[Question]:
    role = scene.library.role_of(metric)
    if role is not None:
        call = metric_call(scene, namespace, metric, dimensions)
        is_core = namespace == "AWS/ECS"
        yield Question(call, role.reveals, 1.0, core=is_core)
