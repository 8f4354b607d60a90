"""The incident server as a program: `python -m incident_server --help`."""

from itops_core.tools.serving import Program
from itops_core.tools.tool_server import ToolServer


def _live() -> ToolServer:
    from incident_server.composition import server  # noqa: PLC0415 - needs an environment

    return server()


def main() -> None:
    """Serve until the other side hangs up."""
    Program("incident", _live).main()


if __name__ == "__main__":
    main()
