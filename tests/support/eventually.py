"""Waiting without sleeping too long: asks again until the answer is there or the time is over."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(ask: Callable[[], T | None], seconds: float = 180, every: float = 0.1) -> T:
    """Return the first truthy answer; an `AssertionError` of `ask` counts as "not yet"."""
    deadline = time.monotonic() + seconds
    while True:
        failure: AssertionError | None = None
        answer: T | None = None
        try:
            answer = ask()
        except AssertionError as error:
            failure = error
        if answer:
            return answer
        if time.monotonic() >= deadline:
            raise AssertionError(
                f"still not so after {seconds} s: {failure or answer!r}"
            ) from failure
        time.sleep(every)
