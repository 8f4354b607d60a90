"""Which layout a folder of recorded telemetry has, told from the names of its files."""

from dataclasses import dataclass
from pathlib import Path

from itops_cli.investigation.layouts import database_export, service_export
from itops_cli.investigation.opening import incident_in
from itops_core.domain.incident import Incident
from itops_core.errors import InvalidInputError, NotFoundError
from monitoring_server.recorded.recording import RECORDING_FILE, Recording, load

_SCENARIO = "scenario.yaml"


@dataclass(frozen=True)
class RecordedCase:
    """What can be looked at, and the incident to look into."""

    recording: Recording
    incident: Incident
    layout: str


def recorded_case(folder: Path) -> RecordedCase:
    """Return the case in `folder`; raise what is wrong with it."""
    if not folder.is_dir():
        raise NotFoundError(f"there is no folder {folder}")
    if (folder / _SCENARIO).is_file():
        return _of_scenario(folder)
    if (folder / RECORDING_FILE).is_file():
        recording = load(folder)
        return RecordedCase(recording, incident_in(recording), "recording")
    if database_export.is_one(folder):
        recording = database_export.recording_of(folder)
        return RecordedCase(recording, _only(recording), "database export")
    if service_export.is_one(folder):
        recording = service_export.recording_of(folder)
        return RecordedCase(recording, _only(recording), "service export")
    raise InvalidInputError(
        f"{folder} has none of the layouts that are known: {_SCENARIO}; {RECORDING_FILE}; "
        "alert.json with metrics.csv, logs.ndjson or traces.json; "
        "alert.json with aws_cloudwatch_metrics*.json"
    )


def _only(recording: Recording) -> Incident:
    return incident_in(recording, str(recording.alarms[0]["AlarmName"]))


def _of_scenario(folder: Path) -> RecordedCase:
    from local_cloud.sandbox.injection import library  # noqa: PLC0415 - slow to import
    from local_cloud.sandbox.recording import recorded  # noqa: PLC0415
    from local_cloud.sandbox.scenario import load as load_scenario  # noqa: PLC0415

    try:
        scenario = load_scenario(folder, library())
    except (ValueError, FileNotFoundError) as error:
        raise InvalidInputError(str(error)) from error
    recording = recorded(scenario)
    return RecordedCase(recording, incident_in(recording, scenario.alarm.name), "scenario")
