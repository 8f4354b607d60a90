"""`itops notifications`: what people were told, where, and what became of it."""

import json
from typing import Annotated, Any
from urllib.request import ProxyHandler, build_opener

import typer
from rich import box
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from itops_cli.api import Api
from itops_cli.connection import connection
from itops_cli.embedded import address_of
from itops_cli.failures import OutOfReachError
from itops_cli.options import AsJson, Folder, IncidentId, Limit
from itops_cli.screen.console import console, print_json, say, tame
from itops_cli.screen.follow import read
from itops_cli.screen.listing import show_list
from itops_cli.screen.page import clock
from itops_core.domain.notification import Delivery, Notification
from local_cloud.people.places import PATH, Place

app = typer.Typer(
    help="What people were told, where, and what became of it.",
    no_args_is_help=True,
    add_completion=False,
)
_STYLES = {"told": "green", "folded": "green", "pending": "yellow", "held": "yellow"}


@app.command("list")
def list_(limit: Limit = 50, folder: Folder = None, as_json: AsJson = False) -> None:
    """List what people were told, newest first, and how each channel took it."""
    with Api(connection(folder)) as api:
        body = api.get("/notifications", limit=limit)
    if as_json:
        print_json(body)
        return
    found = [read(Notification, item) for item in body["items"]]
    if not found:
        say("nobody was told anything yet")
        return
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("at", "incident", "what", "about", "channels"):
        table.add_column(name, overflow="fold", no_wrap=name in {"at", "incident"})
    for one in found:
        table.add_row(
            Text(clock(one.created_at), style="dim"),
            one.incident_id,
            one.occasion.value.replace("_", " "),
            Text(tame(one.title, 80)),
            _channels(one),
        )
    show_list(table)


@app.command()
def show(incident_id: IncidentId, folder: Folder = None, as_json: AsJson = False) -> None:
    """Print all that people were told of one incident, and what became of it where."""
    with Api(connection(folder)) as api:
        body = api.get("/notifications", incident_id=incident_id)
    if as_json:
        print_json(body)
        return
    for item in body["items"]:
        for line in _page(read(Notification, item)):
            console().print(line)


@app.command()
def received(
    place: Annotated[Place | None, typer.Option("--place", help="Only what arrived there.")] = None,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Print what arrived on this machine, as Slack, Teams, GitHub and a mailbox hold it."""
    items = [one for one in _received(folder) if place is None or one["place"] == place]
    if as_json:
        print_json({"items": items})
        return
    for one in items:
        say(f"{one['number']:>4}  {one['at'][11:19]}  {one['place']}: {one['what']}", "bold")
        for line in _words(one):
            say(f"      {tame(line, 400)}")


def _received(folder: Folder) -> list[dict[str, Any]]:
    address = address_of(folder)
    try:
        with build_opener(ProxyHandler({})).open(
            f"{address.front_url}{PATH}/messages", timeout=30
        ) as answer:
            return json.load(answer)["items"]
    except OSError as error:
        raise OutOfReachError(f"{address.front_url} does not answer: {error}") from error


def _words(one: dict[str, Any]) -> list[str]:
    """Return the text of a message, whatever it is dressed in."""
    if one["place"] == "mail":
        return [one["subject"], *one["message"].splitlines()]
    if one["place"] == "github":
        said = [one["title"], f"({one['state']})", *one["body"].splitlines()]
        return [*said, *(line for text in one["comments"] for line in text.splitlines())]
    return [line for text in _texts(one.get("message") or one["card"]) for line in text.split("\n")]


def _texts(part: object) -> list[str]:
    if isinstance(part, list):
        return [text for item in part for text in _texts(item)]
    if not isinstance(part, dict):
        return []
    if "blocks" in part:
        return _texts(part["blocks"])
    if isinstance(part.get("text"), str) and part.get("type") != "button":
        return [part["text"]]
    if part.get("type") == "button":
        return [f"[{part['text']['text']}]  {part['action_id']} {part['value']}"]
    inner = ("text", "elements", "body", "inlines")
    return [text for name in inner for text in _texts(part.get(name))]


def _page(one: Notification) -> list[RenderableType]:
    head = Text.assemble(
        (one.occasion.value.replace("_", " "), "bold"),
        f"  {clock(one.created_at)}  {one.notification_id}",
    )
    lines: list[RenderableType] = [head, Text(tame(one.title, 300))]
    for passage in one.passages:
        lines.append(Padding(Text(passage.heading, style="bold"), (0, 0, 0, 2)))
        lines += [Padding(Text(tame(line, 900)), (0, 0, 0, 4)) for line in passage.lines]
    lines += [Padding(_fate(name, what), (0, 0, 0, 2)) for name, what in one.deliveries.items()]
    return [*lines, Text("")]


def _channels(one: Notification) -> Text:
    parts = [
        (f"{name}: {delivery.state.value} ", _STYLES.get(delivery.state.value, "dim"))
        for name, delivery in one.deliveries.items()
    ]
    return Text.assemble(*parts) if parts else Text("not yet", style="yellow")


def _fate(channel: str, delivery: Delivery) -> Text:
    told = f" at {clock(delivery.told_at)}" if delivery.told_at else ""
    tries = f", {delivery.attempts} tries" if delivery.attempts > 1 else ""
    why = f": {tame(delivery.error, 200)}" if delivery.error else ""
    style = _STYLES.get(delivery.state.value, "red" if delivery.error else "dim")
    return Text(f"{channel}: {delivery.state.value}{told}{tries}{why}", style=style)
