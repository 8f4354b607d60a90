"""Tells an incident while it happens: redrawn on a terminal, line by line elsewhere."""

import time
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from types import TracebackType
from typing import Self

from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from itops_cli.failures import NotOverError, OutOfReachError
from itops_cli.screen.beats import Beat
from itops_cli.screen.console import console, is_live, print_json_line, say_line
from itops_cli.screen.follow import Follower
from itops_core.domain.incident import Incident, Status

STYLES = {
    "good": "bold green",
    "bad": "bold red",
    "wait": "bold yellow",
    "state": "bold cyan",
    "muted": "dim",
    "": "bold",
}
_LOOK_SECONDS = 0.5
_PATIENCE_SECONDS = 15.0


class Voice(Enum):
    """How a story is told."""

    SCREEN = "screen"
    JSON = "json"
    NONE = "none"


class Teller:
    """Draws beats as they come, with a line below that says what is going on."""

    def __init__(self, voice: Voice = Voice.SCREEN) -> None:
        self._voice = voice
        self._spinner = Spinner("dots", text=Text("looking …", style="dim"))
        self._live = Live(self._spinner, console=console(), transient=True, refresh_per_second=8)
        self._drawn = is_live() and voice is Voice.SCREEN

    def __enter__(self) -> Self:
        if self._drawn:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._drawn:
            self._live.stop()

    def tell(self, incident: Incident, new: list[Beat]) -> None:
        """Draw what is new, and where the incident stands."""
        for beat in new:
            if self._voice is Voice.JSON:
                print_json_line(beat.as_json())
            elif self._voice is Voice.SCREEN:
                draw(beat, incident.opened_at)
        severity = incident.severity.value if incident.severity else "severity not known yet"
        status = incident.status.value.replace("_", " ")
        self._spinner.update(
            text=Text(f"{incident.incident_id} · {status} · {severity}", style="dim")
        )


def draw(beat: Beat, since: datetime) -> None:
    """Print one beat, with the seconds since the incident was opened."""
    elapsed = f"{(beat.at - since).total_seconds():+.1f}s"
    style = STYLES[beat.tone]
    if not console().is_terminal:
        indent = " " * 26
        for line in (f"{elapsed:>8}  {beat.label:<16}{beat.headline}", *_lines(beat, indent)):
            say_line(Text(line))
        return
    grid = Table.grid(padding=(0, 1), expand=True)
    grid.add_column(width=8, justify="right", style="dim", no_wrap=True)
    grid.add_column(width=15, style=style, no_wrap=True)
    grid.add_column(ratio=1, overflow="fold")
    grid.add_row(elapsed, beat.label, Text(beat.headline, style="dim" if style == "dim" else ""))
    for line in beat.details:
        grid.add_row("", "", Text(line, style="dim"))
    console().print(grid)


def _lines(beat: Beat, indent: str) -> list[str]:
    return [f"{indent}{line}" for line in beat.details]


def follow(
    follower: Follower,
    seconds: float | None,
    is_enough: Callable[[Incident], bool],
    voice: Voice = Voice.SCREEN,
) -> Incident:
    """Tell an incident until `is_enough`; raise `NotOverError` after `seconds`."""
    ends_at = None if seconds is None else time.monotonic() + seconds
    heard_at = time.monotonic()
    with Teller(voice) as teller:
        while True:
            try:
                incident, new = follower.look()
            except OutOfReachError:
                if time.monotonic() - heard_at > _PATIENCE_SECONDS:
                    raise
            else:
                heard_at = time.monotonic()
                teller.tell(incident, new)
                if is_enough(incident):
                    return incident
                if ends_at and heard_at > ends_at:
                    raise NotOverError(
                        f"{incident.incident_id} is still {incident.status.value} "
                        f"after {seconds:.0f} s"
                    )
            time.sleep(_LOOK_SECONDS)


def is_over(incident: Incident) -> bool:
    """Whether nothing more will happen by itself."""
    return incident.is_over


def waits_or_is_over(incident: Incident) -> bool:
    """Whether nothing more will happen until a person acts."""
    return incident.is_over or incident.status is Status.AWAITING_APPROVAL
