"""What only two metrics together tell: work taken but not done, capacity that is used up."""

import re
from collections.abc import Iterator

from itops_core.domain.evidence import Citation
from itops_core.domain.investigation import Observation
from itops_core.reasoning.offline.reading import number_of
from itops_core.reasoning.offline.scene import Scene
from itops_core.reasoning.offline.series import Series, series_of
from itops_core.reasoning.offline.sightings import Sighting, cite, quoted_field

_AGAIN = 1.5
_FULL = 0.8
_ROOM = 0.6
_THROTTLED = 3.0

Found = tuple[Observation, Series]


def paired_sightings(scene: Scene) -> Iterator[Sighting]:
    """Yield what pairs of metrics of one component show."""
    yield from _redelivered(scene)
    sides = [list(_capacity(scene, side)) for side in ("Read", "Write")]
    throttled = [told for told in sides if any(one.symptom == "table_hot" for one in told)]
    for told in throttled or sides:
        yield from told


def _redelivered(scene: Scene) -> Iterator[Sighting]:
    received, deleted = _of(scene, "MessagesReceived"), _of(scene, "MessagesDeleted")
    if received is None or deleted is None:
        return
    now = [one[1].change(scene.onset) for one in (received, deleted)]
    taken, done = now[0].recent, now[1].recent
    before = (now[0].baseline or 0.0) / max(now[1].baseline or 0.0, 0.001)
    ratio = taken / max(done, 0.001)
    again = taken >= 1 and ratio >= _AGAIN and ratio >= 1.3 * min(before, 5.0)
    yield Sighting(
        symptom="received_not_deleted",
        present=again,
        strength=1.0 if again or ratio <= 1.2 else 0.5,
        detail=f"{taken:.4g} received, {done:.4g} deleted",
        citations=(*_latest(received), *_latest(deleted)),
    )


def _capacity(scene: Scene, side: str) -> Iterator[Sighting]:
    """Yield whether a table uses up its capacity of one side, and is throttled without that."""
    used, given = _of(scene, f"Consumed{side}"), _of(scene, f"Provisioned{side}")
    if used is None or given is None or given[1].latest <= 0:
        return
    seconds = number_of(used[0].content, "period_seconds") or _spacing(used[1])
    a_second = used[1].change(scene.onset).recent / max(seconds, 1.0)
    share = a_second / given[1].latest
    detail = f"{a_second:.4g} of {given[1].latest:.4g} {side.lower()} units a second"
    citations = (*_latest(used), *_latest(given))
    refused = _of(scene, f"{side}Throttle")
    is_throttled = refused is not None and refused[1].change(scene.onset).rose(_THROTTLED, 1.0)[0]
    if is_throttled and refused is not None:
        yield Sighting(
            symptom="table_hot",
            present=share < _ROOM,
            detail=detail,
            citations=(*citations, *_latest(refused)),
        )
    yield Sighting(
        symptom="capacity_used_up",
        present=share >= _FULL,
        strength=1.0 if share >= _FULL or share < _ROOM else 0.4,
        detail=detail,
        citations=citations,
    )


def _of(scene: Scene, name: str) -> Found | None:
    for seen in reversed(list(scene.answers("get_metrics"))):
        if re.search(name, str(seen.call.arguments.get("metric", "")), re.IGNORECASE):
            series = series_of(seen.content)
            if len(series.points) >= 2:
                return seen, series
    return None


def _spacing(series: Series) -> float:
    return (series.points[-1][0] - series.points[-2][0]).total_seconds()


def _latest(found: Found) -> tuple[Citation, ...]:
    seen, series = found
    summary = seen.content.get("summary")
    value = summary.get("latest") if isinstance(summary, dict) else None
    if isinstance(value, int | float):
        return cite(seen.evidence_id, quoted_field("latest", value))
    points = seen.content.get("points")
    last = points[-1] if isinstance(points, list) and points else None
    written = quoted_field("", series.latest).removeprefix('"":')
    return cite(seen.evidence_id, f'"{last[0]}",{written}') if last else ()
