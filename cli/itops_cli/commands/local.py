"""`itops local`: the whole system on this machine, on an embedded AWS."""

import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any

import typer

from itops_cli.api import Api
from itops_cli.connection import home, local_connection
from itops_cli.demo import demonstrate, wake
from itops_cli.embedded import address_of, cloud_errors_told
from itops_cli.failures import aws_errors_told
from itops_cli.options import AsJson, Folder
from itops_cli.screen.console import command, print_json, say
from itops_cli.screen.farewell import farewell
from itops_cli.startup import Phase, Phases, start
from itops_core.errors import InvalidInputError
from local_cloud import cloud, sandbox
from local_cloud.address import CLOUD_FILE, Address
from local_cloud.bring_up import Wishes
from local_cloud.environment import Folders
from local_cloud.page import Build, begin_build, upload_page

app = typer.Typer(
    help="Start, stop and look at the embedded AWS.", no_args_is_help=True, add_completion=False
)

_REMOVE_SECONDS = 10.0
_Port = Annotated[int, typer.Option(min=0, max=65535)]


@app.command()
def up(
    demo: Annotated[
        bool, typer.Option("--demo", help="Then rehearse two faults, and watch them handled.")
    ] = False,
    port: _Port = 4566,
    front_port: _Port = 8787,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Bring the system up; it stays up. A port that is taken gives way to a free one."""
    place = home(folder)
    building = begin_build()
    waking: tuple[Phase, ...] = (("waking the tool servers", wake),) if demo else ()
    started = start(place, Wishes(port, front_port), Phases(as_json), *waking)
    told: dict[str, Any] = {**_addresses(started.address), "seconds": started.seconds}
    waiting = None
    with ThreadPoolExecutor(1) as meanwhile:
        published = meanwhile.submit(_publish, started.address, building)
        if demo:
            with Api(local_connection(place)) as api:
                story = demonstrate(api, started.address, quiet=as_json)
            told["demo"] = story.as_json()
            waiting = story.waiting
    trouble = published.result()
    if as_json:
        print_json(told)
    else:
        farewell(started.address, waiting)
        if trouble:
            say(trouble, "bold yellow")


@app.command()
def down(
    purge: Annotated[bool, typer.Option("--purge", help="Also delete all of its state.")] = False,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Stop the system; its state stays for the next time."""
    place = home(folder)
    with cloud_errors_told(place):
        ran = cloud.stop(place)
    purged = _purged(place) if purge else False
    if as_json:
        print_json({"ran": ran, "purged": purged})
        return
    say(f"stopped what ran in {place}" if ran else f"nothing ran in {place}", "bold")
    if not ran and not purged:
        say("another folder is named by ITOPS_HOME or --folder", "dim")
    if purged:
        say(f"removed {place}", "dim")


@app.command()
def status(folder: Folder = None, as_json: AsJson = False) -> None:
    """Tell where the system answers and what goes on in it."""
    address = address_of(home(folder))
    with aws_errors_told():
        stacks = address.client("cloudformation").describe_stacks()["Stacks"]
        active = [run.name for run in sandbox.list_active(address)]
    with Api(local_connection(address.folder)) as api:
        waiting = [item["approval_id"] for item in api.pages("/approvals", status="pending")]
    states = {stack["StackName"]: str(stack["StackStatus"]) for stack in stacks}
    told = {
        **_addresses(address),
        "pid": address.pid,
        "stacks": states,
        "active_scenarios": active,
        "pending_approvals": waiting,
    }
    if as_json:
        print_json(told)
        return
    say(f"running, process {address.pid}, state in {address.folder}", "bold green")
    say(f"web page  {address.ui_url}   (sign in with what `{command('link')}` prints)")
    say(f"REST API  {address.api_url}")
    say(f"AWS       {address.endpoint_url}")
    for name, state in states.items():
        say(f"stack     {name} {state}")
    say(f"faults    {', '.join(active) or 'none'}")
    say(f"waiting   {', '.join(waiting) or 'nothing'}")


def _publish(address: Address, building: Build) -> str:
    """Put the console up as soon as it is built; return why there is none."""
    trouble = building.trouble()
    if not trouble:
        upload_page(address.client("s3"), address.outputs["UiBucket"])
    return trouble


def _addresses(address: Address) -> dict[str, Any]:
    return {
        "ui_url": address.ui_url,
        "api_url": address.api_url,
        "endpoint_url": address.endpoint_url,
        "folder": str(address.folder),
        "token_file": str(address.folder / "token"),
    }


def _purged(place: Path) -> bool:
    """Delete the folder, if it is the local cloud's own; tell whether there was one."""
    if not place.exists():
        return False
    if not (place / CLOUD_FILE).is_file() and not Folders(place).lock.is_file():
        raise InvalidInputError(f"{place} holds no local cloud's state; it is left alone")
    _remove(place)
    return True


def _remove(place: Path) -> None:
    """Delete a folder; what was ended a moment ago may still add to it, or take from it."""
    deadline = time.monotonic() + _REMOVE_SECONDS
    while place.exists() and time.monotonic() < deadline:
        shutil.rmtree(place, ignore_errors=True)
    if place.exists():
        shutil.rmtree(place)
