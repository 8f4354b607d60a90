"""Ends Lambda workers whose launcher was killed, so that they cannot write into the next cloud.

An idle worker ends by itself when its launcher is gone; one in the middle of an invocation goes
on to its end. Workers are known by the script they run, which lies in their cloud's own folder:
no other process can be meant.
"""

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

_PROCESSES = Path("/proc")


def end_leftover_workers(temporary: Path) -> list[int]:
    """Kill the workers that run from `temporary`; return their process ids."""
    ended: list[int] = []
    for pid, command in _commands().items():
        if f"{temporary}/ministack-lambda-" in command and pid != os.getpid():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
                ended.append(pid)
    return ended


def _commands() -> dict[int, str]:
    return _from_proc() if (_PROCESSES / "self" / "cmdline").exists() else _from_ps()


def _from_proc() -> dict[int, str]:
    commands: dict[int, str] = {}
    for folder in _PROCESSES.iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                text = (folder / "cmdline").read_bytes()
                commands[int(folder.name)] = text.replace(b"\0", b" ").decode("utf-8", "replace")
    return commands


def _from_ps() -> dict[int, str]:
    told = subprocess.run(
        ["/bin/ps", "-A", "-o", "pid=,command="], capture_output=True, text=True, check=False
    )
    lines = (line.strip().partition(" ") for line in told.stdout.splitlines())
    return {int(pid): command for pid, _, command in lines if pid.isdigit()}
