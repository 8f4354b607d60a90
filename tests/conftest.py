"""Fixtures for every test: the local cloud of the session, clouds of one's own, unique names."""

import itertools
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from local_cloud.address import Address
from tests.support.clouds import CloudFactory, shared_cloud

# How fast a machine makes examples says nothing of the code. They are the same in every round, so
# that a red one tells of a change; `--hypothesis-profile=random` draws others, to look for more.
settings.register_profile(
    "random", deadline=None, suppress_health_check=(HealthCheck.too_slow,), database=None
)
settings.register_profile("the same", settings.get_profile("random"), derandomize=True)
settings.load_profile("the same")

_CLOUD_FIXTURES = {"cloud", "cloud_factory"}
_LONG = {"test_chaos", "test_evals", "test_recurrences"}
"""Files with a test of minutes that needs nothing but the processor."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a cloud, so that `-m "not cloud"` leaves it out; put what is long first."""
    for item in items:
        if _CLOUD_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("cloud")
    items[:] = _dealt(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def _dealt(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """Return the tests so that each worker begins its share with some of the longest.

    A worker is given a share as large as the others', in this order, and those that are done take
    over from the end of another's: what is long must not be there.
    """
    long = [item for item in items if item.path.stem in _LONG]
    rest = [item for item in items if item.path.stem not in _LONG]
    files = list(dict.fromkeys(item.path.stem for item in long))
    shares: list[list[pytest.Item]] = []
    for number in range(workers):
        # From the last one on: the first one has the tests on a whole cloud already.
        own = set(files[workers - 1 - number :: workers])
        mine = [item for item in long if item.path.stem in own]
        size = (len(items) - sum(map(len, shares))) // (workers - number)
        taken = max(0, size - len(mine))
        shares.append([*mine, *rest[:taken]])
        rest = rest[taken:]
    return [*(item for share in shares for item in share), *rest]


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
