"""The audit log: whatever is changed, missing or moved in it is found, and where it is."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itops_core.domain.audit import (
    AuditEntry,
    AuditEvent,
    AuditFault,
    AuditHead,
    AuditKind,
    chained,
    first_fault,
    head_of,
)
from itops_core.domain.audit_events import sealed

CHAIN, DAY = "INC-0A1B2C3D", "DAY-2026-11-20"
AT = datetime(2026, 11, 20, 3, tzinfo=UTC)


def event(number: int, chain: str = CHAIN) -> AuditEvent:
    return AuditEvent(
        chain=chain,
        event_id=f"AUD-{number}",
        at=AT,
        kind=AuditKind.DECISION,
        actor="gate",
        message=f"auto: reason {number}",
        details={"confidence": 0.9, "actions": [{"name": "restart_ecs_service"}]},
    )


def a_chain(length: int, chain: str = CHAIN) -> list[AuditEntry]:
    entries: list[AuditEntry] = []
    for number in range(length):
        last = head_of(entries[-1]) if entries else None
        entries.append(chained(event(number, chain), last))
    return entries


def found(entries: list[AuditEntry], *heads: AuditHead) -> AuditFault:
    fault = first_fault(entries, heads)
    assert fault is not None
    return fault


def test_an_untouched_chain_holds_also_after_a_way_through_json() -> None:
    entries = [AuditEntry.model_validate_json(one.model_dump_json()) for one in a_chain(5)]

    assert first_fault(entries, [head_of(entries[-1])]) is None
    assert first_fault([], []) is None


@given(data=st.data())
def test_any_one_changed_byte_of_an_entry_is_found_where_it_is(data: st.DataObject) -> None:
    entries = a_chain(4)
    place = data.draw(st.integers(0, 3))
    text = json.dumps(entries[place].model_dump(mode="json"))
    at = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from("abcxyz0189 ,:{"))
    changed = text[:at] + letter + text[at + 1 :]
    try:
        entry = AuditEntry.model_validate_json(changed)
    except ValueError:
        return
    if entry == entries[place]:
        return

    fault = first_fault([*entries[:place], entry, *entries[place + 1 :]], [head_of(entries[-1])])

    assert fault is not None
    if entry.chain == CHAIN:
        assert fault.sequence == place + 1


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_a_missing_entry_is_named(gone: int) -> None:
    entries = a_chain(4)

    fault = found([one for at, one in enumerate(entries) if at != gone], head_of(entries[-1]))

    assert (fault.sequence, fault.reason.split(":")[0]) == (gone + 1, "missing")


def test_two_entries_that_changed_places_are_named() -> None:
    first, second, third, fourth = a_chain(4)

    fault = found([first, third, second, fourth])

    assert (fault.sequence, fault.reason.split(":")[0]) == (2, "out of order")


def test_an_entry_put_in_place_of_another_with_hashes_that_fit_breaks_what_follows() -> None:
    entries = a_chain(3)
    forged = chained(event(9), head_of(entries[0]))

    fault = found([entries[0], forged, entries[2]])

    assert (fault.sequence, fault.reason) == (3, "it does not follow the entry before it")


def test_a_tail_that_was_cut_off_is_found_by_the_stored_head() -> None:
    entries = a_chain(4)

    assert found(entries[:3], head_of(entries[-1])).sequence == 4


def test_a_tail_cut_off_with_its_head_is_found_by_the_seal_of_the_day() -> None:
    entries = a_chain(4)
    seal = chained(sealed(head_of(entries[-1]), AT), None)

    fault = found([*entries[:3], seal], head_of(entries[2]), head_of(seal))

    assert (fault.chain, fault.sequence) == (CHAIN, 4)


def test_a_chain_that_is_gone_with_its_head_is_found_by_the_seal_of_the_day() -> None:
    seal = chained(sealed(head_of(a_chain(2)[-1]), AT), None)

    fault = found([seal], head_of(seal))

    assert (fault.chain, fault.sequence) == (CHAIN, 1)


def test_a_rewritten_chain_is_found_by_a_head_that_was_kept_elsewhere() -> None:
    kept = head_of(a_chain(2, DAY)[-1])
    rewritten = [chained(event(7, DAY), None)]
    rewritten.append(chained(event(8, DAY), head_of(rewritten[0])))

    fault = first_fault(rewritten, [head_of(rewritten[-1])], [kept])

    assert fault is not None
    assert (fault.chain, fault.sequence) == (DAY, 2)


def test_an_entry_ahead_of_its_head_is_a_crash_and_no_fault() -> None:
    entries = a_chain(3)

    assert first_fault(entries, [head_of(entries[1])]) is None


def test_details_of_any_shape_keep_their_hash() -> None:
    details: dict[str, Any] = {"float": 1.0, "small": 1e-9, "text": "Zähler \u202e", "none": None}
    entry = chained(event(1).model_copy(update={"details": details}), None)

    assert AuditEntry.model_validate_json(entry.model_dump_json()).is_intact()
