"""Local clouds for tests: one for the whole session, and others that may be killed."""

import fcntl
import os
import signal
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from local_cloud import cloud as local_cloud
from local_cloud.address import Address
from local_cloud.bring_up import Wishes, bring_up
from tests.support.eventually import eventually


@contextmanager
def shared_cloud(folder: Path) -> Generator[Address]:
    """Yield the one cloud of `folder`; whoever leaves last stops it.

    Each process that uses it holds a shared lock, which goes away with the process however it
    ends; who gets the lock for itself alone was the last.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "start.lock").open("w") as start, (folder / "users.lock").open("w") as users:
        fcntl.flock(start, fcntl.LOCK_EX)
        try:
            fcntl.flock(users, fcntl.LOCK_SH)
            address = bring_up(folder / "cloud", _wishes({}))
        finally:
            fcntl.flock(start, fcntl.LOCK_UN)
        try:
            yield address
        finally:
            fcntl.flock(start, fcntl.LOCK_EX)
            fcntl.flock(users, fcntl.LOCK_UN)
            _stop_if_unused(folder, users.fileno())


def _stop_if_unused(folder: Path, users: int) -> None:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    local_cloud.stop(folder / "cloud")


@dataclass
class CloudFactory:
    """Makes clouds that belong to one test, which may do to them what it likes."""

    folder: Path
    _made: list[Path] = field(default_factory=list[Path])

    def bare(self, name: str = "cloud") -> Address:
        """Start an emulator with nothing deployed."""
        self._made.append(self.folder / name)
        return local_cloud.start(self.folder / name, 0, 0)

    def __call__(self, name: str = "cloud", **parameters: str) -> Address:
        """Bring up the whole system, with these template parameters over the local ones."""
        self._made.append(self.folder / name)
        return bring_up(self.folder / name, _wishes(parameters))

    def again(self, address: Address, **parameters: str) -> Address:
        """Bring the system of `address` up again after it was stopped or killed."""
        wishes = _wishes(parameters, address.port, address.front_port)
        return bring_up(address.folder, wishes)

    def stop_all(self) -> None:
        """Stop whatever was made."""
        for folder in self._made:
            local_cloud.stop(folder)


def _wishes(parameters: Mapping[str, str], port: int = 0, front_port: int = 0) -> Wishes:
    # Who opens incidents by the clock would open them into somebody else's test.
    wished = {"WatchOnSchedule": "no", **parameters}
    return Wishes(port=port, front_port=front_port, parameters=wished)


def kill(address: Address) -> None:
    """End the cloud as a power failure would: no signal that it could act on."""
    os.kill(address.pid, signal.SIGKILL)
    eventually(lambda: not local_cloud.is_running(address.folder))
