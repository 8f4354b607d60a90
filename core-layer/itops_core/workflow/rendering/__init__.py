"""The report as people read it. Every rendering shows the same outline."""

from itops_core.workflow.rendering.html import html
from itops_core.workflow.rendering.markdown import markdown
from itops_core.workflow.rendering.outline import outline
from itops_core.workflow.rendering.plain import plain
from itops_core.workflow.rendering.slack import slack

__all__ = ["html", "markdown", "outline", "plain", "slack"]
