"""Builds the Lambda layers for Lambda's platform, whatever this machine is."""

import contextlib
import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from itops_cli.aws.target import DeployError

PLATFORM = "aarch64-manylinux_2_28"
PYTHON = "3.12"
MAXIMUM_MEGABYTES = 250
"""Lambda's limit for a function's code and layers together, unpacked."""

_REQUIREMENT = re.compile(r"^([a-zA-Z0-9._-]+)==", re.MULTILINE)


def build_dependencies(listed: Path, cache: Path, without: Path | None = None) -> Path:
    """Install the hash-locked list for Lambda and return the folder; done once per list.

    What `without` lists is left out: another layer has it already.
    """
    wanted = _requirements(listed, without)
    key = hashlib.sha256(f"{PLATFORM} {PYTHON} {wanted}".encode()).hexdigest()[:16]
    folder = cache / f"{listed.stem}-{key}"
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as place:
        exact, unfinished = Path(place, f"{listed.stem}.txt"), Path(place, "python")
        exact.write_text(wanted, encoding="utf-8")
        _install(exact, unfinished)
        compile_for_lambda(unfinished)
        # Whoever else built it meanwhile built the same.
        with contextlib.suppress(OSError):
            unfinished.rename(folder)
    return folder


def compile_for_lambda(folder: Path) -> bool:
    """Put compiled files beside the sources, where a Python of Lambda's own version is here.

    A function's file system is read-only, so what is not compiled now is compiled at each cold
    start. Compiled files of another version would only be dead weight.
    """
    python = lambda_python()
    if python is None:
        return False
    subprocess.run(  # noqa: S603
        [
            *(python, "-m", "compileall", "-q", "-q", "-f"),
            *("--invalidation-mode", "unchecked-hash", "-s", str(folder), str(folder)),
        ],
        check=False,  # a package may ship files that are not meant for this version
        capture_output=True,
    )
    return True


def lambda_python() -> str | None:
    """Return a Python of Lambda's version that really runs here, if there is one."""
    for name in (sys.executable, f"python{PYTHON}"):
        found = shutil.which(name)
        if found is None:
            continue
        asked = subprocess.run(  # noqa: S603
            [found, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
            check=False,
            capture_output=True,
            text=True,
        )
        if asked.returncode == 0 and asked.stdout.strip() == PYTHON:
            return found
    return None


def check_size(*folders: Path) -> float:
    """Return how many megabytes the folders hold; refuse more than a function may have."""
    size = sum(
        path.stat().st_size for folder in folders for path in folder.rglob("*") if path.is_file()
    )
    megabytes = size / 1_000_000
    if megabytes > MAXIMUM_MEGABYTES:
        raise DeployError(
            f"code and layers are {megabytes:.0f} MB unpacked; Lambda takes {MAXIMUM_MEGABYTES}"
        )
    return megabytes


def _requirements(listed: Path, without: Path | None) -> str:
    """Return the list's requirements with their hashes, less those that `without` has too."""
    have: set[str] = set(_REQUIREMENT.findall(without.read_text("utf-8"))) if without else set()
    kept: list[str] = []
    keeping = False
    for line in listed.read_text(encoding="utf-8").splitlines():
        if match := _REQUIREMENT.match(line):
            keeping = match[1] not in have
        if keeping and not line.lstrip().startswith("#"):
            kept.append(line)
    return "\n".join(kept) + "\n"


def _install(exact: Path, folder: Path) -> None:
    uv = Path(sys.executable).parent / "uv"
    done = subprocess.run(  # noqa: S603
        [
            *(str(uv), "pip", "install", "--quiet", "--no-deps", "--require-hashes"),
            *("--only-binary", ":all:", "--python-platform", PLATFORM),
            *("--python-version", PYTHON, "--target", str(folder), "--requirement", str(exact)),
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise DeployError(f"the layer of {exact.stem} could not be built:\n{done.stderr.strip()}")
    # Neither uv's lock nor console scripts have any use in a layer.
    (folder / ".lock").unlink(missing_ok=True)
    shutil.rmtree(folder / "bin", ignore_errors=True)
