"""The words of a notification, before any channel dresses them: passages of plain lines."""

from collections.abc import Iterator

from itops_core.domain.escalation import Escalation, HandOff
from itops_core.domain.incident import Incident
from itops_core.domain.notification import (
    Notification,
    NotificationStatus,
    Occasion,
    Passage,
)
from itops_core.domain.values import Moment, derived_id
from itops_core.domain.verdict import Rival
from itops_core.tools.redaction import one_line

_LINES = 12
_LINE = 900
_QUOTE = 240
_TITLE = 300
HAND_OFF_HEADINGS = (
    "Known", "Evidence", "Ruled out", "Not ruled out", "Tried", "Do first", "Could not be seen",
)  # fmt: skip


def notification_of(
    incident: Incident, occasion: Occasion, at: Moment, detail: str = "", key: str = ""
) -> Notification:
    """Return what people are told; the same occasion and key give the same id."""
    return Notification(
        notification_id=notification_id_of(incident.incident_id, occasion, key),
        incident_id=incident.incident_id,
        occasion=occasion,
        key=key,
        severity=incident.severity,
        service=one_line(incident.service),
        title=one_line(incident.title)[:_TITLE] or "(no title)",
        passages=tuple(_passages(incident, occasion, detail)),
        created_at=at,
    )


def notification_id_of(incident_id: str, occasion: Occasion, key: str = "") -> str:
    """Return the id of what people are told of an incident on that occasion."""
    return derived_id("NOT", incident_id, occasion.value, key)


def decided_of(asked: Notification, at: Moment) -> Notification:
    """Return what is told when a question that was shown is decided."""
    occasion = Occasion.DECIDED
    return asked.model_copy(
        update={
            "notification_id": notification_id_of(asked.incident_id, occasion, asked.key),
            "occasion": occasion,
            "created_at": at,
            "status": NotificationStatus.UNDELIVERED,
            "deliveries": {},
            "version": 0,
        }
    )


def digest_of(notifications: tuple[Notification, ...], partition: str, at: Moment) -> Notification:
    """Return the one message that tells of many."""
    ids = tuple(one.notification_id for one in notifications)
    lines = tuple(
        f"{one.incident_id} {one.headline}: {one.title} ({one.service})" for one in notifications
    )
    shown = lines[:40]
    more = (f"and {len(lines) - len(shown)} more",) if len(lines) > len(shown) else ()
    return Notification(
        notification_id=derived_id("NOT", partition, *ids),
        incident_id=partition,
        occasion=Occasion.DIGEST,
        title=f"{len(ids)} notifications",
        passages=(Passage(heading="What happened", lines=(*shown, *more)),),
        covers=ids,
        created_at=at,
    )


def pack_of(pack: HandOff) -> Iterator[Passage]:
    """Yield what a person is handed, as every page and message shows it."""
    known, evidence, ruled_out, still_open, tried, first, gaps = HAND_OFF_HEADINGS
    told = (
        (known, _known(pack)),
        (evidence, _evidence(pack)),
        (ruled_out, (f"{r.fault} of {r.component}: {r.ruled_out_by}" for r in pack.ruled_out)),
        (still_open, map(_suspect, pack.still_open)),
        (tried, _tried(pack)),
        (first, (f"{at}. {line}" for at, line in enumerate(pack.do_first, start=1))),
        (gaps, (f"{gap.source}: {gap.reason}" for gap in pack.gaps)),
    )
    for heading, lines in told:
        found = tuple(lines)
        if found:
            yield Passage(heading=heading, lines=found)


def _passages(incident: Incident, occasion: Occasion, detail: str) -> Iterator[Passage]:
    yield _tidy(Passage(heading="Incident", lines=tuple(_facts(incident))))
    if detail and occasion is Occasion.APPROVAL:
        # The card: sections with a blank line between, the heading of each first.
        for section in detail.split("\n\n"):
            heading, *lines = section.splitlines() or ["What is asked"]
            yield _tidy(Passage(heading=heading, lines=tuple(lines)))
    elif detail:
        yield _tidy(Passage(heading="What was said", lines=tuple(detail.splitlines())))
    if incident.resolution and occasion in (Occasion.RESOLVED, Occasion.CLOSED):
        yield _tidy(Passage(heading="Resolution", lines=tuple(incident.resolution.splitlines())))
    if incident.escalation and occasion in (Occasion.ESCALATED, Occasion.FAILED):
        yield from map(_tidy, _escalated(incident.escalation))


def _facts(incident: Incident) -> Iterator[str]:
    severity = incident.severity.value if incident.severity else "not known yet"
    yield f"service {incident.service}, severity {severity}, status {incident.status.value}"
    if incident.verdict:
        yield f"found: {incident.verdict.summary}"


def _escalated(escalation: Escalation) -> Iterator[Passage]:
    yield Passage(heading="Why", lines=(f"{escalation.reason} ({escalation.kind.value})",))
    yield from pack_of(escalation.hand_off)
    owner, runbook = escalation.hand_off.owner, escalation.hand_off.runbook
    where = [f"owner {owner}"] if owner else []
    where += [f"runbook {runbook}"] if runbook else []
    if where:
        yield Passage(heading="Whose", lines=tuple(where))


def _known(pack: HandOff) -> Iterator[str]:
    known = pack.known
    if known.symptom:
        since = f", since {known.began_at:%Y-%m-%d %H:%M:%S} UTC" if known.began_at else ""
        yield f"{known.symptom} on {known.service}{since}"
    if known.cause:
        sure = f", {known.confidence:.0%} sure" if known.confidence is not None else ""
        yield f"{known.cause.component}: {known.cause.fault}{sure}. {known.cause.mechanism}"
    elif known.summary:
        yield known.summary
    if known.blast_radius:
        yield f"felt by {', '.join(known.blast_radius)}"
    if pack.failure:
        yield f"{pack.failure.state}: {pack.failure.error} {pack.failure.cause[:_QUOTE]}".strip()


def _evidence(pack: HandOff) -> Iterator[str]:
    for one in pack.evidence:
        quotes = "; ".join(f"“{c.quote[:_QUOTE]}” in {c.evidence_id}" for c in one.citations)
        yield f"{one.claim} [{quotes}]" if quotes else one.claim


def _suspect(rival: Rival) -> str:
    return f"{rival.fault} of {rival.component}, {rival.confidence:.0%}: {rival.ruled_out_by}"


def _tried(pack: HandOff) -> Iterator[str]:
    for one in pack.tried:
        undone = ", taken back" if one.undone else ""
        told = f": {one.message}" if one.message else ""
        what = f"{one.action.name} on {one.resource} in round {one.round}"
        yield f"{what}: {one.status}{undone}{told}"
    if pack.verification:
        yield f"measured afterwards: {pack.verification}"


def _tidy(passage: Passage) -> Passage:
    """Return it bounded, without secrets, control and direction marks, and no line as two.

    Text from outside that held a line of its own could pass for another heading.
    """
    kept = [one_line(line)[:_LINE] for line in passage.lines if line.strip()]
    if len(kept) > _LINES:
        kept = [*kept[: _LINES - 1], f"and {len(kept) - _LINES + 1} more in the report"]
    return Passage(heading=passage.heading, lines=tuple(kept))
