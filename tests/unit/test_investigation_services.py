"""Incidents among services: the change to blame is named, and nobody's where none is."""

from pathlib import Path

import pytest

from itops_cli.investigation import investigate
from itops_cli.investigation.answer import answer_of
from itops_cli.investigation.layouts import recorded_case
from itops_cli.investigation.silence import logs_silenced
from tests.support.service_cases import NONE, ServiceCase, write
from tests.support.service_incidents import INCIDENTS
from tests.support.service_look_alikes import LOOK_ALIKES


@pytest.mark.parametrize("case", (*INCIDENTS, *LOOK_ALIKES), ids=lambda case: case.name)
def test_the_change_to_blame_is_named_and_none_where_there_is_none(
    case: ServiceCase, tmp_path: Path
) -> None:
    recorded = recorded_case(write(case, tmp_path))

    with logs_silenced():
        answer = answer_of(investigate(recorded.recording, recorded.incident))

    assert answer["change_id"] == case.answer, answer["explanation"]
    if case.answer != NONE:
        assert answer["outcome"] == "found"
        assert answer["first_failing_component"] == case.service
        assert answer["remediation"] in {"rollback", "raise-limit", "scale", "restart"}
