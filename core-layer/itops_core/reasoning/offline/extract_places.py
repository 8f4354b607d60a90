"""What tells where a fault lies: rankings, traces, and queues of dead letters."""

from collections.abc import Iterator

from itops_core.domain.investigation import Observation
from itops_core.reasoning.offline.reading import count_of, number_of, records, text_of
from itops_core.reasoning.offline.scene import Scene
from itops_core.reasoning.offline.sightings import Sighting, cite, quoted_field
from itops_core.reasoning.offline.topology import ranked_suspects, traced_culprits

_MOST = 0.5
_STANDING = 0.6
"""How much a count of dead letters tells that may have lain there for days."""


def place_sightings(scene: Scene) -> Iterator[Sighting]:
    """Yield whether what a component calls is to blame, and what lies among dead letters."""
    yield from _blamed(scene)
    yield from _dead_letters(scene)


def _blamed(scene: Scene) -> Iterator[Sighting]:
    for tool, shares, strength in (
        ("rank_root_causes", ranked_suspects(scene), 0.8),
        ("get_traces", traced_culprits(scene), 1.0),
    ):
        answers = list(scene.answers(tool))
        if not answers or not shares or not _asked_of(scene, answers[-1]):
            continue
        own = sum(share for name, share in shares.items() if name in scene.target.names)
        others = {name: share for name, share in shares.items() if name not in scene.target.names}
        name = max(others, key=lambda one: others[one], default="")
        present = bool(name) and others[name] >= _MOST and others[name] > own
        quote = quoted_field("component" if tool == "rank_root_causes" else "service", name)
        yield Sighting(
            symptom="dependency_blamed",
            present=present,
            strength=strength if present or own >= _MOST else 0.4,
            detail=f"{name}: {others[name]:.0%}" if present else "",
            citations=cite(answers[-1].evidence_id, quote) if present else (),
        )


def _asked_of(scene: Scene, seen: Observation) -> bool:
    return seen.call.arguments.get("service") in scene.target.names


def _dead_letters(scene: Scene) -> Iterator[Sighting]:
    for seen in scene.answers("get_dlq_depth"):
        for queue in records(seen.content, "queues"):
            name, depth = text_of(queue, "name"), count_of(queue, "depth")
            told = queue.get("dead_letters_of")
            whose = [str(one) for one in told] if isinstance(told, list) else []
            if depth is None or not whose or not {name, *whose} & scene.target.names:
                continue
            age = number_of(queue, "oldest_age_seconds")
            fresh = age is not None and age <= 2 * 3600
            yield Sighting(
                symptom="dead_letters_up",
                present=depth > 0,
                strength=1.0 if depth == 0 or fresh else _STANDING,
                detail=f"{depth} messages in {name}",
                citations=cite(seen.evidence_id, quoted_field("depth", depth)),
            )
