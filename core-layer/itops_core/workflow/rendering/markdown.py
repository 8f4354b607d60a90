"""The report as Markdown, for tickets and postmortems."""

import re

from itops_core.domain.report import Report
from itops_core.workflow.rendering.outline import Outline, Section, outline

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|])")


def markdown(report: Report) -> str:
    """Return a report as Markdown. What came from outside is shown as text, never as markup."""
    return marked(outline(report))


def marked(shown: Outline) -> str:
    """Return an outline as Markdown."""
    parts = [f"# {_escaped(shown.title)}", *(_section(section) for section in shown.sections)]
    return "\n\n".join(parts) + "\n"


def _section(section: Section) -> str:
    lines = "\n".join(f"- {_escaped(line)}" for line in section.lines)
    return f"## {section.title}\n\n{lines}"


def _escaped(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text)
