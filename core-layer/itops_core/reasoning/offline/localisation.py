"""Which of the things that a component leans on its failing calls are about."""

import re

from itops_core.reasoning.offline.extract_logs import families_of, log_lines
from itops_core.reasoning.offline.scene import Scene

_DEPENDENCY_FAMILIES = {
    "log_connection_refused",
    "log_downstream_timeout",
    "log_downstream_error",
    "log_throttled",
}


def failing_dependency(scene: Scene) -> str:
    """Return the dependency that failing calls name most, as the catalog calls it."""
    words = " ".join(
        line.message
        for line in log_lines(scene)
        if _DEPENDENCY_FAMILIES & set(families_of(line, scene.library.families))
    )
    names = scene.target.depends_on
    counts = {
        name: len(re.findall(rf"(?<![\w-]){re.escape(name)}", words, re.IGNORECASE))
        for name in names
    }
    named = max(counts, key=lambda name: counts[name], default=None)
    if named and (counts[named] or len(names) == 1):
        return named
    return f"a dependency of {scene.target.name}"
