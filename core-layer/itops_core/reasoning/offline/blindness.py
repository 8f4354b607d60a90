"""Which sources should be there and showed nothing: a gap is not the same as nothing wrong."""

from collections.abc import Mapping
from dataclasses import dataclass

from itops_core.domain.investigation import Observation, ObservationStatus
from itops_core.reasoning.offline.extract_logs import fell_silent, logs_were_seen
from itops_core.reasoning.offline.questions import Question
from itops_core.reasoning.offline.scene import Scene
from itops_core.reasoning.offline.series import series_of
from itops_core.reasoning.offline.sightings import Sightings

_MUTE = ("start_failed", "image_pull_failed", "desired_zero", "telemetry_stopped", "device_offline")
"""What never starts, or cannot be reached, logs nothing: that is no gap."""


@dataclass(frozen=True)
class Blindness:
    """Tells of each answer whether it showed nothing where there should have been something."""

    scene: Scene
    scenes: Mapping[str, Scene]
    sights: Mapping[str, Sightings]

    def of(self, question: Question, seen: Observation) -> str:
        """Return why a question's source showed nothing, or nothing where it did."""
        if seen.status is ObservationStatus.UNAVAILABLE:
            return seen.message or "out of reach"
        if not question.core:
            return ""
        if seen.status is ObservationStatus.ERROR:
            return seen.message or "refused"
        return self._emptiness(question, seen) or _unread_sources(seen)

    def _emptiness(self, question: Question, seen: Observation) -> str:
        """Return that a source which should have data answered with none."""
        tool, scene = question.call.tool, self.scenes.get(question.about, self.scene)
        if tool == "query_cloudwatch_logs" and not self._says_nothing_by_nature(question.about):
            if not logs_were_seen(scene):
                return "the log answered, but has not a single line of that time"
            if silent := fell_silent(scene):
                return f"the log answered, but has no line since {silent:%H:%M} UTC"
        if tool == "get_metrics" and not series_of(seen.content).points:
            return f"{question.call.arguments.get('metric')} has no datapoints of that time"
        return ""

    def _says_nothing_by_nature(self, component: str) -> bool:
        """Whether what is wrong keeps a component from writing a log at all."""
        seen = self.sights.get(component, self.sights[self.scene.target.name])
        return any(name in seen and seen[name].present for name in _MUTE)


def _unread_sources(seen: Observation) -> str:
    """Return what an answer says it could not ask itself, where that is the component's record."""
    told = seen.content.get("gaps")
    missing = (
        [str(gap) for gap in told if str(gap).startswith("ecs")] if isinstance(told, list) else []
    )
    return "; ".join(missing)
