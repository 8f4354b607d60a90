"""Starts, stops and finds the local cloud of a folder.

The lock on the folder tells whether one runs: it cannot be left behind, whatever kills its
holder. The file `cloud.json` tells where it answers.
"""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from local_cloud import custody
from local_cloud.address import STACK, Address, read_address
from local_cloud.environment import WORKERS_PER_FUNCTION, Folders, base_environment
from local_cloud.leftovers import end_leftover_workers

START_SECONDS = 90.0
STOP_SECONDS = 60.0
_ANSWER_SECONDS = 20.0
"""On a machine with much to do one that runs may take seconds to say so."""
_LOG_LIMIT = 20_000_000
_LOG_TAIL = 4_000
_T = TypeVar("_T")


class CloudError(Exception):
    """The local cloud could not be started or stopped; the message says why."""


def start(
    folder: Path,
    port: int = 4566,
    front_port: int = 8787,
    stack: str = STACK,
    workers: int = WORKERS_PER_FUNCTION,
) -> Address:
    """Start the cloud of `folder` in the background, or find it running; return its address.

    A port that is taken gives way to the next free one; 0 means any. `stack` is whose page and
    API the front door shows, `workers` how many invocations of one function run at once.
    """
    folders = Folders(folder.expanduser().resolve())
    custody.keep_private(folders.root)
    found = _settled(folders)
    if found is not None:
        return found
    try:
        _launch(
            folders,
            {"port": port, "front-port": front_port, "stack": stack, "workers": workers},
        )
    except CloudError:
        # Somebody else may have started it at the same moment.
        found = _settled(folders)
        if found is None:
            raise
        return found
    return address(folders.root)


def stop(folder: Path) -> bool:
    """Stop the cloud of `folder` and everything it started; tell whether there was one.

    It is asked first, so that it writes its state; what is left after that is killed.
    """
    folders = Folders(folder.expanduser().resolve())
    launcher = custody.holder(folders.root)
    if launcher is not None:
        _signal(os.kill, launcher, signal.SIGTERM)
        if not _ends(folders):
            _signal(os.killpg, launcher, signal.SIGKILL)
            _ends(folders)
    end_leftover_workers(folders.temporary)
    return launcher is not None


def _ends(folders: Folders) -> bool:
    return bool(_until(lambda: None if is_running(folders.root) else True, STOP_SECONDS))


def _signal(send: Callable[[int, int], None], target: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        send(target, number)


def status(folder: Path) -> Address | None:
    """Return the address of the running cloud of `folder`, None where none answers."""
    found = _found(folder.expanduser().resolve(), _ANSWER_SECONDS)
    return found[0] if found else None


def address(folder: Path) -> Address:
    """Return the address of the running cloud of `folder`, or raise `CloudError`."""
    found = status(folder)
    if found is None:
        raise CloudError(f"no local cloud runs in {folder}; start one with `itops local up`")
    return found


def is_running(folder: Path) -> bool:
    """Tell whether a launcher, or the last checkpoint of a killed one, holds the folder."""
    return custody.is_taken(folder)


def _settled(folders: Folders) -> Address | None:
    """Return the cloud that runs already; wait for one that is just coming up or going down."""
    settled = _found(folders.root, START_SECONDS)
    if settled is None:
        raise CloudError(
            f"something holds {folders.root} but does not answer:\n{_tail(folders.log)}"
        )
    return settled[0]


def _found(root: Path, seconds: float) -> tuple[Address | None] | None:
    """Return what runs there, or that nothing does; `None` where something never answers."""

    def known() -> tuple[Address | None] | None:
        if not is_running(root):
            return (None,)
        found = read_address(root)
        return (found,) if found is not None and _answers(found) else None

    return _until(known, seconds)


def _launch(folders: Folders, options: Mapping[str, object]) -> None:
    for made in (folders.temporary, folders.home):
        made.mkdir(parents=True, exist_ok=True)
    if folders.log.exists() and folders.log.stat().st_size > _LOG_LIMIT:
        folders.log.replace(folders.log.with_suffix(".log.1"))
    said = [f"--{name}={value}" for name, value in options.items()]
    launcher = ["-P", "-m", "local_cloud.launcher", "--detach", "--folder", str(folders.root)]
    with folders.log.open("ab") as log:
        try:
            subprocess.run(  # noqa: S603  # our own interpreter and module
                [sys.executable, *launcher, *said],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=base_environment(folders),
                cwd=folders.root,
                timeout=START_SECONDS,
                check=True,
            )
        except subprocess.SubprocessError as error:
            raise CloudError(f"the local cloud did not start:\n{_tail(folders.log)}") from error


def _answers(found: Address) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", found.port, timeout=10)
    try:
        connection.request("GET", "/_itops/pulse")
        said = json.loads(connection.getresponse().read())
        return bool(said.get("pid") == found.pid)
    except (OSError, ValueError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _until(ask: Callable[[], _T | None], seconds: float) -> _T | None:
    """Ask until there is an answer, or the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = ask()
        if answer is not None:
            return answer
        time.sleep(0.05)
    return None


def _tail(log: Path) -> str:
    if not log.exists():
        return f"(no log in {log})"
    return log.read_text(encoding="utf-8", errors="replace")[-_LOG_TAIL:]
