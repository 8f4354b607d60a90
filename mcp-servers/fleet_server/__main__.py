"""The fleet server as a program: `python -m fleet_server --help`."""

from pathlib import Path

from itops_core.tools.serving import Program
from itops_core.tools.tool_server import ToolServer


def _live() -> ToolServer:
    from fleet_server.composition import server  # noqa: PLC0415 - needs an environment

    return server()


def _recorded(folder: Path) -> ToolServer:
    from fleet_server.recorded.composition import recorded_server  # noqa: PLC0415
    from fleet_server.recorded.story import load  # noqa: PLC0415

    return recorded_server(load(folder))


def main() -> None:
    """Serve until the other side hangs up."""
    Program("fleet", _live, _recorded).main()


if __name__ == "__main__":
    main()
