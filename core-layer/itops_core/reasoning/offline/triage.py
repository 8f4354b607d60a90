"""How bad is it, and is it known already? Decided from the alarm, the catalog and live state."""

import re
from collections.abc import Iterator
from typing import Any

from itops_core.domain.evidence import Claim
from itops_core.domain.incident import TERMINAL
from itops_core.domain.investigation import Case, ObservationStatus, ToolCall, Turn
from itops_core.domain.values import IncidentId
from itops_core.domain.verdict import Severity, TriageVerdict
from itops_core.reasoning.offline.choosing import Bar
from itops_core.reasoning.offline.diagnosis import NAME, Diagnosis
from itops_core.reasoning.offline.questions import answered, catalog_question, identity
from itops_core.reasoning.offline.reading import moment, records, text_of
from itops_core.reasoning.offline.scene import Scene
from itops_core.reasoning.offline.series import Series
from itops_core.reasoning.offline.sightings import cite, quoted_field
from itops_core.reasoning.offline.words import claims

_WORST_FIRST = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW)
_BY_TIER = {1: 1, 2: 2, 3: 2, 4: 3}
_UNKNOWN_TIER = 2
_FAR_BEYOND = 3.0
_MOST_FAIL_PERCENT = 25
_USER_FACING = ("errors", "availability", "unhealthy_hosts", "healthy_hosts", "latency")
_LIVE = ("get_cloudwatch_alarm_state", "get_metrics", "describe_ecs_service")
_SEEN = {*_LIVE, "get_catalog_entry", "list_incidents", "search_incidents"}
_SAME_WORDS = 0.6
_OTHERS = 15
_WIDE_OUTAGE = re.compile(r"\b(?:outage|all (?:users|customers)|completely down|is down)\b", re.I)


def triage(case: Case, bar: Bar) -> Turn:
    """Return the first questions about an incident, or how bad it is."""
    diagnosis = Diagnosis(case, bar)
    calls = () if case.must_answer else tuple(_calls(diagnosis))
    if calls:
        asks = ", ".join(dict.fromkeys(call.tool for call in calls))
        thought = f"How bad this is depends on what it is and whether it lasts: {asks}."
        return Turn(thought=thought, calls=calls, beliefs=diagnosis.beliefs(), reasoner=NAME)
    verdict = _verdict(diagnosis)
    return Turn(thought=verdict.summary, triage=verdict, beliefs=diagnosis.beliefs(), reasoner=NAME)


def as_triage_sees(case: Case) -> Case:
    """Return the case with nothing seen but what triage looks at.

    What is known of the cause does not make the same symptom worse the second time.
    """
    alarm = case.incident.alarm
    metric = alarm.metric if alarm else ""
    steps = tuple(
        step.model_copy(
            update={
                "observations": tuple(
                    seen
                    for seen in step.observations
                    if seen.call.tool in _SEEN
                    and (
                        seen.call.tool != "get_metrics"
                        or seen.call.arguments.get("metric") == metric
                    )
                )
            }
        )
        for step in case.transcript
    )
    return case.model_copy(update={"transcript": steps})


def _calls(diagnosis: Diagnosis) -> Iterator[ToolCall]:
    """Yield the calls of the first step, then of a second one where the first opened it."""
    scene = diagnosis.scene
    asked = answered(scene)
    steps = len(scene.case.steps_of_this_agent)
    if steps >= 2:
        return
    opening = catalog_question(scene)
    if opening:
        yield opening.call
    others = ToolCall(server="incident", tool="list_incidents", arguments={"limit": _OTHERS})
    if identity(others) not in asked:
        yield others
    for question in diagnosis.questions:
        call = question.call
        is_about_alarm = call.tool != "get_metrics" or "symptom_persists" in question.reveals
        if call.tool in _LIVE and is_about_alarm and identity(call) not in asked:
            yield call


def _verdict(diagnosis: Diagnosis) -> TriageVerdict:
    scene = diagnosis.scene
    severity, why = _as_reported(diagnosis) or _severity(diagnosis)
    duplicate, proof = _duplicate(scene)
    name = scene.target.name
    seen = ("symptom_persists", "alarm_active", "below_desired", "errors_up", "unhealthy_hosts")
    told = claims(scene.library, diagnosis.seen, seen, name)
    known = f" It is {duplicate} again, which is being worked on." if duplicate else ""
    return TriageVerdict(
        severity=severity,
        summary=f"{name}: {severity.value}, because {why}.{known}",
        duplicate_of=duplicate,
        claims=(*proof, *told[:4]),
        reasoner=NAME,
    )


def _as_reported(diagnosis: Diagnosis) -> tuple[Severity, str] | None:
    """Return the severity that a person gave, unless an alarm in ALARM now shows it is worse."""
    reported = diagnosis.scene.incident.severity
    if reported is None:
        return None
    judged = _severity(diagnosis)[0]
    is_worse = _WORST_FIRST.index(judged) < _WORST_FIRST.index(reported)
    if is_worse and diagnosis.is_present("alarm_active"):
        return None
    return reported, f"it was reported as {reported.value}"


