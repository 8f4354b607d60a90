"""Issues in one GitHub repository, the one that the settings name; no caller chooses it."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from itops_core.domain.values import Value
from itops_core.errors import InvalidInputError
from itops_core.workflow.channels.port import DeliveryFailedError

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
    """Opens issues and comments on them, each once: a message's id stands in its text and is
    looked for first.
    """

    repository: str
    base_url: str
    token: Callable[[], str]

    def open(self, text: IssueText, message_id: str) -> dict[str, Any]:
        """Return the issue's number and address; raise `DeliveryFailedError` where it fails."""
        with _faults_told():
            repository = self._repository()
            issue = _opened_before(repository, message_id) or repository.create_issue(
                title=text.title,
                body=f"{text.body}\n\n{_mark(message_id)}",
                labels=[_LABEL, *text.labels],
            )
            return {"repository": self.repository, "number": issue.number, "url": issue.html_url}

    def finish(self, number: int, body: str, message_id: str) -> None:
        """Comment on an issue and close it; what somebody closed meanwhile stays closed."""
        with _faults_told():
            issue = self._repository().get_issue(number)
            if not any(_is_ours(one.body, message_id) for one in issue.get_comments()):
                issue.create_comment(f"{body}\n\n{_mark(message_id)}")
            if issue.state != "closed":
                issue.edit(state="closed", state_reason="completed")

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
        if _is_ours(issue.body, message_id):
            return issue
    return None


def _is_ours(body: str | None, message_id: str) -> bool:
    # What callers write stands before our own mark, so none of it can pass for one.
    return (body or "").rstrip().endswith(_mark(message_id))


@contextmanager
def _faults_told() -> Generator[None]:
    # Slow to import, and most processes never open an issue.
    import requests  # noqa: PLC0415
    from github import GithubException  # noqa: PLC0415

    try:
        yield
    except GithubException as error:
        # Nothing of the answer's body is told: it may quote what was sent.
        raise DeliveryFailedError(f"GitHub refused it ({error.status})") from error
    except (requests.RequestException, OSError) as error:
        raise DeliveryFailedError(f"GitHub is out of reach ({type(error).__name__})") from error


def _mark(message_id: str) -> str:
    return f"<!-- itops:{message_id} -->"
