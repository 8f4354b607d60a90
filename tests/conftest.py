"""Fixtures for every test: the local cloud of the session, clouds of one's own, unique names."""

import itertools
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local_cloud.address import Address
from tests.support.clouds import CloudFactory, shared_cloud

_CLOUD_FIXTURES = {"cloud", "cloud_factory"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a cloud, so that `-m "not cloud"` leaves it out."""
    for item in items:
        if _CLOUD_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("cloud")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have to tell even where they pass: how often, and by which seed."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == "told" and getattr(report, "when", "") == "call":
                    terminalreporter.write_line(str(value))


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    """The whole system, brought up once for all workers of this session."""
    with shared_cloud(_folder_of_all_workers(tmp_path_factory) / "shared-cloud") as address:
        yield address


@pytest.fixture
def cloud_factory(tmp_path: Path) -> Iterator[CloudFactory]:
    """Clouds that belong to this test alone, to be killed or changed; stopped at its end."""
    factory = CloudFactory(tmp_path)
    try:
        yield factory
    finally:
        factory.stop_all()


@pytest.fixture
def unique() -> Callable[[str], str]:
    """Return names nobody else uses: `unique("payment")` is `payment-3f09a1-1`."""
    mark, numbers = secrets.token_hex(3), itertools.count(1)
    return lambda name: f"{name}-{mark}-{next(numbers)}"


def _folder_of_all_workers(factory: pytest.TempPathFactory) -> Path:
    folder = factory.getbasetemp()
    return folder.parent if os.environ.get("PYTEST_XDIST_WORKER") else folder
