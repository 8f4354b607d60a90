"""Issues in one GitHub repository, the one that the settings name; no caller chooses it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from incident_server.sending import DeliveryFailedError
from itops_core.domain.values import Value
from itops_core.errors import InvalidInputError

if TYPE_CHECKING:
    from github.Issue import Issue
    from github.Repository import Repository

_LABEL = "itops"
_TIMEOUT_SECONDS = 8
_LOOKED_THROUGH = 200
"""How many of our latest issues are looked through for one that was opened before a crash."""


class IssueText(Value):
    """What an issue says."""

    title: str
    body: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class GitHubIssues:
    """Opens issues, each once: the message's id stands in its body and is looked for first."""

    repository: str
    base_url: str
    token: Callable[[], str]

    def open(self, text: IssueText, message_id: str) -> dict[str, Any]:
        """Return the issue's number and address; raise `DeliveryFailedError` where it fails."""
        # Slow to import, and most processes never open an issue.
        import requests  # noqa: PLC0415
        from github import GithubException  # noqa: PLC0415

        try:
            repository = self._repository()
            issue = _opened_before(repository, message_id) or repository.create_issue(
                title=text.title,
                body=f"{text.body}\n\n{_mark(message_id)}",
                labels=[_LABEL, *text.labels],
            )
        except GithubException as error:
            # Nothing of the answer's body is told: it may quote what was sent.
            raise DeliveryFailedError(f"GitHub refused it ({error.status})") from error
        except (requests.RequestException, OSError) as error:
            raise DeliveryFailedError(f"GitHub is out of reach ({type(error).__name__})") from error
        return {"repository": self.repository, "number": issue.number, "url": issue.html_url}

    def _repository(self) -> "Repository":
        from github import Auth, Github  # noqa: PLC0415

        client = Github(
            auth=Auth.Token(self._token()),
            base_url=self.base_url,
            timeout=_TIMEOUT_SECONDS,
            user_agent="itops",
            per_page=100,
            # A function lives for seconds; whoever called may call again.
            retry=None,
            seconds_between_requests=None,
            seconds_between_writes=None,
            # Asking for the repository itself first would cost a request and tell nothing.
            lazy=True,
        )
        return client.get_repo(self.repository)

    def _token(self) -> str:
        try:
            return self.token()
        except InvalidInputError as error:
            raise DeliveryFailedError(str(error)) from error
        except (ClientError, BotoCoreError) as error:
            kind = type(error).__name__
            raise DeliveryFailedError(f"GitHub's token cannot be read ({kind})") from error


def _opened_before(repository: "Repository", message_id: str) -> "Issue | None":
    found = repository.get_issues(state="all", labels=[_LABEL], sort="created", direction="desc")
    for number, issue in enumerate(found):
        if number >= _LOOKED_THROUGH:
            return None
        # What callers write stands before our own mark, so none of it can pass for one.
        if (issue.body or "").rstrip().endswith(_mark(message_id)):
            return issue
    return None


def _mark(message_id: str) -> str:
    return f"<!-- itops:{message_id} -->"
