"""Capsules of recorded cases: the incident is investigated in this process first."""

from pathlib import Path

from itops_cli.capsules.capsule import Capsule
from itops_cli.capsules.export import capsule_of
from itops_cli.investigation import Investigation, Setting, Thinkers, incident_in, investigate
from itops_cli.investigation.layouts import recorded_case
from itops_cli.investigation.silence import logs_silenced
from itops_core.errors import NotFoundError
from local_cloud.sandbox.injection import library
from local_cloud.sandbox.recording import recorded
from local_cloud.sandbox.scenario import SCENARIO_FILE, load
from monitoring_server.recorded.recording import Recording

SCENARIO = "scenario "
"""Begins what a capsule of the library was made from."""

MOMENT = 1_800_000_000.0


def recorded_capsule(place: str, thinkers: Thinkers) -> Capsule:
    """Return the capsule of a recorded case: a slug of the library, or a folder.

    A scenario of the library always takes place at the same moment.
    """
    with logs_silenced():
        if (library() / place / SCENARIO_FILE).is_file():
            found, recording = _of_library(place, thinkers)
            return capsule_of(found, recording.catalog, f"{SCENARIO}{place}")
        folder = Path(place)
        if not folder.is_dir():
            raise NotFoundError(f"there is no scenario and no folder {place!r}")
        case = recorded_case(folder)
        found = investigate(case.recording, case.incident, Setting(thinkers=thinkers))
        return capsule_of(found, case.recording.catalog, case.layout)


def _of_library(slug: str, thinkers: Thinkers) -> tuple[Investigation, Recording]:
    scenario = load(slug, library())
    recording = recorded(scenario, MOMENT)
    setting = Setting(
        thinkers=thinkers, before=recording.incidents, down=frozenset(recording.unreachable)
    )
    incident = incident_in(recording, scenario.alarm.name)
    return investigate(recording, incident, setting), recording
