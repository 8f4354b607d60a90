"""`itops bench`: start-up, one incident, many at once, imports, long histories."""

import platform
import shutil
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from itops_cli.api import Api
from itops_cli.benchmark.alarm_storm import ringing
from itops_cli.benchmark.attacks import attacked
from itops_cli.benchmark.chats import answering, asking
from itops_cli.benchmark.decoys import misled
from itops_cli.benchmark.executions import explaining
from itops_cli.benchmark.imports import import_costs
from itops_cli.benchmark.incidents import many_incidents, one_incident
from itops_cli.benchmark.knowledge import searching
from itops_cli.benchmark.model import talking
from itops_cli.benchmark.recurrence import recurring
from itops_cli.benchmark.storm import SCENARIO, Storm
from itops_cli.benchmark.tools import calling, standing
from itops_cli.connection import local_connection
from itops_cli.demo import RESOLVED_BY_ITSELF, wake
from itops_cli.embedded import cloud_errors_told, sandbox_errors_told
from itops_cli.options import AsJson
from itops_cli.screen.console import print_json, say
from itops_cli.startup import Phases, Started, start
from itops_core.domain.values import utc_now
from local_cloud import cloud
from local_cloud.bring_up import Wishes

app = typer.Typer(add_completion=False)


_WISHES = Wishes(0, 0, parameters={"VerificationMaximumSeconds": "120"})
"""Free ports; and in a storm, telemetry needs longer than usual to tell whether a remedy helped."""


class Part(StrEnum):
    """What can be measured by itself."""

    START_UP = "start-up"
    INCIDENT = "incident"
    MANY = "many"
    STORM = "storm"
    IMPORTS = "imports"
    EXECUTIONS = "executions"
    MODEL = "model"
    KNOWLEDGE = "knowledge"
    TOOLS = "tools"
    ATTACKS = "attacks"
    RECURRENCE = "recurrence"
    CHAT = "chat"
    CHAT_DEPLOYED = "chat-deployed"


_WITHOUT_CLOUD: dict[Part, Callable[[], dict[str, Any]]] = {
    Part.IMPORTS: import_costs,
    Part.EXECUTIONS: explaining,
    Part.MODEL: talking,
    Part.KNOWLEDGE: searching,
    Part.ATTACKS: attacked,
    Part.CHAT: answering,
    Part.RECURRENCE: lambda: {**recurring(), "misleading_pasts": misled()},
}


@app.command()
def bench(  # noqa: PLR0913, PLR0917 - the command line's options
    only: Annotated[
        list[Part] | None, typer.Argument(help="Only these parts; all, if left out.")
    ] = None,
    part: Annotated[
        list[Part] | None, typer.Option("--part", help="Only this; may be given again.")
    ] = None,
    count: Annotated[int, typer.Option("--count", min=1, max=1000, help="How many at once.")] = 100,
    alarms: Annotated[
        int, typer.Option("--alarms", min=10, max=100_000, help="Of the storm's outage.")
    ] = 1000,
    over: Annotated[
        float, typer.Option("--over", min=0, help="Seconds in which they all ring.")
    ] = 60.0,
    scenario: Annotated[str | None, typer.Option("--scenario", help="Another fault.")] = None,
    timeout: Annotated[float, typer.Option(min=10, help="Seconds that a part may take.")] = 900,
    as_json: AsJson = False,
) -> None:
    """Measure on a local cloud of its own, which is removed afterwards."""
    parts = {*(only or ()), *(part or ())} or set(Part)
    figures: dict[str, Any] = {
        "measured_at": utc_now().isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": platform.machine(),
    }
    figures |= {one.value: run() for one, run in _WITHOUT_CLOUD.items() if one in parts}
    if parts - set(_WITHOUT_CLOUD):
        with _cloud() as started, sandbox_errors_told():
            figures["start_up"] = started.seconds
            if Part.TOOLS in parts:
                figures["tools"] = {**standing(), "calls": calling(started.address)}
            with Api(local_connection(started.address.folder)) as api:
                if Part.INCIDENT in parts:
                    fault = scenario or RESOLVED_BY_ITSELF
                    figures["incident"] = one_incident(api, started.address, fault, timeout)
                    figures["incident_warm"] = one_incident(api, started.address, fault, timeout)
                if Part.CHAT_DEPLOYED in parts:
                    figures["chat_deployed"] = asking(started.address, api, timeout)
                if Part.STORM in parts:
                    figures["storm"] = ringing(started.address, api, alarms, over, timeout)
                if Part.MANY in parts:
                    storm = Storm(started.address, count, scenario or SCENARIO)
                    wake(started.address)
                    figures["many"] = many_incidents(api, started.address, storm, timeout)
            if Part.START_UP in parts:
                figures["restart"] = _restarted(started)
    if as_json:
        print_json(figures)
        return
    for name, value in _lines(figures):
        say(f"{name:<48} {value}")


@contextmanager
def _cloud() -> Generator[Started]:
    folder = Path(tempfile.mkdtemp(prefix="itops-bench-"))
    try:
        yield start(folder, _WISHES, Phases(quiet=True))
    finally:
        with cloud_errors_told(folder):
            cloud.stop(folder)
        shutil.rmtree(folder)


def _restarted(started: Started) -> dict[str, float]:
    """Return the phases of a start that finds its state."""
    folder = started.address.folder
    with cloud_errors_told(folder):
        cloud.stop(folder)
    return start(folder, _WISHES, Phases(quiet=True)).seconds


def _lines(figures: dict[str, Any], above: str = "") -> Generator[tuple[str, Any]]:
    for name, value in figures.items():
        path = f"{above}.{name}" if above else name
        if isinstance(value, dict):
            yield from _lines(value, path)
        elif not isinstance(value, list):
            yield path, value
