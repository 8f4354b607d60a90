"""Runs of `itops run` in this process, over the recorded night."""

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from itops_cli.running.handing_over import brief
from itops_cli.running.investigating import work_on
from itops_cli.running.overrides import configured
from itops_cli.running.plan import Mode, Plan
from itops_cli.running.session import Document, Session, run
from itops_cli.running.watching import watch

WORK: dict[Mode, Callable[[Session], Document]] = {
    Mode.WATCHDOG: watch,
    Mode.INCIDENT: work_on,
    Mode.BRIEFING: brief,
}


def ran(mode: str, folder: Path, **options: Any) -> Document:  # noqa: ANN401 - those of a plan
    """Return what a run of `mode` prints with --json."""
    chosen = Mode(mode)
    plan = Plan(mode=chosen, config=configured(()), log_dir=folder, **options)
    return json.loads(json.dumps(run(plan, WORK[chosen]), default=str))


def events_in(path: str | Path) -> list[dict[str, Any]]:
    """Return the events of a log."""
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def command(*words: object) -> list[str]:
    """Return the command line of `itops` in a process of its own."""
    return [sys.executable, "-c", "from itops_cli.main import main; main()", *map(str, words)]


def bare_environment(**more: str) -> dict[str, str]:
    """Return an environment without credentials, keys or a cloud."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    return {**kept, "AWS_EC2_METADATA_DISABLED": "true", **more}


def itops_here(*words: object) -> "subprocess.CompletedProcess[str]":
    """Run `itops` in this process: as quick as the work itself."""
    from itops_cli.main import main  # noqa: PLC0415 - loads the command line

    out, err, code = io.StringIO(), io.StringIO(), 0
    before = sys.argv
    sys.argv = ["itops", *map(str, words)]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0
    finally:
        sys.argv = before
    return subprocess.CompletedProcess(list(map(str, words)), code, out.getvalue(), err.getvalue())


def itops(
    *words: object, cwd: Path | None = None, **more: str
) -> "subprocess.CompletedProcess[str]":
    """Run `itops` to its end."""
    return subprocess.run(
        command(*words),
        env=bare_environment(**more),
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=480,
        check=False,
    )
