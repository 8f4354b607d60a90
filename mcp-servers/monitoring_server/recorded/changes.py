"""Changes that were recorded as such: commits with their diffs, deployments, flags, notices."""

from collections.abc import Iterator

from monitoring_server.recorded.recording import RecordedChange, Recording
from monitoring_server.telemetry.changes import Change, Target
from monitoring_server.telemetry.windows import Window


class RecordedChanges:
    """A source of changes beside those of AWS."""

    name = "recorded_changes"

    def __init__(self, recording: Recording) -> None:
        self._changes = recording.changes

    def changes(self, target: Target, span: Window) -> Iterator[Change]:
        """Yield what changed in the window; what may concern anybody concerns the target, too."""
        for one in self._changes:
            if span.start <= one.at <= span.end and _concerns(one, target):
                yield Change(
                    at=one.at,
                    kind=one.kind,
                    what=one.what,
                    who=one.who,
                    detail=one.detail,
                    change_id=one.change_id,
                )


def _concerns(change: RecordedChange, target: Target) -> bool:
    return target.service is None or not change.services or target.service in change.services
