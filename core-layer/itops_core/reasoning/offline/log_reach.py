"""How far back the log lines that were shown reach: of what lies before, nothing can be said."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from itops_core.domain.investigation import Observation
from itops_core.reasoning.offline.reading import count_of, moment, records
from itops_core.reasoning.offline.scene import Scene


def minutes_seen_before(scene: Scene, at: datetime) -> int:
    """Return for how many whole minutes before `at` some answer shows every line."""
    seconds = ((min(at, end or at) - begin).total_seconds() for begin, end in _stretches(scene))
    return max(0, int(max(seconds, default=0.0) // 60))


def is_counted_since(scene: Scene, at: datetime) -> bool:
    """Whether one answer shows every line from `at` until it was asked."""
    return any(begin <= at and end is None for begin, end in _stretches(scene))


def _stretches(scene: Scene) -> Iterator[tuple[datetime, datetime | None]]:
    """Yield from when and until when each answer shows all there is; `None` is until now."""
    for seen in scene.answers("query_cloudwatch_logs"):
        asked = seen.call.arguments
        begin = None if "contains" in asked else _begin(scene, seen)
        if begin is not None:
            yield begin, moment(asked.get("end"))


def told_of_before(scene: Scene, at: datetime, count: int) -> str:
    """Return how it was before `at`, in words, given how many such lines were shown of then."""
    if minutes := minutes_seen_before(scene, at):
        return f", {count} in the {how_many(minutes, 'minute', whole=True)} before"
    if _was_empty(scene):
        return "; the log holds nothing from before to compare with"
    return "; how it was before was not looked at"


def _was_empty(scene: Scene) -> bool:
    """Whether a stretch before was asked for, and no line at all was in it."""
    return any(
        count_of(seen.content, "baseline_lines") == 0 for seen in scene.answers("find_log_patterns")
    ) or any(
        "end" in seen.call.arguments and count_of(seen.content, "scanned") == 0
        for seen in scene.answers("query_cloudwatch_logs")
    )


def how_many(count: int, noun: str, *, whole: bool) -> str:
    """Return a count as it may be told: of a list that was cut short, no more than a bound."""
    plural = noun if count == 1 else f"{noun}s"
    return f"{count} {plural}" if whole else f"at least {count} {plural}"


def _begin(scene: Scene, seen: Observation) -> datetime | None:
    if count_of(seen.content, "scanned") == 0:
        return None
    told = (moment(record.get("at")) for record in records(seen.content, "lines"))
    oldest = min((at for at in told if at), default=None)
    if seen.content.get("truncated"):
        return oldest
    covered = moment(seen.content.get("covered_from"))
    back = count_of(seen.call.arguments, "minutes_back")
    if covered is None and back and "end" not in seen.call.arguments:
        covered = scene.incident.opened_at - timedelta(minutes=back)
    return covered or oldest
