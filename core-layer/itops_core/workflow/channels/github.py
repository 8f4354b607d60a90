"""GitHub: an issue for each escalation, commented on and closed when the incident is resolved."""

from dataclasses import dataclass
from typing import Any

from itops_core.domain.notification import Occasion
from itops_core.workflow.channels.github_issues import GitHubIssues, IssueText
from itops_core.workflow.channels.port import Letter, NothingToDoError
from itops_core.workflow.channels.text import markdown, shortened, uncalled

_BODY = 60_000
_TITLE = 250
_OPENING = (Occasion.ESCALATED, Occasion.FAILED)
_CLOSING = (Occasion.RESOLVED, Occasion.CLOSED)


@dataclass(frozen=True)
class GitHubChannel:
    """Opens, comments, closes; a repeat finds what stands by the notification's id in its text."""

    issues: GitHubIssues
    name: str = "github"

    def send(self, letter: Letter) -> dict[str, Any]:
        """Open an issue on an escalation, end it on a resolution; the rest is not for here."""
        told = letter.notification
        if told.occasion in _OPENING:
            severity = told.severity.value if told.severity else "unknown"
            text = IssueText(
                title=shortened(uncalled(f"{told.incident_id} {told.title}"), _TITLE),
                body=_body(letter),
                labels=(f"severity:{severity}",),
            )
            return self.issues.open(text, told.notification_id)
        opened = letter.told_of(*_OPENING)
        if told.occasion not in _CLOSING or opened is None:
            raise NothingToDoError("there is no issue for it")
        self.issues.finish(int(opened["number"]), _body(letter), told.notification_id)
        return dict(opened)


def _body(letter: Letter) -> str:
    told = letter.notification
    parts = [f"**{told.incident_id}: {told.headline}**", markdown(told.title)]
    for passage in told.passages:
        parts += [f"### {passage.heading}", "\n".join(f"- {markdown(x)}" for x in passage.lines)]
    if letter.link:
        parts.append(letter.link)
    return shortened("\n\n".join(parts), _BODY)
