"""The monitoring server over stdio: `python -m monitoring_server [--recorded FOLDER]`."""

import argparse
from pathlib import Path

from itops_core.tools.tool_server import ToolServer


def main() -> None:
    """Serve until the other side hangs up."""
    parser = argparse.ArgumentParser(prog="python -m monitoring_server", description=__doc__)
    parser.add_argument("--recorded", type=Path, help="a folder with a recording, in place of AWS")
    _server(parser.parse_args().recorded).run("stdio")


def _server(folder: Path | None) -> ToolServer:
    if folder is not None:
        from monitoring_server.recorded.composition import recorded_server  # noqa: PLC0415
        from monitoring_server.recorded.recording import load  # noqa: PLC0415

        return recorded_server(load(folder))
    from monitoring_server.composition import server  # noqa: PLC0415 - needs an environment

    return server()


if __name__ == "__main__":
    main()
