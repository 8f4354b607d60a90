"""Records the night that `itops run` looks at by default, from its scenario: `make night`."""

from datetime import UTC, datetime

from itops_cli.running.world import NIGHT_SHIFT
from local_cloud.sandbox.recording import recorded_scenario
from local_cloud.sandbox.scenario import load
from monitoring_server.recorded.recording import Recording, save

RECORDED_AT = datetime(2026, 11, 20, 3, 10, tzinfo=UTC)


def trimmed(recording: Recording, names: set[str]) -> Recording:
    """Return a recording with telemetry of these parts alone; of the others only what is listed."""
    return recording.model_copy(
        update={
            "metrics": tuple(
                one for one in recording.metrics if names & set(one.dimensions.values())
            ),
            "log_events": tuple(
                one for one in recording.log_events if any(name in one.log_group for name in names)
            ),
            "segments": (),
        }
    )


def main() -> None:
    """Write the recording beside its scenario."""
    scenario = load(NIGHT_SHIFT, NIGHT_SHIFT.parent)
    pieces = {name for pipeline in scenario.pipelines for name in pipeline.names()}
    names = {part.name for part in scenario.parts} | pieces
    recording = recorded_scenario(NIGHT_SHIFT, RECORDED_AT.timestamp())
    save(trimmed(recording, names), NIGHT_SHIFT)


if __name__ == "__main__":
    main()
