"""`itops actions`: the kill switch, here or on AWS."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from itops_cli.api import Api
from itops_cli.aws.target import sign_in
from itops_cli.connection import connection, deployment_named
from itops_cli.embedded import address_of
from itops_cli.failures import aws_errors_told
from itops_cli.options import AsJson, Folder, Reason
from itops_cli.screen.console import console, print_json, say, tame
from itops_cli.screen.follow import read
from itops_core.domain.audit_events import switched
from itops_core.domain.autonomy import Standing
from itops_core.domain.values import utc_now
from itops_core.errors import NotFoundError
from itops_core.remediation.autonomy import TrackRecords, seeds
from itops_core.remediation.catalogue import catalogue
from itops_core.remediation.kill_switch import OFF, ON, KillSwitch
from itops_core.settings import config
from itops_core.stores.audit import AuditLog
from itops_core.stores.runtime import RuntimeStore
from itops_core.stores.track_record import TrackRecordStore
from itops_core.tools.redaction import plain_text

app = typer.Typer(
    help="Switch all actions on or off; see how the switch stands.",
    no_args_is_help=True,
    add_completion=False,
)

OnAws = Annotated[
    str | None,
    typer.Option(
        "--stack",
        metavar="NAME",
        help="Work on this stack in AWS, as whom you are signed in, even if its API is down.",
    ),
]


@app.command("on")
def on(
    reason: Reason = "", stack: OnAws = None, folder: Folder = None, as_json: AsJson = False
) -> None:
    """Let allowed remedies be carried out."""
    _turned(ON, reason, stack, folder, as_json=as_json)


@app.command("off")
def off(
    reason: Reason = "", stack: OnAws = None, folder: Folder = None, as_json: AsJson = False
) -> None:
    """Stop every action, also what was approved and also undoing, from the next step on."""
    _turned(OFF, reason, stack, folder, as_json=as_json)


@app.command("status")
def status(stack: OnAws = None, folder: Folder = None, as_json: AsJson = False) -> None:
    """Tell whether actions are carried out, and which of them happen with nobody asked."""
    named = _named(stack, folder)
    if named:
        with Api(connection()) as api:
            _told(_standing_of(named, api.get("/actions")), as_json=as_json, whole=True)
        return
    with aws_errors_told():
        place = _place(stack, folder)
        _told(place.standing(place.standings()), as_json=as_json, whole=True)


def _turned(value: str, reason: str, stack: str | None, folder: Folder, *, as_json: bool) -> None:
    named = _named(stack, folder)
    if named:
        with Api(connection()) as api:
            word = {"on": value == ON, "reason": reason}
            _told(_standing_of(named, api.post("/actions/switch", word)), as_json=as_json)
        return
    with aws_errors_told():
        place = _place(stack, folder)
        # Off comes first: what stops actions must not wait for a log.
        if value == OFF:
            place.turn(value)
        place.put_on_record(value, reason)
        if value == ON:
            place.turn(value)
        _told(place.standing(), as_json=as_json)


def _named(stack: str | None, folder: Folder) -> str:
    """Return the deployment whose API is asked; empty where its switch is turned directly."""
    return "" if stack or folder else deployment_named()


@dataclass(frozen=True)
class _Standing:
    """How the switch of one deployment stands, and what each class of actions has earned."""

    where: str
    is_on: bool
    reason: str
    actions: tuple[Standing, ...] = ()
    parameter: str | None = None


def _standing_of(where: str, told: dict[str, Any]) -> _Standing:
    earned = tuple(read(Standing, one["autonomy"]) for one in told["items"] if one["autonomy"])
    return _Standing(where, bool(told["enabled"]), str(told["reason"]), earned)


@dataclass(frozen=True)
class _Place:
    """The switch of one stack, and the log that remembers who turned it."""

    where: str
    here: Any
    outputs: Mapping[str, str]

    @property
    def ssm(self) -> Any:  # noqa: ANN401 - a boto3 client
        return self.here.client("ssm")

    @property
    def parameter(self) -> str:
        return self.outputs["KillSwitchParameter"]

    def turn(self, value: str) -> None:
        self.ssm.put_parameter(Name=self.parameter, Value=value, Type="String", Overwrite=True)

    def put_on_record(self, value: str, reason: str) -> None:
        name = self.outputs.get("AuditTable")
        if name is None:
            # Its switch has to work all the same.
            typer.echo("this stack is older than the audit log: deploy it again", err=True)
            return
        caller = str(self.here.client("sts").get_caller_identity()["Arn"])
        log = AuditLog(self.here.resource("dynamodb").Table(name))
        log.append(switched(value, caller, utc_now(), secrets.token_hex(8), plain_text(reason)))

    def standing(self, actions: tuple[Standing, ...] = ()) -> _Standing:
        reading = KillSwitch(self.ssm, self.parameter).read()
        return _Standing(self.where, reading.is_on, reading.reason, actions, self.parameter)

    def standings(self) -> tuple[Standing, ...]:
        """Return the record of each class of actions, or nothing where the stack keeps none."""
        name = self.outputs.get("RuntimeTable")
        if name is None:
            return ()
        rules, table = config().autonomy, self.here.resource("dynamodb").Table(name)
        kept = TrackRecordStore(RuntimeStore(table), rules.window)
        records = TrackRecords(kept.trials, seeds(), rules)
        changing = (one for one in catalogue().actions.values() if one.kind != "people")
        return tuple(records.standing(one.name) for one in changing)


def _place(stack: str | None, folder: Folder) -> _Place:
    if stack is None:
        address = address_of(folder)
        return _Place(f"the local cloud in {address.folder}", address, address.outputs)
    target = sign_in(stack, None, None)
    outputs = target.outputs()
    if outputs is None:
        raise NotFoundError(f"there is no stack {stack!r} in {target.region}")
    return _Place(f"{stack} in {target.region}", target, outputs)


def _told(standing: _Standing, *, as_json: bool, whole: bool = False) -> None:
    if as_json:
        told: dict[str, Any] = {"on": standing.is_on, "reason": standing.reason}
        told |= {"deployment": standing.where, "parameter": standing.parameter}
        records = [one.model_dump(mode="json") for one in standing.actions]
        print_json({**told, "autonomy": records} if whole and records else told)
        return
    where = tame(standing.where)
    if standing.is_on:
        say(f"Actions are ON in {where}: allowed remedies are carried out.", "bold yellow")
    else:
        say(f"Actions are OFF in {where}: nothing is changed, whatever is or was approved.", "bold")
        say(tame(standing.reason), "dim")
    if whole and standing.actions:
        _show(standing.actions)


def _show(standings: Sequence[Standing]) -> None:
    known = seeds()
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("action", "alone", "helped", "seeded", "at least", "bar"):
        table.add_column(name, no_wrap=True)
    for one in standings:
        table.add_row(
            one.action,
            Text("may" if one.earned else "asks", style="green" if one.earned else "yellow"),
            f"{one.helped} of {one.of}",
            f"{one.seeded:.0f}" if one.seeded else "-",
            f"{one.lower_bound:.2f}",
            f"{one.bar:.2f}",
        )
    say("Where nothing else asks for a person, these happen alone (may), or are asked for (asks):")
    console().print(table)
    say(f"seeded: by the evals on {known.measured_at}, {known.measured_by}", "dim")
