"""Any tool server over a recording, as a program of its own: no cloud, no credentials.

`python -m itops_cli.recorded_tools SERVER PLACE [--transport http …]`; `itops mcp serve` runs it.
"""

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from itops_core.errors import InvalidInputError
from itops_core.tools.serving import Program
from itops_core.tools.tool_server import ToolServer

if TYPE_CHECKING:
    from monitoring_server.recorded.recording import Recording

COLD_CHAIN = "cold-chain"
"""The fleet that comes with the project; it is no scenario, and tells of nothing else."""


def recorded_server(server: str, place: str) -> ToolServer:
    """Return a server over a folder with a recording, a scenario, or the fleet that is shipped."""
    if server == "fleet" and (folder := _fleet_folder(place)):
        from fleet_server.recorded.composition import recorded_server  # noqa: PLC0415 - slow
        from fleet_server.recorded.story import load  # noqa: PLC0415

        return recorded_server(load(folder))
    if place == COLD_CHAIN:
        raise InvalidInputError(
            f"{COLD_CHAIN} tells of devices alone: only the fleet server has it"
        )
    return _over_everything(server, place)


def _fleet_folder(place: str) -> Path | None:
    from fleet_server.recorded.recording import RECORDING_FILE  # noqa: PLC0415
    from fleet_server.recorded.story import SHIPPED, STORY_FILE  # noqa: PLC0415

    folder = SHIPPED if place == COLD_CHAIN else Path(place)
    there = any((folder / name).is_file() for name in (RECORDING_FILE, STORY_FILE))
    return folder if there else None


def _over_everything(server: str, place: str) -> ToolServer:
    from itops_cli.investigation.servers import Surroundings, tool_servers  # noqa: PLC0415 - slow
    from itops_cli.investigation.stores import memory_stores  # noqa: PLC0415
    from itops_core.settings import config  # noqa: PLC0415

    recording = recording_at(place)
    around = Surroundings(recording, memory_stores(recording.catalog), config())
    return next(one for one in tool_servers(around) if one.name == server)


def recording_at(place: str) -> "Recording":
    """Return the recording in a folder, or that of a scenario."""
    from monitoring_server.recorded.recording import RECORDING_FILE, load  # noqa: PLC0415

    if (Path(place) / RECORDING_FILE).is_file():
        return load(Path(place))
    from local_cloud.sandbox.recording import recorded_scenario  # noqa: PLC0415 - slow

    return recorded_scenario(place)


def main() -> None:
    """Serve until the other side hangs up."""
    server, place, *rest = sys.argv[1:]
    sys.argv[1:] = rest
    Program(server, partial(recorded_server, server, place)).main()


if __name__ == "__main__":
    main()
