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
from tests.support.service_second_look import SECOND_LOOK

CASES = (*INCIDENTS, *LOOK_ALIKES, *SECOND_LOOK)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_change_to_blame_is_named_and_none_where_there_is_none(
    case: ServiceCase, tmp_path: Path
) -> None:
    recorded = recorded_case(write(case, tmp_path))

    with logs_silenced():
        answer = answer_of(investigate(recorded.recording, recorded.incident))

    assert answer["change_id"] == case.answer, answer["explanation"]
    if case.answer != NONE:
        assert answer["outcome"] == "found"
        below = {callee for _, callee in case.calls}
        assert answer["first_failing_component"] in {case.service, *below}
