"""Commits, deployments, feature flags and notices, as the changes that our tools list."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from itops_cli.investigation.layouts.reading import moment_in, text_in
from monitoring_server.recorded.changes import WITHOUT_CODE
from monitoring_server.recorded.recording import RecordedChange

_NO_CODE = re.compile(
    r"(^|/)(docs?|documentation|\.github|\.circleci|testdata|__tests__)/|\.(md|rst|adoc)$"
    r"|(_test|\.test|\.spec|_spec)\.\w+$|(^|/)(CODEOWNERS|LICENSE|\.golangci\.ya?ml)$",
    re.IGNORECASE,
)
"""Files that nothing runs."""

_DIFF_CHARACTERS = 1500
_MESSAGE_CHARACTERS = 300

Record = Mapping[str, Any]


def changes_in(
    commits: Sequence[Record],
    deploys: Sequence[Record],
    flags: Iterable[Record],
    notices: Iterable[Any],
) -> Iterator[RecordedChange]:
    """Yield all of them; a commit is told with each of its deployments, at their time.

    Only what a commit brought has an id: a flag is switched back by its name.
    """
    by_id = {text_in(one, "sha", "commit_sha", "id"): one for one in commits}
    deployed: set[str] = set()
    for deploy in deploys:
        sha = text_in(deploy, "commit_sha", "sha", "commit")
        deployed.add(sha)
        yield from _deployment(deploy, sha, by_id.get(sha, {}))
    for sha, commit in by_id.items():
        if sha and sha not in deployed:
            yield from _commit(sha, commit)
    for flag in flags:
        yield from _flag(flag)
    for told in notices:
        yield from _notices(told)


def _deployment(deploy: Record, sha: str, commit: Record) -> Iterator[RecordedChange]:
    at, service = moment_in(deploy, "timestamp", "deployed_at", "time"), text_in(deploy, "service")
    if at is None:
        return
    version = text_in(deploy, "version", "tag")
    message = text_in(commit, "message")[:_MESSAGE_CHARACTERS]
    yield RecordedChange(
        at=at,
        kind="deployment",
        what=f"{service} {version} deployed: {message}".strip(" :"),
        who=text_in(commit, "author") or text_in(deploy, "author", "actor"),
        services=(service,) if service else (),
        detail={"service": service, "version": version, **_content(commit)},
        change_id=sha or version,
    )


def _commit(sha: str, commit: Record) -> Iterator[RecordedChange]:
    at = moment_in(commit, "timestamp", "committed_at", "date")
    if at is None:
        return
    content = _content(commit)
    files = content["files"]
    kind = "commit"
    if files and all(_NO_CODE.search(name) for name in files):
        kind = WITHOUT_CODE
    yield RecordedChange(
        at=at,
        kind=kind,
        what=text_in(commit, "message")[:_MESSAGE_CHARACTERS],
        who=text_in(commit, "author"),
        detail=content,
        change_id=sha,
    )


def _content(commit: Record) -> dict[str, Any]:
    files = commit.get("files_changed") or commit.get("files") or []
    diff = text_in(commit, "diff", "patch")
    told: dict[str, Any] = {
        "files": [str(name) for name in files if isinstance(name, str)]
        if isinstance(files, list)
        else []
    }
    if diff:
        told["diff"] = diff[:_DIFF_CHARACTERS]
    if committed := moment_in(commit, "timestamp", "committed_at", "date"):
        told["committed_at"] = committed.isoformat()
    return told


def _flag(flag: Record) -> Iterator[RecordedChange]:
    at, name = moment_in(flag, "timestamp", "changed_at", "time"), text_in(flag, "flag", "name")
    if at is None or not name:
        return
    service, change = text_in(flag, "service"), text_in(flag, "change", "value")
    yield RecordedChange(
        at=at,
        kind="feature_flag",
        what=f"feature flag {name} of {service}: {change}",
        who=text_in(flag, "actor", "author"),
        services=(service,) if service else (),
        detail={"service": service, "flag": name, "change": change},
        change_id="",
    )


def _notices(told: Any) -> Iterator[RecordedChange]:  # noqa: ANN401 - any JSON value
    head: Record = told if isinstance(told, Mapping) else {}
    listed: list[Any] = told if isinstance(told, list) else []
    for value in head.values():
        if isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
            listed = [*listed, *value]
    component = text_in(head, "component", "service", "provider", "source")
    notices: list[Record] = [one for one in listed if isinstance(one, Mapping)]
    for one in notices or [head]:
        at = moment_in(one, "timestamp", "at", "time", "date")
        if at is None:
            continue
        words = [text_in(one, name) for name in ("status", "title", "detail", "message", "note")]
        about = text_in(one, "component", "service") or component
        yield RecordedChange(
            at=at,
            kind="status_notice",
            what=f"{about}: {' — '.join(word for word in words if word)}"[:480],
            detail={"component": about, "status": text_in(one, "status")},
            change_id="",
        )
