"""Whether what made messages be given up is over: then sending them back is all that is left.

Both have to be seen of who works on the messages: that their errors went up and came down again,
and that what they logged meanwhile was about somebody whom they call, not about the messages.
Messages that cannot be read are the same tomorrow.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from itops_core.domain.investigation import Observation
from itops_core.reasoning.offline.extract_logs import LogLine, compared, families_of, log_lines
from itops_core.reasoning.offline.scene import Scene
from itops_core.reasoning.offline.series import Series, series_of
from itops_core.reasoning.offline.sightings import Sighting, cite, quoted_field, quoted_text

_WORKERS = {"lambda", "ecs_service"}
_AT_OTHERS = {
    "log_connection_refused",
    "log_downstream_timeout",
    "log_downstream_error",
    "log_throttled",
    "log_table_throttled",
    "log_database_connections",
    "log_name_resolution",
    "log_network",
}
_IN_MESSAGES = {"log_bad_data", "log_message_rejected", "log_duplicate", "log_receipt_expired"}
_QUIET = timedelta(minutes=5)
_FEWEST_LINES = 3
_HIGH_POINTS = 3
_HIGH = 3.0
_BACK = 0.1
_STEADY = 1.15
_WINDOW = timedelta(minutes=8)


def leftover_sightings(scene: Scene) -> Iterator[Sighting]:
    """Yield whether failures are over, of who works on messages; and whether dead letters grow."""
    if _WORKERS & scene.kinds:
        yield from _errors_over(scene)
        yield from _failing_calls_over(scene)
    if "queue" in scene.kinds:
        yield from _settled(scene)


def _of_role(scene: Scene, role: str) -> Iterator[tuple[Observation, Series]]:
    for seen in scene.answers("get_metrics"):
        found = scene.library.role_of(str(seen.call.arguments.get("metric", "")))
        series = series_of(seen.content)
        if found is not None and found.id == role and len(series.points) > 2 * _HIGH_POINTS:
            yield seen, series


def _errors_over(scene: Scene) -> Iterator[Sighting]:
    for seen, series in _of_role(scene, "errors"):
        level = series.change(scene.onset).baseline
        high = sorted(series.since(scene.onset - scene.margin))[-_HIGH_POINTS:]
        if level is None or len(high) < _HIGH_POINTS:
            continue
        peak = high[0]
        now = series.since(series.points[-1][0] - _QUIET)
        present = (
            peak >= max(1.0, _HIGH * level)
            and len(now) >= _HIGH_POINTS
            and max(now) <= level + max(_BACK * (peak - level), 0.0)
        )
        yield Sighting(
            symptom="failures_over",
            present=present,
            detail=f"up to {max(series.values):.4g}, now {series.latest:.4g}",
            citations=cite(seen.evidence_id, quoted_field("latest", series.latest)),
        )


def _failing_calls_over(scene: Scene) -> Iterator[Sighting]:
    beside = compared(scene)
    lines = [*log_lines(scene), *(beside.changed if beside else ())]
    since = scene.onset - scene.margin
    told = [(line, line.at) for line in lines if line.at is not None and line.at >= since]
    failing = [(line, at) for line, at in told if _families(scene, line) or line.is_failure]
    if not failing:
        return
    last, ended = max(failing, key=lambda one: one[1])
    after = [at for line, at in told if at > ended and not line.is_failure]
    over = len(after) >= _FEWEST_LINES and _is_quiet_since(after, ended)
    families = {family for line, _ in failing for family in _families(scene, line)}
    yield Sighting(
        symptom="failing_calls_over",
        present=over and bool(families & _AT_OTHERS) and not families & _IN_MESSAGES,
        detail=f"the last one at {ended:%H:%M} UTC: {last.message[:160]}",
        citations=cite(last.evidence_id, quoted_text(last.message)),
    )


def _is_quiet_since(after: list[datetime], ended: datetime) -> bool:
    return max(after) - ended >= _QUIET


def _families(scene: Scene, line: LogLine) -> tuple[str, ...]:
    return families_of(line, scene.library.families)


def _settled(scene: Scene) -> Iterator[Sighting]:
    """Yield whether dead letters that came lately have ceased to become more."""
    for seen, series in _of_role(scene, "queue_depth"):
        end = series.points[-1][0]
        now = series.since(end - _WINDOW)
        before = series.since(end - 2 * _WINDOW)[: -len(now)]
        if not now or not before or min(*now, *before) < 1:
            continue
        yield Sighting(
            symptom="dead_letters_settled",
            present=max(now) <= _STEADY * min(max(before), min(now) * _STEADY),
            detail=f"{series.latest:.4g} for a while",
            citations=cite(seen.evidence_id, quoted_field("latest", series.latest)),
        )