def _severity(diagnosis: Diagnosis) -> tuple[Severity, str]:
    scene, seen = diagnosis.scene, diagnosis.seen
    tier = scene.target.tier
    level = _BY_TIER.get(tier or 0, _UNKNOWN_TIER)
    reasons = [f"its tier is {tier}" if tier else "its tier is not known"]
    persists = seen.get("symptom_persists")
    running = seen.get("below_desired")
    if "desired_zero" in seen and seen["desired_zero"].present:
        return Severity.CRITICAL, "it is told to run no task at all"
    if running is not None and running.present and running.detail.startswith("0 of"):
        return Severity.CRITICAL, "none of its tasks runs"
    if persists is not None and not persists.present:
        level += 2 if tier != 1 else 1
        reasons.append("the symptom does not last")
    else:
        raised, because = _magnitude(scene, tier)
        level -= raised
        reasons += because
        level = min(level, _hinted(diagnosis, tier, level))
    if scene.alarm is None and _WIDE_OUTAGE.search(
        f"{scene.incident.title} {scene.incident.description}"
    ):
        level = min(level, 1)
        reasons.append("it was reported as an outage")
    severity = _WORST_FIRST[max(0, min(level, len(_WORST_FIRST) - 1))]
    return severity, ", ".join(reasons)


def _magnitude(scene: Scene, tier: int | None) -> tuple[int, list[str]]:
    """Return by how many levels the size of the symptom raises the severity."""
    alarm = scene.alarm
    if alarm is None or scene.alarm_series is None or not alarm.threshold:
        return 0, []
    role = scene.library.role_of(alarm.metric)
    series = scene.alarm_series[1]
    recent = series.change(scene.onset).recent
    times = recent / alarm.threshold if alarm.threshold else 0
    if role is None or role.id not in _USER_FACING or alarm.comparison.lower().startswith("less"):
        return 0, []
    told = f"{alarm.metric} is {times:.1f} times its threshold"
    if tier == 1:
        is_wide = role.id == "errors" and _is_percent(alarm.metric, series)
        most_fail = is_wide and recent >= _MOST_FAIL_PERCENT
        return (1, [f"{recent:.0f} % of its answers fail"]) if most_fail else (0, [told])
    far = times >= _FAR_BEYOND
    return (1, [told]) if far and role.id != "latency" else (0, [told])


def _is_percent(metric: str, series: Series) -> bool:
    return series.unit.lower() == "percent" or bool(re.search(r"rate|percent", metric, re.I))


def _hinted(diagnosis: Diagnosis, tier: int | None, level: int) -> int:
    """Return the level that the leading fault calls for, where it stands out already."""
    leader, scene = diagnosis.ranking.leader, diagnosis.scene
    fault = scene.library.fault(leader.fault, scene.kinds)
    if fault is None or fault.severity is None or (tier or _UNKNOWN_TIER) > 2:
        return level
    return (
        _WORST_FIRST.index(fault.severity) if diagnosis.bar.is_cleared(diagnosis.ranking) else level
    )


def _duplicate(scene: Scene) -> tuple[IncidentId | None, tuple[Claim, ...]]:
    """Return the open incident that this one repeats, with the claim that says so."""
    incident = scene.incident
    for seen in scene.case.observations:
        if seen.call.tool not in ("list_incidents", "search_incidents"):
            continue
        if seen.status is not ObservationStatus.OK:
            continue
        for other in records(seen.content, "incidents"):
            if _is_same(scene, other):
                other_id = text_of(other, "incident_id")
                claim = Claim(
                    text=f"{other_id} was opened earlier on {incident.service} and is still open.",
                    citations=cite(seen.evidence_id, quoted_field("incident_id", other_id)),
                )
                return other_id, (claim,)
    return None, ()


def _is_same(scene: Scene, other: dict[str, Any]) -> bool:
    """Whether an older incident that is still open tells of the same thing."""
    incident = scene.incident
    opened = moment(other.get("opened_at"))
    status = text_of(other, "status")
    if other.get("incident_id") == incident.incident_id or status in {str(one) for one in TERMINAL}:
        return False
    this = (incident.opened_at, incident.incident_id)
    if opened is None or not status or (opened, text_of(other, "incident_id")) >= this:
        return False
    if text_of(other, "service") != incident.service:
        return False
    alarm = text_of(other, "alarm")
    if incident.alarm is None:
        # What a person reports while the service is being worked on belongs to that work.
        return True
    if alarm:
        return alarm == incident.alarm.name
    return _alike(incident.title, text_of(other, "title"))


def _alike(one: str, other: str) -> bool:
    words, others = (set(re.findall(r"\w+", text.lower())) for text in (one, other))
    return bool(words | others) and len(words & others) / len(words | others) >= _SAME_WORDS
