"""Of a call's many lines, those are shown that tell why it failed."""

from typing import Any

from monitoring_server.telemetry.invocation_logs import last_words


def lines(*messages: str) -> list[dict[str, Any]]:
    return [{"timestamp": at, "message": message} for at, message in enumerate(messages)]


def test_a_long_stack_does_not_push_out_the_error_it_belongs_to() -> None:
    stack = [f'  File "app.py", line {n}' for n in range(30)]

    shown = last_words(lines("START RequestId: 1", "[ERROR] KeyError: 'total'", *stack))

    assert shown[0]["message"] == "[ERROR] KeyError: 'total'"
    assert shown[-1]["message"] == stack[-1]
    assert len(shown) == 12


def test_lines_that_fit_are_shown_as_they_were_written() -> None:
    written = lines("START RequestId: 1", "[ERROR] KeyError: 'total'", "END RequestId: 1")

    assert last_words(written) == written
