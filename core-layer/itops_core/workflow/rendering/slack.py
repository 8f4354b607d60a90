"""The report as a Slack message: Block Kit, within its limits."""

from collections.abc import Iterator
from typing import Any

from itops_core.domain.report import Report
from itops_core.workflow.rendering.outline import outline

_BLOCKS = 50
_HEADER = 150
_TEXT = 3000
"""What Slack takes; a longer message is refused as a whole."""


def slack(report: Report) -> dict[str, Any]:
    """Return a report as a message. Every text is plain: nothing in it can address people."""
    shown = outline(report)
    blocks: list[dict[str, Any]] = [_block("header", shown.title[:_HEADER])]
    for section in shown.sections:
        lines = (section.title.upper(), *section.lines)
        blocks += [_block("section", text) for text in _packed(lines)]
    if len(blocks) > _BLOCKS:
        told = f"The rest of it is in the whole report: {report.link}/report"
        blocks = [*blocks[: _BLOCKS - 1], _block("section", told)]
    return {"text": shown.title[:_TEXT], "blocks": blocks}


def _block(kind: str, text: str) -> dict[str, Any]:
    return {"type": kind, "text": {"type": "plain_text", "text": text, "emoji": False}}


def _packed(lines: tuple[str, ...]) -> Iterator[str]:
    """Yield the lines in as few texts as Slack takes; a longer line goes on in the next one."""
    text = ""
    for line in lines:
        if text and len(text) + len(line) + 1 > _TEXT:
            yield text
            text = ""
        text = f"{text}\n{line}" if text else line
        while len(text) > _TEXT:
            yield text[:_TEXT]
            text = text[_TEXT:]
    yield text
