"""`itops maintenance`: when alarms are expected, and are no reason to wake anybody."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from itops_cli.api import Api
from itops_cli.connection import connection
from itops_cli.names import doubts_about
from itops_cli.options import AsJson, Folder, Reason
from itops_cli.screen.console import counted, print_json, say, tame
from itops_cli.screen.listing import show_list
from itops_core.domain.maintenance import Weekday
from itops_core.errors import ConflictError, InvalidInputError

app = typer.Typer(help="Say when alarms are expected.", no_args_is_help=True, add_completion=False)
_LENGTH = re.compile(r"(\d{1,6})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def _moment(text: str) -> str:
    if text == "now":
        return datetime.now(UTC).isoformat()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError(f"{text!r} is no time, such as 2026-11-20T03:00:00Z") from error
    if moment.tzinfo is None:
        raise InvalidInputError(f"{text!r} needs its offset, for example {text}Z")
    return moment.isoformat()


def _length(text: str) -> timedelta:
    found = _LENGTH.fullmatch(text.strip())
    if found is None:
        raise InvalidInputError(f"{text!r} is no length of time, such as 90m, 2h or 1d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _after(since: str, lasting: timedelta) -> str:
    try:
        return (datetime.fromisoformat(since) + lasting).isoformat()
    except OverflowError as error:
        raise InvalidInputError(f"{since} lies too far ahead: no calendar goes there") from error


def _window_id(text: str) -> str:
    tidy = text.strip().upper()
    if not re.fullmatch(r"MNT-[0-9A-F]{8}", tidy):
        raise InvalidInputError(f"{text!r} is not a window's id, such as MNT-1A2B3C4D")
    return tidy


WindowId = Annotated[str, typer.Argument(metavar="WINDOW", help="MNT-1A2B3C4D", parser=_window_id)]


@app.command("list")
def list_(folder: Folder = None, as_json: AsJson = False) -> None:
    """List the windows, and which are open now."""
    with Api(connection(folder)) as api:
        body = api.get("/maintenance")
    if as_json:
        print_json(body)
        return
    if not body["items"]:
        say("no maintenance windows")
        return
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("window", "now", "services", "when", "who", "why"):
        table.add_column(name, overflow="fold", no_wrap=name == "window")
    for window in body["items"]:
        now = "open" if window["is_open"] else "over" if window["is_over"] else "ahead"
        cells = (", ".join(window["services"]), _when(window), window["created_by"])
        table.add_row(window["window_id"], now, *(Text(tame(one, 120)) for one in cells),
                      Text(tame(window["reason"], 160)))  # fmt: skip
    show_list(table)


@app.command()
def show(window_id: WindowId, folder: Folder = None, as_json: AsJson = False) -> None:
    """Show a window and the alarms that it holds back."""
    with Api(connection(folder)) as api:
        body = api.get(f"/maintenance/{window_id}")
    if as_json:
        print_json(body)
        return
    window = body["window"]
    say(f"{window_id}  {_when(window)}  {tame(', '.join(window['services']))}", "bold")
    for held in body["held"]:
        say(f"  {held['state']:<6} {tame(held['alarm'])} on {tame(held['service'])}")
    say(f"  {counted(len(body['held']), 'alarm is', 'alarms are')} held back", "dim")


@app.command()
def add(  # noqa: PLR0913, PLR0917 - the command line's options
    services: Annotated[
        list[str], typer.Argument(help="Services or alarms; * and ? stand for anything.")
    ],
    reason: Reason = "",
    since: Annotated[
        str, typer.Option("--from", help="When it begins, or now.", parser=_moment)
    ] = "now",
    until: Annotated[
        str | None, typer.Option("--until", help="When it ends.", parser=_moment)
    ] = None,
    lasting: Annotated[
        timedelta | None,
        typer.Option("--for", help="How long it lasts: 90m, 2h, 1d.", parser=_length),
    ] = None,
    days: Annotated[
        list[Weekday] | None, typer.Option("--on", help="It recurs on these days.")
    ] = None,
    at: Annotated[str | None, typer.Option("--at", help="HH:MM, where it recurs.")] = None,
    zone: Annotated[
        str, typer.Option("--zone", help="By whose clocks, such as Europe/Berlin.")
    ] = "UTC",
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Add a window: alarms in it are noted, and looked at when it ends."""
    wanted: dict[str, Any] = {"services": services, "starts_at": since, "reason": reason}
    if days or at:
        if not (days and at and lasting):
            raise InvalidInputError("a window that recurs needs --on, --at and --for")
        minutes = int(lasting.total_seconds() // 60)
        wanted["recurrence"] = {
            "days": [day.value for day in days],
            "at": at,
            "minutes": minutes,
            "time_zone": zone,
        }
        wanted["ends_at"] = until
    elif zone != "UTC":
        raise InvalidInputError("--zone is for a window that recurs; --from has its own offset")
    elif lasting is not None and until is None:
        wanted["ends_at"] = _after(since, lasting)
    elif until is not None and lasting is None:
        wanted["ends_at"] = until
    else:
        raise InvalidInputError("say when it ends: either --until or --for")
    with Api(connection(folder)) as api:
        window = api.post("/maintenance", wanted)
        doubts = () if as_json else doubts_about(api, services, "good only if alarms are called so")
    if as_json:
        print_json(window)
        return
    say(f"{window['window_id']} {_when(window)}", "bold green")
    for doubt in doubts:
        say(doubt, "yellow")


@app.command()
def remove(window_id: WindowId, folder: Folder = None, as_json: AsJson = False) -> None:
    """End a window now; what still rings in it opens an incident within a minute."""
    with Api(connection(folder)) as api:
        known = api.get(f"/maintenance/{window_id}")["window"]
        if known["is_over"]:
            ended = known.get("removed_at") or known["ends_at"]
            raise ConflictError(f"{window_id} is over since {ended[:16].replace('T', ' ')} UTC")
        window = api.delete(f"/maintenance/{window_id}")
    if as_json:
        print_json(window)
    else:
        say(f"{window_id} is over", "bold green")


def _when(window: dict[str, Any]) -> str:
    def short(text: str | None) -> str:
        return text[:16].replace("T", " ") if text else "further notice"

    recurrence = window.get("recurrence")
    span = f"{short(window['starts_at'])} to {short(window['ends_at'])}"
    if not recurrence:
        return f"{span} UTC"
    days = ", ".join(recurrence["days"])
    at = f"{recurrence['at']} {tame(recurrence['time_zone'])}"
    return f"{days} at {at} for {recurrence['minutes']} min, {span} UTC"
