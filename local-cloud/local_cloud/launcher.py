"""Runs the embedded AWS: MiniStack in this process, patched, guarded and checkpointed.

    python -m local_cloud.launcher --folder DIR [--port N] [--front-port N] [--detach]

`local_cloud.cloud.start` runs it in the background.
"""

import argparse
import asyncio
import logging
import os
import shutil
import signal
import socket
import sys
import threading
import warnings
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_cloud import custody
from local_cloud.address import CLOUD_FILE, STACK, Address, write_address
from local_cloud.environment import (
    WORKERS_PER_FUNCTION,
    Folders,
    base_environment,
    emulator_environment,
)
from local_cloud.leftovers import end_leftover_workers

LOOPBACK = "127.0.0.1"
_PORTS_TRIED = 50
Run = Callable[[list[socket.socket], Callable[[], None]], Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    folders: Folders
    port: int
    front_port: int
    workers: int
    stack: str
    detached: bool


def main() -> None:
    """Run until told to stop by SIGTERM or SIGINT."""
    options = _options()
    answers = detach() if options.detached else None
    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    warnings.filterwarnings("ignore", message=".*use of fork.*", category=DeprecationWarning)
    lock = _taken(options.folders)
    _prepare(options.folders)
    sockets = [listening_socket(port) for port in (options.port, options.front_port, 0)]
    address = _address(options.folders, sockets)
    _become_clean(options.folders, address)
    run = _import_emulator(options, address)

    def ready() -> None:
        write_address(address)
        custody.watch(lock, options.folders.root, lost=_leave_at_once)
        if answers is not None:
            answers()

    try:
        asyncio.run(run(sockets, ready))
    finally:
        # Threads of executions that still wait would hold up an orderly exit for hours.
        logging.shutdown()
        os._exit(0)


def _leave_at_once() -> None:
    """End without saving: the folder was removed, and may be another cloud's by now."""
    from local_cloud.emulator import lambda_runtime  # noqa: PLC0415  # reads the environment

    try:
        lambda_runtime.reset()
    finally:
        os._exit(1)


def _options() -> Options:
    parser = argparse.ArgumentParser(prog="python -m local_cloud.launcher", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where its state is kept")
    parser.add_argument("--port", type=int, default=4566, help="of the AWS endpoint; 0: any")
    parser.add_argument("--front-port", type=int, default=8787, help="of UI and API; 0: any")
    parser.add_argument("--workers", type=int, default=WORKERS_PER_FUNCTION, help="per function")
    parser.add_argument("--stack", default=STACK, help="whose UI and API the front door shows")
    parser.add_argument("--detach", action="store_true", help="return as soon as it answers")
    said = parser.parse_args()
    folders = Folders(said.folder.expanduser().resolve())
    return Options(
        folders, said.port, said.front_port, said.workers, said.stack, detached=said.detach
    )


def detach() -> Callable[[], None]:
    """Go on in a child of nobody; return what tells the waiting parent that all is well.

    The parent ends with 0 once it is told, and with 1 where the child ends before that.
    """
    reader, writer = os.pipe()
    if os.fork():
        os.close(writer)
        os._exit(0 if os.read(reader, 1) else 1)
    os.close(reader)
    os.setsid()

    def tell() -> None:
        os.write(writer, b".")
        os.close(writer)

    return tell


def _taken(folders: Folders) -> int:
    try:
        return custody.take(folders.root)
    except custody.FolderTakenError as error:
        sys.exit(str(error))


def _prepare(folders: Folders) -> None:
    end_leftover_workers(folders.temporary)
    (folders.root / CLOUD_FILE).unlink(missing_ok=True)
    _put_aside(folders.temporary)
    for folder in (folders.temporary, folders.home, folders.state, folders.objects):
        folder.mkdir(parents=True, exist_ok=True)


def _put_aside(temporary: Path) -> None:
    """Have what a killed cloud left removed beside other work: it may be ten thousand files."""
    if temporary.exists():
        temporary.rename(temporary.with_name(f"{temporary.name}.{os.getpid()}"))

    def remove() -> None:
        for left in temporary.parent.glob(f"{temporary.name}.*"):
            shutil.rmtree(left, ignore_errors=True)

    threading.Thread(target=remove, daemon=True, name="remover").start()


def listening_socket(wanted: int) -> socket.socket:
    """Return a socket on that port of loopback, or on the next free one; 0 means any."""
    candidates = [0] if wanted == 0 else range(wanted, min(wanted + _PORTS_TRIED, 65536))
    for port in candidates:
        found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind((LOOPBACK, port))
            found.listen(1024)
        except OSError:
            found.close()
        else:
            return found
    sys.exit(f"no free port between {wanted} and {wanted + _PORTS_TRIED}")


def _address(folders: Folders, sockets: list[socket.socket]) -> Address:
    endpoint, front, xray = (f"http://{LOOPBACK}:{one.getsockname()[1]}" for one in sockets)
    return Address(folders.root, endpoint, front, os.getpid(), xray)


def _become_clean(folders: Folders, address: Address) -> None:
    """Replace the environment, so that workers inherit nothing of the person who started this."""
    clean = base_environment(folders) | emulator_environment(folders, address.port)
    # MiniStack gives its workers the endpoint of everything else.
    clean["AWS_ENDPOINT_URL_XRAY"] = address.xray_url
    os.environ.clear()
    os.environ.update(clean)


def _import_emulator(options: Options, address: Address) -> Run:
    """Import MiniStack now that its environment stands, patch it, and return what serves it."""
    from local_cloud import checkpoint, serving  # noqa: PLC0415  # reads the environment
    from local_cloud.patches import apply_all  # noqa: PLC0415

    apply_all(options.workers)
    checkpoint.discard_drafts(options.folders.state)

    async def run(sockets: list[socket.socket], ready: Callable[[], None]) -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        cloud = serving.Cloud(options.folders.state, address, options.stack)
        await cloud.serve(sockets, stop, ready)

    return run


if __name__ == "__main__":
    main()
