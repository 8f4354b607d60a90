"""The approval card as lines and as a Slack message; every rendering shows the same sections."""

import re
import unicodedata
from typing import Any

from itops_core.domain.approval_card import ApprovalCard, CardAction, card_of
from itops_core.domain.remediation import Action, Approval, ApprovalStatus

APPROVE, DENY = "itops_approve", "itops_deny"
"""The `action_id` of the two buttons; their value is the approval's id."""

_BLANK = re.compile(r"\s+")
_LINE = 400
_TEXT = 3000
_BLOCKS = 50
_EVIDENCE = 5


def card_sections(card: ApprovalCard) -> tuple[tuple[str, ...], ...]:
    """Return the card as sections of lines, the heading of each first.

    The question comes first, then what is new since it was asked before, each action, and why.
    """
    sections = [
        (
            "What is asked",
            _plain(f"{card.incident_id} {card.severity}: {card.title}"),
            _plain(f"{card.approval_id} {card.state}"),
            f"expires {card.expires_at:%Y-%m-%d %H:%M:%S} UTC",
        ),
        _listed("New since it was asked before", card.changed),
        *(_of_action(one, len(card.actions)) for one in card.actions),
        _why(card),
        _listed("Narrowed", card.narrowed),
    ]
    return tuple(one for one in sections if one)


def question_told(approval: Approval) -> str:
    """Return what people are told of a question: its card, and how it is decided."""
    name = approval.approval_id
    command = f"itops approvals approve {name}   or   itops approvals deny {name}"
    sections = (*card_sections(card_of(approval)), ("To decide", command))
    return "\n\n".join("\n".join(section) for section in sections)


def _listed(heading: str, lines: tuple[str, ...]) -> tuple[str, ...]:
    return (heading, *map(_plain, lines)) if lines else ()


def approval_blocks(card: ApprovalCard, note: str = "") -> dict[str, Any]:
    """Return the card as a Slack message, with its buttons while there is something to decide.

    Every text is plain: nothing in it can address people or draw a link.
    """
    sections = (*card_sections(card), *([(_plain(note),)] if note else ()))
    blocks = [_block("\n".join(lines)) for lines in sections][: _BLOCKS - 1]
    if card.status is ApprovalStatus.PENDING:
        blocks.append(_buttons(card))
    return {"text": _plain(f"{card.approval_id} {card.state}: {card.title}"), "blocks": blocks}


def _of_action(action: CardAction, actions: int) -> tuple[str, ...]:
    number = f"{action.number}. " if actions > 1 else ""
    called = f" ({action.called})" if action.called else ""
    reach = ", ".join(action.blast_radius) or "nothing else"
    lines = [
        f"{number}{told(action.what, action.parameters)}",
        f"on {action.to_what}{called}",
        f"why: {action.why}",
        f"effect: {action.effect}",
        *(f"{one.name}: {one.before} → {one.after}" for one in action.changes),
        f"risk {action.risk}; blast radius {action.blast_size}: {reach}",
        *((action.traffic,) if action.traffic else ()),
        f"undo: {_undo(action)}",
    ]
    if action.cost:
        lines.append(f"cost: {action.cost}")
    lines += [
        f"may be narrowed: {name} to anything from {room.now} (now) to {room.asked}"
        for name, room in action.may_be_narrowed.items()
    ]
    return tuple(_plain(line) for line in lines)


def _undo(action: CardAction) -> str:
    inverse = action.undone_by
    if inverse is None:
        return action.undoing
    return told(inverse.name, _differing(inverse, action.parameters))


def _differing(inverse: Action, given: dict[str, Any]) -> dict[str, Any]:
    """Return what the inverse is given that the action is not: where it leads back to."""
    other = {name: value for name, value in inverse.parameters.items() if given.get(name) != value}
    return other or inverse.parameters


def _why(card: ApprovalCard) -> tuple[str, ...]:
    people = "one person" if card.approvers_needed == 1 else "two different people"
    lines = [
        "Why",
        f"cause: {card.cause}" if card.cause else "",
        f"plan: {card.rationale}" if card.rationale else "",
        f"confidence {card.confidence:.0%}",
        f"asked because: {'; '.join(card.asked_because)} — {people}",
        *(f"evidence {one.evidence_id}: {one.quote}" for one in card.evidence[:_EVIDENCE]),
    ]
    return tuple(_plain(line) for line in lines if line)


def told(name: str, parameters: dict[str, Any]) -> str:
    """Return an action as one would say it."""
    return f"{name}({', '.join(f'{key}={value}' for key, value in parameters.items())})"


def _buttons(card: ApprovalCard) -> dict[str, Any]:
    return {
        "type": "actions",
        "block_id": f"itops-{card.approval_id}",
        "elements": [
            _button("Approve", APPROVE, "primary", card.approval_id),
            _button("Deny", DENY, "danger", card.approval_id),
        ],
    }


def _button(label: str, action_id: str, style: str, value: str) -> dict[str, Any]:
    text = {"type": "plain_text", "text": label, "emoji": False}
    return {
        "type": "button", "text": text, "action_id": action_id, "style": style, "value": value,
    }  # fmt: skip


def _block(text: str) -> dict[str, Any]:
    shown = {"type": "plain_text", "text": text[:_TEXT], "emoji": False}
    return {"type": "section", "text": shown}


def _plain(text: str) -> str:
    """Return `text` as one line without marks that steer a screen, cut to a length."""
    line = _BLANK.sub(" ", text).strip()
    safe = "".join(mark for mark in line if unicodedata.category(mark)[0] != "C")
    return safe if len(safe) <= _LINE else f"{safe[: _LINE - 1]}…"
