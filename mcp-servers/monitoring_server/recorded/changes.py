"""Changes that were recorded as such: commits with their diffs, deployments, flags, notices."""

from collections.abc import Iterator

from monitoring_server.recorded.recording import RecordedChange, Recording
from monitoring_server.telemetry.changes import Change, Target
from monitoring_server.telemetry.windows import Window

WITHOUT_CODE = "commit_without_code"
"""The kind of a commit that changes nothing that runs."""

_NAMED = 20


class RecordedChanges:
    """A source of changes beside those of AWS."""

    name = "recorded_changes"

    def __init__(self, recording: Recording) -> None:
        self._changes = recording.changes

    def changes(self, target: Target, span: Window) -> Iterator[Change]:
        """Yield what changed in the window; what may concern anybody concerns the target, too.

        What runs nowhere (pages, tests) is told as one entry: it would crowd out all others.
        """
        found = [one for one in self._changes if span.start <= one.at <= span.end]
        for one in found:
            if one.kind != WITHOUT_CODE and _concerns(one, target):
                yield Change(
                    at=one.at,
                    kind=one.kind,
                    what=one.what,
                    who=one.who,
                    detail=one.detail,
                    change_id=one.change_id,
                )
        if idle := [one for one in found if one.kind == WITHOUT_CODE]:
            last = max(one.at for one in idle)
            yield Change(
                at=last,
                kind=WITHOUT_CODE,
                what=f"{len(idle)} commits touch only documentation, tests or how things are built",
                detail={"commits": [one.change_id[:12] for one in idle][:_NAMED]},
                change_id=f"{WITHOUT_CODE}:{last.isoformat()}",
            )


def _concerns(change: RecordedChange, target: Target) -> bool:
    return target.service is None or not change.services or target.service in change.services
