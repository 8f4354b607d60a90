"""Who has to be asked about before anybody can be blamed: what is only a name so far."""

import re
from collections.abc import Mapping

from itops_core.domain.investigation import ToolCall
from itops_core.reasoning.offline.beliefs import Ranking
from itops_core.reasoning.offline.choosing import Bar
from itops_core.reasoning.offline.questions import answered, identity
from itops_core.reasoning.offline.scene import Scene
from itops_core.reasoning.offline.topology import callees

_WORTH_KNOWING = 0.02
"""Of the probability: a component that holds so much of the blame is worth an introduction."""
_INTRODUCED = 4
_GIVES_UP = re.compile(r"dlq|dead.?letter", re.IGNORECASE)


def introductions(
    scene: Scene, scenes: Mapping[str, Scene], ranking: Ranking, bar: Bar
) -> tuple[ToolCall, ...]:
    """Return the questions who those are that may well be at fault, and are not known yet.

    Once a verdict stands, only whom it blames is still asked for.
    """
    asked = answered(scene)
    blamed_one = ranking.leader.component if bar.is_cleared(ranking) else ""
    likely = sorted(
        (
            (-ranking.of_component(name), name)
            for other in scenes.values()
            for name in callees(other)
            if name not in scene.catalogued and blamed_one in ("", name)
        ),
    )
    calls = dict.fromkeys(name for share, name in likely if -share >= _WORTH_KNOWING)
    wanted = [
        ToolCall(server="incident", tool="get_catalog_entry", arguments={"name": name})
        for name in calls
    ]
    queue = scene.target.resource
    if not blamed_one and "queue" in scene.kinds and _GIVES_UP.search(queue):
        arguments = {"name_prefix": re.sub(r"[_.-]?(?:dlq|dead.?letters?).*", "", queue)[:80]}
        wanted.append(
            ToolCall(
                server="monitoring",
                tool="get_dlq_depth",
                arguments={**arguments, "all_queues": True},
            )
        )
    return tuple(call for call in wanted if identity(call) not in asked)[:_INTRODUCED]
