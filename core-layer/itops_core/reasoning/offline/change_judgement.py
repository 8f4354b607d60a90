"""Could this change have caused this very fault? Judged from what it touches, not from nearness.

Pure: a change and a picture of the failure in, a likelihood ratio with its reason in words out.
Above 1 the change explains what is seen better than chance does, below 1 worse.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field

from itops_core.domain.values import Moment, Value
from itops_core.reasoning.offline.reading import moment, text_of


class ChangeEntry(Value):
    """One change as `list_recent_changes` tells it, with its diff where there is one."""

    change_id: str
    kind: str = Field(description="deployment, commit, flag, parameter, …")
    at: Moment = Field(description="When it took effect; when it was made, if that is not known.")
    what: str = ""
    who: str = ""
    service: str = Field(default="", description="What it was rolled out to.")
    files: tuple[str, ...] = ()
    diff: str = ""


class Picture(Value):
    """The failure that a change is held against."""

    component: str
    onset: Moment
    texts: tuple[str, ...] = Field(default=(), description="What failing lines say since then.")
    symptoms: frozenset[str] = Field(default=frozenset(), description="Seen, by the library's ids.")
    feeling_it: tuple[str, ...] = Field(default=(), description="Others that show symptoms.")


class Judgement(Value):
    """What is thought of one change."""

    change_id: str
    likelihood_ratio: float
    reason: str
    signs: tuple[str, ...] = Field(default=(), description="What in the change would do this.")


def entry_of(record: Mapping[str, Any]) -> ChangeEntry | None:
    """Return a change from one entry of `list_recent_changes`, or `None` without a time.

    Its `detail` may hold `service`, `message`, `files` and `diff`.
    """
    at = moment(record.get("at"))
    if at is None:
        return None
    detail = record.get("detail")
    told: dict[str, Any] = detail if isinstance(detail, dict) else {}
    files = told.get("files")
    words = (text_of(record, "what"), text_of(told, "message"))
    return ChangeEntry(
        change_id=str(record.get("change_id") or ""),
        kind=text_of(record, "kind"),
        at=at,
        what=" ".join(dict.fromkeys(word for word in words if word)),
        who=text_of(record, "who"),
        service=text_of(told, "service"),
        files=tuple(str(name) for name in files) if isinstance(files, list) else (),
        diff=text_of(told, "diff"),
    )


def judged(change: ChangeEntry, picture: Picture) -> Judgement:
    """Return how well `change` explains `picture`."""
    late = change.at > picture.onset
    return Judgement(
        change_id=change.change_id,
        likelihood_ratio=0.02 if late else 1.0,
        reason="it was made after the failure began" if late else "nothing speaks for it",
    )


def ranked_changes(changes: Iterable[ChangeEntry], picture: Picture) -> tuple[Judgement, ...]:
    """Return all of `changes` as judged, the likeliest cause first."""
    judgements = [judged(change, picture) for change in changes]
    return tuple(sorted(judgements, key=lambda one: (-one.likelihood_ratio, one.change_id)))
