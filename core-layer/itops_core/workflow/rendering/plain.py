"""The report as plain lines, for a terminal and for whatever reads lines."""

from itops_core.domain.report import Report
from itops_core.workflow.rendering.outline import Outline, outline


def plain(report: Report) -> str:
    """Return a report as text without any markup, and without marks that steer a terminal."""
    return lines(outline(report))


def lines(shown: Outline) -> str:
    """Return an outline as text."""
    parts = [shown.title]
    for section in shown.sections:
        parts += ["", section.title, *(f"  {line}" for line in section.lines)]
    return "\n".join(parts) + "\n"
