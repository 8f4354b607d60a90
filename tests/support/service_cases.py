"""Incidents among services: telemetry, what was changed, and what only looks like it."""

import csv
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from pathlib import Path
from typing import Any

START = datetime(2031, 3, 9, 5, 0, tzinfo=UTC)
ONSET, FIRED, END = 62, 66, 76
"""In minutes since the start."""
NONE = "none"

Metrics = Mapping[tuple[str, str], tuple[float, float]]


@dataclass(frozen=True)
class Commit:
    """One commit, when it was made, and what it was deployed to, if it was."""

    message: str
    files: Sequence[str]
    diff: str | None
    minute: float
    deployed_to: str = ""
    deployed_at: float = 0.0

    @property
    def sha(self) -> str:
        return sha1(f"{self.message}{self.minute}".encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class ServiceCase:
    """One incident."""

    name: str
    service: str
    metric: str
    threshold: float
    values: Metrics
    """Before and after the onset."""
    lines: Sequence[tuple[str, str, str]]
    """Service, level and words of what is logged again and again after the onset."""
    culprit: Commit | None
    summary: str = ""
    first: str = ""
    """Where it fails first; the alerting service if left out."""
    calls: Sequence[tuple[str, str]] = ()
    """Caller and callee."""
    failing: Sequence[str] = ()
    """Services whose spans fail after the onset."""
    flags: Sequence[tuple[float, str, str]] = ()
    notices: Sequence[tuple[float, str]] = ()
    climb: Sequence[tuple[str, str]] = ()
    """Metrics that do not jump at the onset but climb from the deployment of the culprit."""
    decoys: Sequence[Commit] = field(default_factory=lambda: (*RESTYLE, *TIDY))

    @property
    def answer(self) -> str:
        """The commit to blame, or `none`."""
        return self.culprit.sha if self.culprit else NONE


def at(minute: float) -> str:
    """Return a minute of the case as the files have it."""
    return (START + timedelta(minutes=minute)).isoformat().replace("+00:00", "Z")


def write(case: ServiceCase, folder: Path) -> Path:
    """Write the case as a folder and return it."""
    (folder / "context").mkdir(parents=True, exist_ok=True)
    commits = [*NOISE, *case.decoys, *((case.culprit,) if case.culprit else ())]
    _put(folder / "alert.json", _alert(case))
    _metrics(case, folder / "metrics.csv")
    lines = "\n".join(json.dumps(line) for line in _lines(case))
    (folder / "logs.ndjson").write_text(lines + "\n", encoding="utf-8")
    _put(folder / "patterns.json", _patterns(case))
    _put(folder / "traces.json", _spans(case))
    _put(folder / "context/commits.json", [_commit(one) for one in _by_time(commits)])
    deployed = [_deploy(one) for one in commits if one.deployed_to]
    _put(folder / "context/deploys.json", sorted(deployed, key=lambda one: one["timestamp"]))
    _put(folder / "context/flags.json", [_flag(*one) for one in case.flags])
    if case.notices:
        events = [
            {"timestamp": at(minute), "status": "degraded", "detail": text}
            for minute, text in case.notices
        ]
        _put(folder / "status_feed.json", {"component": "platform", "events": events})
    return folder


def _put(path: Path, content: Any) -> None:  # noqa: ANN401
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")


def _alert(case: ServiceCase) -> dict[str, Any]:
    return {
        "service": case.service,
        "metric": case.metric,
        "threshold": case.threshold,
        "observed": case.values[case.service, case.metric][1],
        "fired_at": at(FIRED),
        "severity": "critical",
        "monitor": f"{case.service} {case.metric}",
        "summary": case.summary or f"{case.metric} of {case.service} is beyond its threshold",
    }


def _metrics(case: ServiceCase, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["timestamp", "service", "metric", "value"])
        for minute in range(END + 1):
            for (service, metric), (before, after) in case.values.items():
                value = _value(case, (service, metric), minute, (before, after))
                writer.writerow([at(minute), service, metric, f"{value:.5g}"])


def _value(
    case: ServiceCase, key: tuple[str, str], minute: int, levels: tuple[float, float]
) -> float:
    before, after = levels
    noise = 1 + 0.05 * math.sin(minute * 1.3 + len(key[1]))
    begun = case.culprit.deployed_at if case.culprit and case.culprit.deployed_to else 5
    if key in case.climb:
        share = min(1.0, max(0.0, (minute - begun) / max(1.0, ONSET + 6 - begun)))
        return before + (after - before) * share
    return (after if minute >= ONSET else before) * noise


def _lines(case: ServiceCase) -> list[dict[str, Any]]:
    services = sorted({service for service, _ in case.values})
    found = [
        _line(
            minute,
            services[minute % len(services)],
            "INFO",
            f"served request in {minute % 7 + 3} ms",
        )
        for minute in range(END)
    ]
    for minute in range(ONSET, END):
        for number, (service, level, words) in enumerate(case.lines):
            found.append(_line(minute + 0.1 * (number + 1), service, level, words))
    return found


def _line(minute: float, service: str, level: str, words: str) -> dict[str, Any]:
    trace = sha1(f"{minute}{service}".encode(), usedforsecurity=False).hexdigest()[:32]
    return {
        "timestamp": at(minute), "service": service, "severity_text": level, "msg": words,
        "trace_id": trace,
    }  # fmt: skip


def _patterns(case: ServiceCase) -> list[dict[str, Any]]:
    told = [
        {"signature": words, "service": service, "count": 180, "delta_vs_baseline": "+180",
         "sentiment": "negative" if level in ("ERROR", "WARN", "FATAL") else "neutral"}
        for service, level, words in case.lines
    ]  # fmt: skip
    flags = [
        {"signature": f"flag {name} evaluated to on", "service": service, "count": 20,
         "delta_vs_baseline": "+20", "sentiment": "neutral"}
        for _, name, service in case.flags
    ]  # fmt: skip
    return [*told, *flags]


def _spans(case: ServiceCase) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for number, minute in enumerate((20, 40, ONSET + 2, ONSET + 3, ONSET + 5, ONSET + 7)):
        trace, broken = f"{number + 1:032x}", minute > ONSET
        callers = [caller for caller, _ in case.calls]
        callees = {callee for _, callee in case.calls}
        roots = [name for name in dict.fromkeys(callers) if name not in callees]
        names = [*(roots or [case.service]), *dict.fromkeys(callee for _, callee in case.calls)]
        parent = {callee: caller for caller, callee in case.calls}
        for place, name in enumerate(names):
            fails = broken and name in case.failing
            found.append(
                {
                    "trace_id": trace,
                    "span_id": name,
                    "parent_id": parent.get(name),
                    "service": name,
                    "name": f"handle_{name}",
                    "start": at(minute),
                    "duration_ms": 90 - place * 10 + (3000 if fails else 0),
                    "status": "ERROR" if fails else "OK",
                }
            )
    return found


def _commit(commit: Commit) -> dict[str, Any]:
    return {
        "sha": commit.sha, "author": "someone", "timestamp": at(commit.minute),
        "message": commit.message, "files_changed": list(commit.files), "diff": commit.diff,
    }  # fmt: skip


def _deploy(commit: Commit) -> dict[str, Any]:
    return {
        "timestamp": at(commit.deployed_at), "service": commit.deployed_to,
        "commit_sha": commit.sha, "version": f"r{int(commit.deployed_at * 10)}",
    }  # fmt: skip


def _flag(minute: float, name: str, service: str) -> dict[str, Any]:
    return {"timestamp": at(minute), "flag": name, "service": service, "change": "off->on",
            "actor": "someone"}  # fmt: skip


def _by_time(commits: Sequence[Commit]) -> list[Commit]:
    return sorted(commits, key=lambda one: one.minute)


NOISE = (
    Commit("docs: how to rotate on-call", ["docs/oncall.md"], None, 3),
    Commit("test: cover the money formatter", ["lib/money/format_test.go"], None, 11),
    Commit("ci: run linters in parallel", [".github/workflows/lint.yml"], None, 19),
    Commit("chore: update code owners", ["CODEOWNERS"], None, 27),
    Commit(
        "fix: typo in the greeting", ["lib/texts/greeting.go"],
        '@@\n-const Greeting = "Helo"\n+const Greeting = "Hello"', 33,
    ),
    Commit(
        "perf: reuse a buffer in the encoder", ["lib/codec/encode.go"],
        "@@ func Encode(v any) []byte {\n-\tbuf := make([]byte, 0)\n"
        "+\tbuf := make([]byte, 0, 512)\n \treturn enc(buf, v)", 41,
    ),
    Commit("refactor: move types into a package of their own", ["lib/types/all.go"], None, 69),
    Commit("docs: draw the architecture anew", ["docs/architecture.md"], None, 73),
)  # fmt: skip
"""What goes on in every repository."""


def restyle(service: str, minute: float) -> Commit:
    """Return a change of how a page looks, deployed just before the onset."""
    return Commit(
        f"feat({service}): rounder buttons", [f"apps/{service}/static/buttons.css"],
        "@@\n-.buy { padding: 6px; }\n+.buy { padding: 9px; border-radius: 6px; }",
        minute, service, minute + 1,
    )  # fmt: skip


def tidy(service: str, minute: float) -> Commit:
    """Return a refactoring that does the same as before, deployed just before the onset."""
    return Commit(
        f"refactor({service}): a helper for writing errors", [f"apps/{service}/http/errors.go"],
        "@@ func (h *Handler) serve(w http.ResponseWriter, r *http.Request) {\n"
        "-\tif err != nil { http.Error(w, err.Error(), 500); return }\n"
        "+\tif err != nil {\n+\t\twriteError(w, 500, err)\n+\t\treturn\n+\t}\n",
        minute, service, minute + 1.5,
    )  # fmt: skip


def patch_bump(service: str, minute: float) -> Commit:
    """Return a step of a dependency's last digit, deployed just before the onset."""
    return Commit(
        "chore: bump patch versions", ["go.mod", "go.sum"],
        "@@ require (\n-\tgolang.org/x/text v0.14.0\n+\tgolang.org/x/text v0.14.1\n )",
        minute, service, minute + 1,
    )  # fmt: skip


RESTYLE = (restyle("storefront", 58),)
TIDY = (tidy("storefront", 52),)
