"""Fixtures of the contract tests."""

from pathlib import Path

import pytest

from local_cloud.sandbox.recording import recorded_scenario
from monitoring_server.recorded.recording import save


@pytest.fixture(scope="session")
def an_outage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the recording of an outage."""
    folder = tmp_path_factory.mktemp("outage")
    save(recorded_scenario("payment-oom"), folder)
    return folder
