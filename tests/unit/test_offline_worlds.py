"""Faults that lie elsewhere than the alarm, each in worlds nobody has tuned to."""

import pytest

from itops_cli.investigation import incident_in, investigate
from local_cloud.sandbox.recording import recorded
from tests.support.offline_worlds import FAULTS, sick_dependency

_NOON = 1_795_000_000.0


@pytest.mark.parametrize("seed", range(20, 23))
@pytest.mark.parametrize("fault", FAULTS)
def test_a_sick_dependency_is_found_behind_the_service_that_sounds_the_alarm(
    fault: str, seed: int
) -> None:
    scenario = sick_dependency(fault, seed)
    recording = recorded(scenario, _NOON)

    found = investigate(recording, incident_in(recording, scenario.alarm.name))

    verdict = found.verdict
    assert verdict is not None
    assert verdict.root_cause is not None, verdict.summary
    assert verdict.root_cause.component == scenario.truth.component
    assert verdict.root_cause.fault == fault
    assert verdict.change_id is None
    assert scenario.alarm.service in verdict.blast_radius
