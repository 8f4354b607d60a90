"""Writes the state of the emulated services more than once a second: a crash loses no more.

MiniStack itself writes only when it is stopped in an orderly way. Copying a large state would
block the emulator for longer than a second, so on Linux a forked child writes it, as Redis does:
it sees all services as of one instant and costs the parent a few milliseconds. Elsewhere the same
function runs in the emulator's own process. Each file is written beside its place and moved there
when whole; all are moved together at the end.

Metrics and logs are telemetry and soon large: they may lag while writing them is costly.
"""

import asyncio
import copy
import gc
import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from local_cloud.emulator import app, lambda_svc, persistence

ROUND_SECONDS = 0.7
"""From one checkpoint to the next: with the writing itself, less than the second promised."""
_PAUSE_SECONDS = 0.1
_FORKS = sys.platform == "linux"
TELEMETRY = frozenset({"cloudwatch", "cloudwatch_logs"})
_TELEMETRY_SHARE = 0.1
"""Of one core: what writing telemetry may cost before it is written less often."""
_WRITER_LIFE_SECONDS = 30
_QUIET_ROUNDS = 2
_logger = logging.getLogger(__name__)
_Snapshot = dict[str, Callable[[], Any]]
_one_writer = threading.Lock()
"""Two writers would write into the same drafts, and the older one might come last."""
_waiting = ThreadPoolExecutor(1, "checkpoint")
"""A thread of its own: all others may be busy with functions that queue."""


class Activity:
    """Counts what may have changed state; a quiet cloud is not written again and again."""

    def __init__(self) -> None:
        self._count = 0
        self._written = -1
        self._quiet_rounds = 0

    def happened(self) -> None:
        """Note that something may have changed."""
        self._count += 1

    def asks_for_a_checkpoint(self) -> bool:
        """Tell whether to write now: after a change, and a little longer for its aftermath."""
        self._quiet_rounds = 0 if self._count != self._written else self._quiet_rounds + 1
        self._written = self._count
        return self._quiet_rounds <= _QUIET_ROUNDS


def write(services: _Snapshot, folder: Path, *, only_ours: bool = False) -> dict[str, float]:
    """Write what changed of `services` into `folder`; return the seconds each one took.

    With `only_ours` nobody else can change the state meanwhile (a forked child), so it is
    written without the copies that each service makes otherwise.
    """
    drafts: list[tuple[Path, Path]] = []
    seconds: dict[str, float] = {}
    prune, referenced = lambda_svc._prune_orphan_code_blobs, set[str]()
    lambda_svc._prune_orphan_code_blobs = referenced.update
    if only_ours:
        copy.deepcopy = _uncopied
    try:
        for name, state_of in services.items():
            started = time.perf_counter()
            draft = _draft(name, state_of, folder)
            seconds[name] = time.perf_counter() - started
            if draft:
                drafts.append((draft, folder / f"{name}.json"))
    finally:
        lambda_svc._prune_orphan_code_blobs = prune
    for draft, place in drafts:
        draft.replace(place)
    if "lambda" in services:
        prune(referenced)
    return seconds


def _uncopied(value: Any, _memo: object = None) -> Any:  # noqa: ANN401
    return value


def _draft(name: str, state_of: Callable[[], Any], folder: Path) -> Path | None:
    """Return the file with the new state, None where it is on disk already."""
    text = _serialised(name, state_of)
    place = folder / f"{name}.json"
    if text is None or (place.exists() and place.read_bytes() == text):
        return None
    draft = folder / f"{name}.json.tmp"
    draft.write_bytes(text)
    return draft


def _serialised(name: str, state_of: Callable[[], Any]) -> bytes | None:
    for attempt in range(20):
        try:
            state = state_of()
            if state is None:
                return None
            return json.dumps(
                {"__ministack_format__": persistence._state_format_version(name), "payload": state},
                default=persistence._json_default,
            ).encode()
        except RuntimeError:
            # Another thread changed a dictionary while it was being read.
            time.sleep(0.001 * attempt)
        except Exception:
            _logger.exception("the state of %s could not be written", name)
            return None
    return None


def write_all_now(services: _Snapshot) -> None:
    """Write everything and wait for it: what the emulator does when it stops."""
    folder = Path(persistence.STATE_DIR)
    _one_writer.acquire()
    if _FORKS:
        _wait_for(*_writing_child(services, folder))
    else:
        _written_here(services, folder)


async def write_for_ever(folder: Path, activity: Activity) -> None:
    """Write a checkpoint each round for as long as there is something new."""
    due: dict[str, float] = {}
    while True:
        begun = time.monotonic()
        if activity.asks_for_a_checkpoint():
            services = {
                name: state_of
                for name, state_of in app._build_persistence_save_dict().items()
                if due.get(name, 0) <= begun
            }
            seconds = await _write_once(services, folder)
            for name in TELEMETRY & seconds.keys():
                due[name] = begun + seconds[name] / _TELEMETRY_SHARE
        await asyncio.sleep(max(_PAUSE_SECONDS, ROUND_SECONDS - (time.monotonic() - begun)))


async def _write_once(services: _Snapshot, folder: Path) -> dict[str, float]:
    try:
        _one_writer.acquire()
        if not _FORKS:
            return _written_here(services, folder)
        writer = _writing_child(services, folder)
        return await asyncio.get_running_loop().run_in_executor(_waiting, _wait_for, *writer)
    except OSError:
        _logger.exception("a checkpoint failed; the next one tries again")
        return {}


def _written_here(services: _Snapshot, folder: Path) -> dict[str, float]:
    try:
        return write(services, folder)
    finally:
        _one_writer.release()


def _writing_child(services: _Snapshot, folder: Path) -> tuple[int, int]:
    """Fork the writer; return its process id and where it reports."""
    reader, writer = os.pipe()
    try:
        child = os.fork()
    except OSError:
        _one_writer.release()
        raise
    if child == 0:
        _write_and_exit(services, folder, writer)
    os.close(writer)
    return child, reader


def _write_and_exit(services: _Snapshot, folder: Path, report: int) -> None:
    """Be the forked child: touch nothing but the state and its files, and never return."""
    status = 1
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.alarm(_WRITER_LIFE_SECONDS)
        gc.disable()
        logging.disable()
        seconds = write(services, folder, only_ours=True)
        os.write(report, json.dumps(seconds).encode())
        status = 0
    finally:
        os._exit(status)


def _wait_for(child: int, report: int) -> dict[str, float]:
    """Wait for the forked writer, on whatever thread, and let the next one begin."""
    try:
        with os.fdopen(report, "rb") as pipe:
            text = pipe.read()
        _, status = os.waitpid(child, 0)
    finally:
        _one_writer.release()
    if status or not text:
        _logger.error("a checkpoint failed (status %s); the next one tries again", status)
        return {}
    return json.loads(text)


def discard_drafts(folder: Path) -> None:
    """Remove what a writer that was killed left behind; whole files are untouched."""
    for draft in _drafts(folder):
        draft.unlink(missing_ok=True)


def _drafts(folder: Path) -> Iterable[Path]:
    return folder.glob("*.json.tmp") if folder.is_dir() else ()
