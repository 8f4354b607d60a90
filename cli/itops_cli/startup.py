"""Brings the system up and tells each phase with its time."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx2
from rich.status import Status
from rich.text import Text

from itops_cli.api import Api
from itops_cli.connection import local_connection
from itops_cli.embedded import CloudFailedError, cloud_errors_told
from itops_cli.screen.console import command, console, is_live, say
from local_cloud import cloud
from local_cloud.address import Address
from local_cloud.bring_up import Wishes, bring_up

Phase = tuple[str, Callable[[Address], None]]
"""A name to tell, and what to do."""


@dataclass(frozen=True)
class Started:
    """A running system and how long each phase of its start took."""

    address: Address
    seconds: dict[str, float]


@dataclass
class Phases:
    """Tells one phase after the other, each with its time when it is over."""

    quiet: bool = False
    seconds: dict[str, float] = field(default_factory=dict[str, float])
    _name: str = ""
    _since: float = 0.0
    _spinner: Status | None = None

    def begin(self, name: str) -> None:
        """End the phase that runs, and begin another."""
        self.end()
        self._name, self._since = name, time.monotonic()
        if is_live() and not self.quiet:
            self._spinner = console().status(Text(f"{name} …"))
            self._spinner.start()

    def end(self) -> None:
        """End the phase that runs, if one does."""
        if not self._name:
            return
        took = time.monotonic() - self._since
        self.seconds[self._name] = round(took, 3)
        self.abandon()
        if not self.quiet:
            say(f"✔ {self._name} ({took:.1f} s)")
        self._name = ""

    def abandon(self) -> None:
        """Take the spinner away."""
        if self._spinner:
            self._spinner.stop()
            self._spinner = None


def start(folder: Path, wishes: Wishes, phases: Phases, *more: Phase) -> Started:
    """Bring the system of `folder` up, see that its page and API answer, and do `more`."""
    began = time.monotonic()
    try:
        with cloud_errors_told(folder):
            address = bring_up(folder, replace(wishes, tell=phases.begin))
        phases.begin("asking the web page and the API")
        see_that_it_answers(address)
        phases.end()
        phases.seconds["total"] = round(time.monotonic() - began, 3)
        for name, work in more:
            phases.begin(name)
            work(address)
            phases.end()
    except KeyboardInterrupt:
        phases.abandon()
        if cloud.is_running(folder):
            here = f"--folder {folder}"
            say(f"stopped halfway; the embedded AWS in {folder} runs on:", "bold yellow")
            say(f"go on with {command(f'local up {here}')}")
            say(f"stop it with {command(f'local down {here}')}")
        raise
    finally:
        phases.abandon()
    return Started(address, phases.seconds)


def see_that_it_answers(address: Address) -> None:
    """Ask for the web page and for an authenticated answer of the API."""
    page = httpx2.get(address.ui_url, trust_env=False, timeout=30.0)
    if not page.is_success:
        raise CloudFailedError(f"{address.ui_url} answers {page.status_code}")
    with Api(local_connection(address.folder)) as api:
        api.get("/incidents", limit=1)
