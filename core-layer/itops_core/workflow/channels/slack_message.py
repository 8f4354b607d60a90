"""A notification as Slack's Block Kit shows it, within what Slack takes."""

from collections.abc import Iterator
from typing import Any

from itops_core.domain.notification import Notification, Occasion, Passage
from itops_core.workflow.channels.port import Letter
from itops_core.workflow.channels.text import mrkdwn, shortened, uncalled

APPROVE, DENY = "itops_approve", "itops_deny"
"""The `action_id` of the two buttons; their value is the approval's id."""

_HEADER = 150
_SECTION = 3000
_BLOCKS = 40
_MARKS = {
    Occasion.CRITICAL: "🔴",
    Occasion.PAGE: "🔴",
    Occasion.PAGE_AGAIN: "🔴",
    Occasion.APPROVAL: "🟡",
    Occasion.AUTONOMY: "🟠",
    Occasion.RESOLVED: "🟢",
    Occasion.CLOSED: "🟢",
    Occasion.ESCALATED: "🟠",
    Occasion.FAILED: "🟠",
}
Block = dict[str, Any]


def fallback(told: Notification) -> str:
    """Return the line that stands in pop-ups and for readers that show no blocks."""
    return shortened(mrkdwn(f"{_title(told)} ({told.service})"), _SECTION)


def blocks(letter: Letter) -> list[Block]:
    """Return the message: header, passages, buttons where something is asked, and where to look."""
    told = letter.notification
    found: list[Block] = [
        {"type": "header", "text": _plain(shortened(uncalled(_title(told)), _HEADER))}
    ]
    found += [block for passage in told.passages for block in _passage(passage)]
    if len(found) > _BLOCKS:
        found = [*found[:_BLOCKS], _section("The rest is in the report.")]
    if letter.ended_as:
        found.append(_section(f"*{mrkdwn(letter.ended_as)}*"))
    elif told.occasion is Occasion.APPROVAL and told.approval_id:
        found.append(_buttons(told.approval_id))
    return [*found, _footer(letter)]


def _passage(passage: Passage) -> Iterator[Block]:
    text = f"*{mrkdwn(passage.heading)}*"
    for line in passage.lines:
        safe = shortened(mrkdwn(line), _SECTION - 200)
        if len(text) + len(safe) + 1 > _SECTION:
            yield _section(text)
            text = safe
        else:
            text = f"{text}\n{safe}"
    yield _section(text)


def _section(text: str) -> Block:
    # Verbatim: Slack turns neither names nor addresses in it into links.
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _buttons(approval_id: str) -> Block:
    def button(name: str, action_id: str, style: str) -> Block:
        return {
            "type": "button",
            "text": _plain(name),
            "action_id": action_id,
            "value": approval_id,
            "style": style,
        }

    return {
        "type": "actions",
        "block_id": f"approval-{approval_id}",
        "elements": [button("Approve", APPROVE, "primary"), button("Deny", DENY, "danger")],
    }


def _footer(letter: Letter) -> Block:
    told = letter.notification
    parts = [told.incident_id, told.notification_id]
    if told.severity:
        parts.insert(1, told.severity.value)
    if told.approval_id:
        parts.append(told.approval_id)
    text = " · ".join(map(mrkdwn, parts))
    if letter.link:
        text += f" · <{letter.link}|open>"
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _title(told: Notification) -> str:
    about = "" if told.occasion is Occasion.DIGEST else f"{told.incident_id} "
    return f"{_MARKS.get(told.occasion, '⚪')} {about}{told.headline}: {told.title}"
