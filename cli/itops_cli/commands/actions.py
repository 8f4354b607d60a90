"""`itops actions`: the kill switch, here or on AWS."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from itops_cli.aws.target import sign_in
from itops_cli.embedded import address_of
from itops_cli.failures import aws_errors_told
from itops_cli.options import AsJson, Folder, Reason
from itops_cli.screen.console import console, print_json, say
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
        help="Work on this stack in AWS, as whom you are signed in, not on the local cloud.",
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
    with aws_errors_told():
        place = _place(stack, folder)
        _told(place, place.standings(), as_json=as_json)


def _turned(value: str, reason: str, stack: str | None, folder: Folder, *, as_json: bool) -> None:
    with aws_errors_told():
        place = _place(stack, folder)
        # Off comes first: what stops actions must not wait for a log.
        if value == OFF:
            place.turn(value)
        place.put_on_record(value, reason)
        if value == ON:
            place.turn(value)
        _told(place, as_json=as_json)


@dataclass(frozen=True)
class _Place:
    """The switch of one stack, and the log that remembers who turned it."""

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
        return _Place(address, address.outputs)
    target = sign_in(stack, None, None)
    outputs = target.outputs()
    if outputs is None:
        raise NotFoundError(f"there is no stack {stack!r} in {target.region}")
    return _Place(target, outputs)


def _told(place: _Place, standings: Sequence[Standing] = (), *, as_json: bool) -> None:
    reading = KillSwitch(place.ssm, place.parameter).read()
    if as_json:
        told = {"on": reading.is_on, "reason": reading.reason, "parameter": place.parameter}
        records = [one.model_dump(mode="json") for one in standings]
        print_json({**told, "autonomy": records} if records else told)
        return
    if reading.is_on:
        say("Actions are ON: allowed remedies are carried out.", "bold yellow")
    else:
        say("Actions are OFF: nothing is changed, whatever is or was approved.", "bold")
        say(reading.reason, "dim")
    if standings:
        _show(standings)


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
