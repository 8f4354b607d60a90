"""Which change would do what is seen: by its diff, never by its nearness."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from itops_core.reasoning.offline.change_judgement import (
    ChangeEntry,
    Picture,
    culprit,
    entry_of,
    judged,
    ranked_changes,
)

ONSET = datetime(2026, 11, 20, 3, 20, tzinfo=UTC)


def change(minutes: float = 6, **fields: Any) -> ChangeEntry:  # noqa: ANN401
    told = {
        "change_id": "c1",
        "kind": "deployment",
        "at": ONSET - timedelta(minutes=minutes),
        "service": "quotes",
        **fields,
    }
    return ChangeEntry.model_validate(told)


def picture(*texts: str, symptoms: tuple[str, ...]) -> Picture:
    return Picture(component="quotes", onset=ONSET, texts=texts, symptoms=frozenset(symptoms))


NIL = picture(
    "panic: runtime error: invalid memory address or nil pointer dereference at rates.go:41",
    symptoms=("log_application_error", "errors_up"),
)
GUARD_GONE = "-\tif rate == nil {\n-\t\treturn fallback\n-\t}\n+\treturn rate.Net()"


@pytest.mark.parametrize(
    ("diff", "files", "seen"),
    [
        (GUARD_GONE, ("quotes/rates.go",), NIL),
        (
            "-    rows = db.fetch_all(SQL_IN, skus)\n+    for sku in skus:\n"
            "+        rows.append(db.fetch_one(SQL_ONE, sku))",
            ("quotes/dao.py",),
            picture("slow request: quote took 4120ms", symptoms=("latency_up",)),
        ),
        (
            "-  timeoutMs: 3000,\n+  timeoutMs: 300,",
            ("quotes/client.ts",),
            picture("call to rates timed out", symptoms=("log_downstream_timeout",)),
        ),
        (
            '-  price = payload["amount"]\n+  price = payload["net_amount"]',
            ("quotes/reader.py",),
            picture("KeyError: 'net_amount'", symptoms=("log_application_error", "log_bad_data")),
        ),
        (
            "+_SEEN = []\n+\n+def remember(quote):\n+    _SEEN.append(quote)",
            ("quotes/memory.py",),
            picture("OOMKilled", symptoms=("log_out_of_memory", "memory_climbing")),
        ),
    ],
    ids=["a check taken away", "one by one", "a shorter time-out", "a renamed field", "a leak"],
)
def test_a_change_that_would_do_what_is_seen_is_blamed(
    diff: str, files: tuple[str, ...], seen: Picture
) -> None:
    # What fills up takes its time; what is broken is broken at once.
    minutes = 120 if "memory_climbing" in seen.symptoms else 6
    guilty = change(minutes, change_id="guilty", diff=diff, files=files)
    others = [
        change(2, change_id="docs", files=("docs/quotes.md",)),
        change(3, change_id="looks", files=("web/theme.css",), diff="-a {}\n+a { color: red }"),
        change(1, change_id="near"),
    ]

    found = culprit(ranked_changes([*others, guilty], seen))

    assert found is not None
    assert found.change_id == "guilty"
    assert found.signs


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"files": ("README.md",)}, "pages, tests or looks"),
        ({"files": ("quotes/rates_test.go",), "diff": GUARD_GONE}, "pages, tests or looks"),
        (
            {"files": ("quotes/rates.go",), "diff": '-log.Info("a")\n+log.Debug("a", "id", id)'},
            "comments, logging or spacing",
        ),
        ({"minutes": -9, "files": ("quotes/rates.go",), "diff": GUARD_GONE}, "after the failure"),
    ],
)
def test_a_change_that_does_nothing_to_what_runs_is_told_as_that(
    fields: dict[str, Any], why: str
) -> None:
    judgement = judged(change(fields.pop("minutes", 6), **fields), NIL)

    assert judgement.likelihood_ratio < 0.1
    assert why in judgement.reason


@pytest.mark.parametrize(
    "seen",
    [
        picture("x509: certificate has expired", symptoms=("log_certificate",)),
        picture("getaddrinfo ENOTFOUND rates.example", symptoms=("log_name_resolution",)),
        picture("worker pool is full", symptoms=("traffic_up", "log_overloaded", "cpu_high")),
    ],
    ids=["certificate", "names", "traffic"],
)
@pytest.mark.parametrize("minutes", [1, 5, 20])
def test_no_change_is_blamed_for_what_no_code_does(seen: Picture, minutes: float) -> None:
    near = [
        change(minutes, change_id="handler", files=("quotes/handler.go",), diff=GUARD_GONE),
        change(minutes + 1, change_id="deps", files=("go.mod",), diff="-\tx v1.2.0\n+\tx v1.2.1"),
        change(minutes + 2, change_id="plain"),
    ]

    assert culprit(ranked_changes(near, seen)) is None


def test_a_call_to_aws_that_takes_a_permission_away_explains_refusals() -> None:
    record = {
        "at": (ONSET - timedelta(minutes=3)).isoformat(),
        "kind": "api_call",
        "what": "kms:PutKeyPolicy of quotes",
        "detail": {"parameters": {"keyId": "abc"}},
        "change_id": "e1",
    }
    entry = entry_of(record)
    assert entry is not None

    denied = picture("AccessDeniedException: kms:Decrypt", symptoms=("log_access_denied",))
    slow = picture("request took 4s", symptoms=("latency_up",))

    assert culprit([judged(entry, denied)]) is not None
    assert culprit([judged(entry, slow)]) is None


def test_what_a_record_says_is_different_is_read_as_a_diff() -> None:
    record = {
        "at": ONSET.isoformat(),
        "kind": "parameter",
        "what": "parameter /quotes/pool: 20 → 2",
        "detail": {"parameter": "/quotes/pool", "before": "20", "after": "2"},
        "change_id": "/quotes/pool:2",
    }

    entry = entry_of(record)

    assert entry is not None
    assert entry.diff.splitlines() == ["-/quotes/pool: 20", "+/quotes/pool: 2"]
    assert entry_of({"kind": "parameter"}) is None
