"""The `itops` command: what it offers, and how a failure ends.

Exit codes: 0 done · 1 it was tried and did not succeed · 2 the input cannot be used ·
3 no such thing · 4 not allowed · 5 someone was first, or it is in a state that forbids this ·
6 out of reach · 7 still not over when the time was up · 130 interrupted.
"""

import sys
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from itops_cli.failures import FAILED, exit_code_of
from itops_core.errors import ITOpsError

_GROUPS = {
    "incidents": "Open, list, show, watch and resolve incidents.",
    "approvals": "See what waits for a person, and decide it.",
    "investigate": "Find the cause of an incident in recorded telemetry.",
    "eval": "Measure how often the agents are right.",
    "capsule": "Keep an incident in one file; replay it with nothing else at hand.",
    "notifications": "What people were told, where, and what became of it.",
    "testdata": "Make incidents to try the system with.",
    "scenario": "Rehearse a fault in the local sandbox.",
    "local": "Start, stop and look at the embedded AWS.",
    "actions": "Switch all actions on or off; see how the switch stands.",
    "stats": "How fast, how right, at what cost, how often in vain.",
    "report": "Check that a report still follows from its evidence.",
    "audit": "Read the log of decisions and actions, and check that it holds.",
    "policy": "What the gate would say to an action, and by which policies.",
    "maintenance": "Say when alarms are expected.",
    "intake": "Look after the alarms that come in, and those that could not.",
    "token": "Create, list and revoke API tokens.",
    "link": "Print a link that signs in to the console, once.",
    "bench": "Measure start-up, one incident, many at once, imports.",
    "run": "Watch, work on an incident, or hand over; a recorded night by default.",
    "chat": "Ask about pipelines and services, once or in a conversation.",
    "pipelines": "What there is, what failed, how it develops, what several share.",
    "runs": "Goals that are planned, looked into, judged, and delivered on consent.",
    "runbooks": "List, show and check runbooks.",
    "logs": "Find the patterns in a log file; show the log of a run.",
    "rca": "Rank root causes from metrics in files.",
    "executions": "Which pipelines failed, why, and beside a good run.",
    "anomalies": "Find what is not as usual in a file of metrics.",
    "mcp": "Serve a tool server to an MCP client.",
}
"""Each name is a module of `itops_cli.commands`, imported only when it is used."""


class LazyGroup(TyperGroup):
    """Lists every command group by name, and imports the one that is called."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - handed on to Typer
        super().__init__(**settings)
        self.commands = {
            name: TyperGroup(name=name, help=summary) for name, summary in _GROUPS.items()
        }

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - Typer's own
        """Return the called group, loaded, with the arguments left for it."""
        name, command, rest = super().resolve_command(ctx, args)
        if name in _GROUPS:
            module = import_module(f"itops_cli.commands.{name}")
            command = typer.main.get_command(module.app)
        return name, command, rest


app = typer.Typer(
    name="itops",
    cls=LazyGroup,
    help="An incident-response team of AI agents for AWS.",
    epilog="Exit codes: 0 done, 1 failed, 2 bad input, 3 not found, 4 not allowed, "
    "5 conflict, 6 out of reach, 7 not over in time.  Which deployment: the local cloud in "
    ".itops, or in the folder that ITOPS_HOME names; or ITOPS_API_URL with ITOPS_API_TOKEN.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def itops() -> None:
    """An incident-response team of AI agents for AWS."""


def main() -> None:
    """Run the command line; a failure is one sentence and an exit code, never a traceback."""
    try:
        app()
    except ITOpsError as error:
        sys.stderr.write(f"itops: {error}\n")
        sys.exit(exit_code_of(error))
    except BrokenPipeError:
        sys.exit(0)
    except OSError as error:
        sys.stderr.write(f"itops: {error}\n")
        sys.exit(FAILED)
