"""What a timeline tells of linked alarms: the first ones each, then only how many there are."""

from collections.abc import Iterator, Sequence

from itops_core.domain.alarm import AlarmState
from itops_core.domain.incident import TimelineEvent
from itops_core.domain.intake import AlarmLink, LinkCount
from itops_core.domain.values import utc_now
from itops_core.workflow.events import timeline_event

_TOLD_EACH = 20
_MILESTONES = (50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000)
_ACTOR = "incident_intake"


def lines_of(
    incident_id: str, links: Sequence[AlarmLink], count: LinkCount
) -> Iterator[TimelineEvent]:
    """Yield the lines for newly counted links; `count` is the incident's count with them."""
    rung = [link for link in links if link.state is AlarmState.ALARM]
    quiet = [link for link in links if link.state is not AlarmState.ALARM]
    for kind, news, total in (("linked", rung, count.alarms), ("note", quiet, count.recoveries)):
        room = max(0, _TOLD_EACH - (total - len(news)))
        for link in news[:room]:
            if not link.opened:
                yield _line(incident_id, kind, link)
    passed = [one for one in _MILESTONES if count.alarms - len(rung) < one <= count.alarms]
    for milestone in passed[-1:]:
        names = len({link.alarm for link in rung})
        yield timeline_event(
            incident_id,
            "linked",
            f"{milestone} alarms belong to this so far; the last ones were of {names} kinds",
            utc_now(),
            actor=_ACTOR,
            key=("alarms", milestone),
            alarms=milestone,
        )


def _line(incident_id: str, kind: str, link: AlarmLink) -> TimelineEvent:
    verb = "went off" if kind == "linked" else f"went to {link.state.value}"
    return timeline_event(
        incident_id,
        kind,
        f"{link.alarm} on {link.service} {verb}: {link.reason}"[:1000],
        utc_now(),
        actor=_ACTOR,
        # One line for a change of state, however many messages tell of it.
        key=(link.fingerprint_of, link.state.value, link.changed_at.isoformat()),
        state=link.state.value,
        changed_at=link.changed_at.isoformat(),
        service=link.service,
    )
