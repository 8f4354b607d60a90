"""No secret of a tool's answer is stored or shown."""

import time

import pytest

from itops_core.tools.redaction import MARK, names_a_secret, redacted, redacted_text

KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7\nq8Zb+/==\n-----END RSA PRIVATE KEY-----"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("key AKIAIOSFODNN7EXAMPLE used", "AKIAIOSFODNN7EXAMPLE"),
        ("temporary ASIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"),
        ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEX", "wJalrXUtnFEMI"),
        ("Authorization: Bearer abc123.def-456", "abc123"),
        ("authorization: basic dXNlcjpwYXNz", "dXNlcjpwYXNz="),
        ("password=hunter2 retrying", "hunter2"),
        ("DB_PASSWORD: hunter2", "hunter2"),
        ("dbPassword='two words' next", "two words"),
        ('{"password": "a \\" quote", "user": "bob"}', "quote"),
        ('{\\"password\\": \\"hunter2\\", \\"user\\": \\"bob\\"}', "hunter2"),
        ('cut off: "client_secret": "abcdef', "abcdef"),
        ("postgres://shop:hunter2@db.internal/orders", "hunter2"),
        ("Server=db;Password=hunter2;Database=x", "hunter2"),
        (f"loaded {KEY} from disk", "MIIEpAIBAAKCAQEA7"),
        ("-----BEGIN PRIVATE KEY-----\nMIIEvgIBADANBgkq", "MIIEvgIBADANBgkq"),
        (f"cookie {JWT}", "eyJzdWIiOiIxMjM0NTY3ODkwIn0"),
        ("X-Auth-Token: 9f86d081884c7d659a2feaa0", "9f86d081884c7d659a2feaa0"),
        ("token=9f86d081884c7d659a2feaa0&x=1", "9f86d081884c7d659a2feaa0"),
        ("using ghp_abcdefghijklmnopqrstuvwxyz0123", "ghp_abcdefghij"),
        ("sk-ant-api03-abcdefghijklmnopqrstuv", "abcdefghijklmnop"),
    ],
)
def test_a_secret_in_a_text_is_replaced(text: str, secret: str) -> None:
    shown = redacted_text(text)

    assert secret.rstrip("=") not in shown
    assert MARK in shown


@pytest.mark.parametrize(
    "text",
    [
        "OutOfMemoryError: Container killed due to memory usage",
        "basic authentication failed for user shop",
        "token expired after 3600 s",
        "next token: none",
        "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-AbCdEf",
        "passed 12 of 12 health checks",
        "https://internal.example/path:8080/x@y",
        "GET /api/keys 200 in 12 ms",
        "usage: input_tokens=1200 output_tokens=88",
    ],
)
def test_what_is_no_secret_stays_as_it_is(text: str) -> None:
    assert redacted_text(text) == text


def test_what_stands_around_a_secret_is_kept() -> None:
    assert redacted_text("login password=hunter2; host=db") == f"login password={MARK}; host=db"


def test_fields_named_like_secrets_are_emptied_wherever_they_are() -> None:
    answer = {
        "environment": [{"DB_PASSWORD": "hunter2", "DB_HOST": "db", "apiKey": "k"}],
        "count": 3,
        "secret": "",
    }

    assert redacted(answer) == {
        "environment": [{"DB_PASSWORD": MARK, "DB_HOST": "db", "apiKey": MARK}],
        "count": 3,
        "secret": "",
    }


def test_redacting_twice_changes_nothing_more() -> None:
    once = redacted_text(f"password=hunter2 {KEY} Bearer abc123.def-456 token={'a1' * 10}")

    assert redacted_text(once) == once


@pytest.mark.parametrize("name", ["DB_PASSWORD", "apiKey", "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN"])
def test_variables_that_hold_secrets_are_known_by_name(name: str) -> None:
    assert names_a_secret(name)
    assert not names_a_secret(f"{name}_ROTATION_DAYS")


def test_a_hostile_megabyte_takes_no_noticeable_time() -> None:
    hostile = ("a1_" * 50 + "password" + '\\"' * 20 + "-----BEGIN PRIVATE KEY-----") * 4000
    began = time.process_time()

    redacted_text(hostile)

    assert time.process_time() - began < 5
