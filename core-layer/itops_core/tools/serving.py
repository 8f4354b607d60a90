"""A tool server as a program: `python -m monitoring_server [--transport http] [--recorded …]`."""

import argparse
import logging
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from itops_core.errors import ITOpsError
from itops_core.tools.tool_server import ToolServer

TOKEN_VARIABLE = "ITOPS_MCP_TOKEN"  # noqa: S105 - its name, not a token
"""Where the token is looked for: unlike an argument, it is not shown to every user by `ps`."""

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 4801


@dataclass(frozen=True)
class Program:
    """One tool server: over AWS as the environment tells, or over a recording in a folder."""

    name: str
    live: Callable[[], ToolServer]
    recorded: Callable[[Path], ToolServer] | None = None

    def main(self) -> None:
        """Serve until the other side hangs up, or a signal comes."""
        given = self._arguments()
        # Whatever else was imported may have set up logging; a line a call is enough.
        logging.getLogger(self.name).propagate = False
        try:
            server = self._server(given)
            if given.transport == "stdio":
                server.run("stdio")
            else:
                _serve_http(server, given)
        except ITOpsError as error:
            sys.exit(f"error: {error}")
        except KeyboardInterrupt:
            sys.exit(130)

    def _server(self, given: argparse.Namespace) -> ToolServer:
        if self.recorded is None or given.recorded is None:
            return self.live()
        return self.recorded(given.recorded)

    def _arguments(self) -> argparse.Namespace:
        parser = argparse.ArgumentParser(
            prog=f"python -m {self.name}_server",
            description=f"The {self.name} server. A token for HTTP is read from {TOKEN_VARIABLE}.",
        )
        parser.add_argument("--transport", choices=("stdio", "http"), default="stdio")
        parser.add_argument("--host", default=DEFAULT_HOST, help="where to listen (http)")
        parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0: any free one (http)")
        parser.add_argument(
            "--allow-host",
            action="append",
            default=[],
            help="a name by which clients know this machine (http)",
        )
        if self.recorded is not None:
            parser.add_argument(
                "--recorded", type=Path, help="a folder with a recording, in place of AWS"
            )
        return parser.parse_args()


def _serve_http(server: ToolServer, given: argparse.Namespace) -> None:
    # Only who serves HTTP pays for importing its server.
    from itops_core.tools import http_server  # noqa: PLC0415
    from itops_core.tools.http_guard import Guard  # noqa: PLC0415

    more_hosts = frozenset(name.lower() for name in given.allow_host)
    guard = Guard(given.host, os.environ.get(TOKEN_VARIABLE) or None, more_hosts)
    http_server.run(server, http_server.listening(given.host, given.port), guard)
