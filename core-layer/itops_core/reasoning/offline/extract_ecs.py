"""What ECS tells of a service: tasks that run, tasks that ended and why, deployments."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from itops_core.domain.investigation import Observation
from itops_core.reasoning.offline.library import stop_reasons
from itops_core.reasoning.offline.reading import count_of, moment, records, text_of
from itops_core.reasoning.offline.scene import Scene
from itops_core.reasoning.offline.sightings import Sighting, cite, quoted_field, quoted_text
from itops_core.reasoning.offline.task_stops import ENDED_BY_REQUEST, KILLED, ORDERLY

_BEFORE = timedelta(minutes=30)
_EVENTS_BEFORE = timedelta(minutes=15)
_CRASHED = "tasks_crashed"


def service_sightings(scene: Scene) -> Iterator[Sighting]:
    """Yield what the newest description of the service shows."""
    described = [seen for seen in scene.answers("describe_ecs_service") if _is_ours(scene, seen)]
    if not described:
        return
    seen = described[-1]
    yield from _counts(seen)
    yield from _stops(scene, seen)
    yield from _rollout(seen)


def _is_ours(scene: Scene, seen: Observation) -> bool:
    asked = seen.call.arguments.get("service")
    return asked in {*scene.target.names, scene.name}


def _counts(seen: Observation) -> Iterator[Sighting]:
    desired = count_of(seen.content, "desired_count")
    running = count_of(seen.content, "running_count")
    if desired is None or running is None:
        return
    quotes = (quoted_field("running_count", running), quoted_field("desired_count", desired))
    detail = f"{running} of {desired} tasks run"
    citations = cite(seen.evidence_id, *quotes)
    yield Sighting(
        symptom="below_desired", present=running < desired, detail=detail, citations=citations
    )
    yield Sighting(symptom="desired_zero", present=desired == 0, detail=detail, citations=citations)


def _stops(scene: Scene, seen: Observation) -> Iterator[Sighting]:
    """Yield why tasks ended; an absence cites how many are told to run and do."""
    found: dict[str, list[tuple[str, float]]] = {}
    for task in records(seen.content, "stopped_tasks"):
        at = moment(task.get("stopped_at"))
        weight = 1.0 if at is None or at >= scene.onset - _BEFORE else 0.2
        symptom, quote = _why(task)
        if symptom and not scene.is_past(at):
            found.setdefault(symptom, []).append((quote, weight))
    for event in records(seen.content, "events"):
        at = moment(event.get("at"))
        message = text_of(event, "message")
        symptom = _family(message)
        is_near = at is None or at >= scene.onset - _EVENTS_BEFORE
        if symptom and is_near and not scene.is_past(at):
            found.setdefault(symptom, []).append((quoted_text(message), 0.8))
    running = count_of(seen.content, "running_count")
    quiet = cite(seen.evidence_id, quoted_field("running_count", running))
    for symptom in (*stop_reasons(), _CRASHED):
        told = found.get(symptom, [])
        yield Sighting(
            symptom=symptom,
            present=bool(told),
            strength=max((weight for _, weight in told), default=1.0),
            wording="" if told else _since(scene, symptom),
            detail=f"{_often(len(told))}, for example: {told[0][0]}" if told else "",
            citations=cite(seen.evidence_id, max(told, key=lambda one: one[1])[0])
            if told
            else quiet,
        )


def _often(times: int) -> str:
    return "once" if times == 1 else f"{times} times"


def _since(scene: Scene, symptom: str) -> str:
    """Return how an absence is told where it holds from a moment on only."""
    if scene.over_until is None:
        return ""
    return f"Not since {scene.over_until:%H:%M:%S} UTC: {scene.library.symptoms[symptom].says}"


def _why(task: Mapping[str, Any]) -> tuple[str, str]:
    """Return the symptom that an ended task shows, and the words that say so."""
    containers = records(task, "containers")
    reason = text_of(task, "stopped_reason")
    told = [reason, *(text_of(container, "reason") for container in containers)]
    for words in told:
        if symptom := _family(words):
            return symptom, quoted_text(words)
    codes = [code for one in containers if (code := count_of(one, "exit_code")) is not None]
    crashed = [code for code in codes if code not in ENDED_BY_REQUEST]
    if crashed:
        return _CRASHED, quoted_field("exit_code", crashed[0])
    if (
        KILLED in codes
        and not ORDERLY.search(reason)
        and text_of(task, "stop_code")
        in {
            "",
            "EssentialContainerExited",
        }
    ):
        return "tasks_oom_killed", quoted_field("exit_code", KILLED)
    return "", ""


def _family(words: str) -> str:
    for symptom, expression in stop_reasons().items():
        if words and expression.search(words):
            return symptom
    return ""


def _rollout(seen: Observation) -> Iterator[Sighting]:
    deployments = records(seen.content, "deployments")
    primary = next((one for one in deployments if text_of(one, "status") == "PRIMARY"), None)
    if primary is None:
        return
    state = text_of(primary, "rollout_state").upper()
    running, desired = count_of(primary, "running"), count_of(primary, "desired")
    others = [one for one in deployments if one is not primary]
    stalled = bool(others) and running == 0 and bool(desired)
    quote = quoted_field("rollout_state", primary.get("rollout_state"))
    yield Sighting(
        symptom="rollout_failing",
        present=state == "FAILED" or stalled,
        strength=1.0 if state == "FAILED" else 0.6,
        detail=f"deployment {text_of(primary, 'id')} is {state or 'unknown'}",
        citations=cite(seen.evidence_id, quote if state else '"deployments":'),
    )
