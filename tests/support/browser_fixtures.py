"""The browser of a session and whoever sits before it; loaded with `pytest_plugins`."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.browser import OPTIONS, PROGRAMS, Visitor

_PATIENCE = 180_000
"""Milliseconds: a machine with much else to do starts a browser slowly."""


# Of a module, not of the session: while Playwright runs, its event loop counts as this process's
# running one, and no other test of the same worker could start a loop of its own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """The browser of a module's tests."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser

    program = next(found for name in PROGRAMS if (found := shutil.which(name)))
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=program, args=list(OPTIONS), timeout=_PATIENCE
        )
        yield started
        started.close()


@pytest.fixture
def visitor(browser: Any) -> Iterator[Visitor]:  # noqa: ANN401
    """Somebody whose pages are closed at the end, and wrote no errors."""
    one = Visitor(browser)
    yield one
    for context in one.made:
        context.close()
    assert not one.errors
