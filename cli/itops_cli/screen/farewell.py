"""What a user is left with when the system runs: where it is, how to go on, how to stop."""

from rich.table import Table
from rich.text import Text

from itops_cli.connection import home
from itops_cli.links import local_link
from itops_cli.screen.console import command, console, say, tame
from itops_core.domain.remediation import Approval
from local_cloud.address import Address


def farewell(address: Address, waiting: Approval | None) -> None:
    """Print the addresses and what one can do next, ready to paste."""
    say()
    rows = [
        ("web page", local_link(address)),
        ("REST API", address.api_url),
        ("try it", _curl(address)),
    ]
    # What is pasted into another shell must not reach another cloud: ITOPS_HOME is not set there.
    here = "" if address.folder == home(None, {}).resolve() else f" --folder {address.folder}"
    if waiting:
        rows += [
            ("waiting", f"{waiting.incident_id} asks: {tame(waiting.summary)}"),
            ("approve", command(f"approvals approve {waiting.approval_id}{here}")),
            ("then", command(f"incidents watch {waiting.incident_id}{here}")),
        ]
    stop = command(f"local down{here}") if here else "./cleanup.sh --local"
    rows += [
        ("look", command(f"incidents list{here}")),
        ("sign in", f"{command(f'link{here}')}   (the link above signs in once)"),
        ("stop", stop),
    ]
    if not console().is_terminal:
        for name, value in rows:
            say(f"{name:<10}{value}")
        return
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(name, Text(value))
    console().print(table)


def _curl(address: Address) -> str:
    return f"curl -s -H 'Authorization: Bearer {address.token}' {address.api_url}/incidents"
