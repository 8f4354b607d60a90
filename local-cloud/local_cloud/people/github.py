"""GitHub's REST API, as far as issues go: open, list, look at, comment and close."""

import re
from typing import Any

from local_cloud.people.inbox import Inbox, Record

TOKEN = "local-github-token"  # noqa: S105 - of nobody but this machine
REPOSITORY = "local/incidents"
_PATH = re.compile(rf"/repos/{REPOSITORY}/issues(?:/(\d+)(/comments)?)?")
_PAGE = 100
Answer = tuple[int, Any]


class GitHub:
    """One repository."""

    def __init__(self, inbox: Inbox, base_url: str) -> None:
        self._inbox = inbox
        self._base = base_url

    def call(
        self, method: str, path: str, token: str, query: dict[str, str], given: dict[str, Any]
    ) -> Answer:
        """Answer a request."""
        if token != TOKEN:
            return 401, {"message": "Bad credentials"}
        found = _PATH.fullmatch(path)
        if found is None:
            return 404, {"message": "Not Found"}
        number, comments = found.groups()
        if number is None:
            return self._opened(given) if method == "POST" else self._listed(query)
        issue = self._issue(int(number))
        if issue is None:
            return 404, {"message": "Not Found"}
        if comments:
            return self._commented(issue, given) if method == "POST" else self._comments(issue)
        return self._edited(issue, given) if method == "PATCH" else (200, self._shown(issue))

    def _opened(self, given: dict[str, Any]) -> Answer:
        title, body, labels = given.get("title"), given.get("body", ""), given.get("labels", [])
        good = (
            isinstance(title, str)
            and 0 < len(title) <= 256
            and isinstance(body, str)
            and len(body) <= 65_536
            and all(isinstance(one, str) and 0 < len(one) <= 50 for one in labels)
        )
        if not good or set(given) - {"title", "body", "labels", "assignees", "milestone"}:
            return 422, {"message": "Validation Failed"}
        issues = self._inbox.find(_is_issue)
        told = {"title": title, "body": body, "labels": labels, "state": "open", "comments": []}
        issue = self._inbox.add("github", "issue", {"issue": len(issues) + 1, **told})
        return 201, self._shown(issue)

    def _listed(self, query: dict[str, str]) -> Answer:
        wanted = set(filter(None, query.get("labels", "").split(",")))
        state = query.get("state", "open")
        found = self._inbox.find(
            lambda one: (
                _is_issue(one) and wanted <= set(one["labels"]) and state in ("all", one["state"])
            )
        )[::-1]
        page = int(query.get("page", "1"))
        return 200, [self._shown(one) for one in found[(page - 1) * _PAGE : page * _PAGE]]

    def _commented(self, issue: Record, given: dict[str, Any]) -> Answer:
        body = given.get("body")
        if not isinstance(body, str) or not 0 < len(body) <= 65_536:
            return 422, {"message": "Validation Failed"}
        comments = [*issue["comments"], body]
        self._inbox.change(issue["number"], comments=comments)
        return 201, self._comment(issue, len(comments), body)

    def _comments(self, issue: Record) -> Answer:
        numbered = enumerate(issue["comments"], start=1)
        return 200, [self._comment(issue, number, body) for number, body in numbered]

    def _edited(self, issue: Record, given: dict[str, Any]) -> Answer:
        if given.get("state") not in {"open", "closed"}:
            return 422, {"message": "Validation Failed"}
        self._inbox.change(issue["number"], state=given["state"])
        return 200, self._shown({**issue, "state": given["state"]})

    def _issue(self, number: int) -> Record | None:
        found = self._inbox.find(lambda one: _is_issue(one) and one["issue"] == number)
        return found[0] if found else None

    def _shown(self, issue: Record) -> dict[str, Any]:
        path = f"/repos/{REPOSITORY}/issues/{issue['issue']}"
        return {
            "id": issue["issue"],
            "number": issue["issue"],
            "title": issue["title"],
            "body": issue["body"],
            "state": issue["state"],
            "labels": [{"name": name} for name in issue["labels"]],
            "url": f"{self._base}{path}",
            "html_url": f"{self._base}/{REPOSITORY}/issues/{issue['issue']}",
            "comments": len(issue["comments"]),
        }

    def _comment(self, issue: Record, number: int, body: str) -> dict[str, Any]:
        where = f"{self._base}/repos/{REPOSITORY}/issues/comments"
        return {"id": issue["issue"] * 1000 + number, "body": body, "url": f"{where}/{number}"}


def _is_issue(record: Record) -> bool:
    return record["place"] == "github"
