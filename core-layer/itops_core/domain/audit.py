"""The audit log: who decided and did what, each entry bound to the one before it by a hash.

An entry's hash covers everything in it, the hash of its predecessor included. So a changed, a
missing and a reordered entry all break the chain, and anyone can find out without trusting us.
See docs/decisions/0015.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from itops_core.domain.values import Moment, Value, sha256_of

GENESIS = "0" * 64
"""What the first entry of a chain follows."""

CHAIN = r"^(INC-[0-9A-F]{8}|DAY-\d{4}-\d{2}-\d{2}(-[0-9A-F])?)$"


class AuditKind(StrEnum):
    """What is put on record."""

    DECISION = "decision"
    ACTION_BEGUN = "action_begun"
    ACTION_ENDED = "action_ended"
    ACTION_REFUSED = "action_refused"
    APPROVAL_ASKED = "approval_asked"
    APPROVAL_DECIDED = "approval_decided"
    APPROVAL_ENDED = "approval_ended"
    INTERVENTION = "intervention"
    INCIDENT_ENDED = "incident_ended"
    GRADE = "grade"
    KILL_SWITCH = "kill_switch"
    AUTONOMY = "autonomy"
    MAINTENANCE = "maintenance"
    DEAD_LETTER = "dead_letter"
    TOKEN = "token"  # noqa: S105 - what is put on record, no secret
    KNOWLEDGE = "knowledge"
    SEAL = "seal"


class AuditEvent(Value):
    """Something to be put on record. The same `event_id` is put on record once."""

    chain: str = Field(pattern=CHAIN, description="The incident's id, or the day's.")
    event_id: str = Field(max_length=200)
    at: Moment
    kind: AuditKind
    actor: str = Field(max_length=200)
    message: str = Field(max_length=1000)
    details: dict[str, Any] = Field(default_factory=dict)


class AuditEntry(AuditEvent):
    """What is on record: an event, its place in its chain, and what it follows."""

    sequence: int = Field(ge=1)
    previous: str = Field(pattern=r"^[0-9a-f]{64}$")
    sha256: str

    def is_intact(self) -> bool:
        """Whether it still has the hash it was written with."""
        return sha256_of(self.model_dump(mode="json", exclude={"sha256"})) == self.sha256


class AuditHead(Value):
    """How far a chain has come."""

    chain: str = Field(pattern=CHAIN)
    sequence: int = Field(ge=0)
    sha256: str


class AuditFault(Value):
    """The first place where a chain does not hold."""

    chain: str
    sequence: int
    reason: str


def day_chain(at: datetime) -> str:
    """Return the chain of a day, for what belongs to no incident."""
    return f"DAY-{at:%Y-%m-%d}"


def seal_chain(at: datetime, sealed: str) -> str:
    """Return the chain of a day that holds the seal of another one.

    There are sixteen a day, by the last digit of the incident: in a storm a hundred incidents end
    at once, and should not all wait for the one free place.
    """
    return f"{day_chain(at)}-{sealed[-1]}"


def chained(event: AuditEvent, after: AuditHead | None) -> AuditEntry:
    """Return `event` as the entry that follows `after`."""
    content = {
        **event.model_dump(mode="json"),
        "sequence": after.sequence + 1 if after else 1,
        "previous": after.sha256 if after else GENESIS,
    }
    return AuditEntry.model_validate({**content, "sha256": sha256_of(content)})


def head_of(entry: AuditEntry) -> AuditHead:
    """Return how far a chain has come with `entry`."""
    return AuditHead(chain=entry.chain, sequence=entry.sequence, sha256=entry.sha256)


def first_fault(
    entries: Iterable[AuditEntry], heads: Iterable[AuditHead], kept: Iterable[AuditHead] = ()
) -> AuditFault | None:
    """Return the first fault in what is on record, or `None` where all of it holds.

    `heads` are those stored beside the entries, `kept` those that somebody noted elsewhere.
    """
    chains: dict[str, list[AuditEntry]] = defaultdict(list)
    for entry in entries:
        chains[entry.chain].append(entry)
    stored = list(heads)
    for name in sorted({*chains, *(head.chain for head in stored)}):
        fault = _fault_in(name, chains[name])
        if fault is not None:
            return fault
    for head in (*stored, *_seals(chains), *kept):
        fault = _fault_at(head, chains[head.chain])
        if fault is not None:
            return fault
    return None


def _fault_in(chain: str, entries: Sequence[AuditEntry]) -> AuditFault | None:
    previous, there = GENESIS, {entry.sequence for entry in entries}
    for expected, entry in enumerate(entries, start=1):
        reason = ""
        if not entry.is_intact():
            reason = "the entry was changed"
        elif entry.sequence != expected:
            what = "out of order" if expected in there else "missing"
            reason = f"{what}: entry {entry.sequence} stands in its place"
        elif entry.previous != previous:
            reason = "it does not follow the entry before it"
        if reason:
            return AuditFault(chain=chain, sequence=expected, reason=reason)
        previous = entry.sha256
    return None


def _fault_at(head: AuditHead, entries: Sequence[AuditEntry]) -> AuditFault | None:
    if head.sequence > len(entries):
        where, reason = len(entries) + 1, f"missing: the chain had {head.sequence} entries"
    elif head.sequence and entries[head.sequence - 1].sha256 != head.sha256:
        where, reason = head.sequence, "the entry is not the one that was noted as the last"
    else:
        return None
    return AuditFault(chain=head.chain, sequence=where, reason=reason)


def _seals(chains: dict[str, list[AuditEntry]]) -> list[AuditHead]:
    days = [entries for name, entries in chains.items() if re.match("DAY-", name)]
    return [
        AuditHead.model_validate(entry.details)
        for entries in days
        for entry in entries
        if entry.kind is AuditKind.SEAL
    ]
