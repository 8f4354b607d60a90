"""Who holds a folder: a lock that nothing can leave behind, whatever kills its holder."""

import fcntl
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

LOCK_FILE = "lock"
_PATIENCE_SECONDS = 2.0
_WATCH_SECONDS = 1.0


class FolderTakenError(Exception):
    """Another launcher holds the folder."""


def keep_private(folder: Path) -> None:
    """Make the folder, and keep it from other people: whoever reads it may do everything."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)


def take(folder: Path) -> int:
    """Take the folder for this process; two clouds in it would overwrite each other.

    Whoever asks whether it is held holds it for an instant, hence the patience.
    """
    keep_private(folder)
    lock = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise FolderTakenError(f"a local cloud runs in {folder} already") from error
            time.sleep(0.05)
        else:
            os.ftruncate(lock, 0)
            os.pwrite(lock, str(os.getpid()).encode(), 0)
            return lock


def is_taken(folder: Path) -> bool:
    """Tell whether a launcher, or the last checkpoint of a killed one, holds the folder."""
    try:
        lock = os.open(folder / LOCK_FILE, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(lock)


def holder(folder: Path) -> int | None:
    """Return the process id of the launcher that holds the folder, None where none does."""
    try:
        told = (folder / LOCK_FILE).read_text(encoding="utf-8")
        return int(told) if is_taken(folder) else None
    except (FileNotFoundError, ValueError):
        return None


def watch(lock: int, folder: Path, lost: Callable[[], None]) -> None:
    """Call `lost` once the folder is gone or somebody else's: its files are not ours any more."""

    def look() -> None:
        while _is_ours(lock, folder):
            time.sleep(_WATCH_SECONDS)
        lost()

    threading.Thread(target=look, daemon=True, name="custody").start()


def _is_ours(lock: int, folder: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(lock), (folder / LOCK_FILE).stat())
    except OSError:
        return False
