"""The front doors: they find a Python that runs, say so where there is none, and install once."""

import os
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
_DOORS = ("deploy.sh", "cleanup.sh", "test.sh", ".ci/run")


@pytest.mark.parametrize("door", _DOORS)
def test_every_front_door_can_be_run_from_a_clone(door: str) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--stage", door],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert listed.stdout.startswith("100755"), f"{door} has no run bit in git"


def test_shellcheck_finds_nothing() -> None:
    scripts = [*_DOORS, *(str(path) for path in (CHECKOUT / "scripts").glob("*.sh"))]

    found = subprocess.run(
        [CHECKOUT / ".venv" / "bin" / "shellcheck", "-x", *scripts],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (found.returncode, found.stdout) == (0, "")


def test_a_shim_that_runs_nothing_is_passed_over(tmp_path: Path) -> None:
    _python(tmp_path, "python3.13", 'echo "pyenv: python3.13: command not found" >&2; exit 127')
    _python(tmp_path, "python3.12", "exit 0")

    found = _sourced(tmp_path, "find_python")

    assert (found.returncode, found.stdout.strip()) == (0, "python3.12")


def test_the_first_of_the_new_enough_is_taken(tmp_path: Path) -> None:
    for name in ("python3.13", "python3.11", "python3"):
        _python(tmp_path, name, "exit 0")

    assert _sourced(tmp_path, "find_python").stdout.strip() == "python3.13"


def test_an_old_python_is_refused_in_one_sentence(tmp_path: Path) -> None:
    _python(tmp_path, "python3", "exit 1")

    found = _sourced(tmp_path, "find_python")

    assert found.returncode == 1
    assert "needs Python 3.11 or newer" in found.stderr
    assert "Traceback" not in found.stderr


def test_a_python_without_venv_is_told_apart_from_none(tmp_path: Path) -> None:
    _python(tmp_path, "python3.11", 'case "$*" in *ensurepip*) exit 1;; esac; exit 0')

    found = _sourced(tmp_path, "find_python")

    assert found.returncode == 1
    assert "python3.11-venv" in found.stderr


def test_an_environment_that_is_complete_is_left_alone(tmp_path: Path) -> None:
    venv = _environment(tmp_path, "local")

    ran = _sourced(tmp_path, "bootstrap local", cwd=tmp_path)

    assert (ran.returncode, ran.stderr) == (0, "")
    assert _calls(venv) == []


def test_whoever_runs_the_checks_keeps_them_when_something_is_deployed(tmp_path: Path) -> None:
    venv = _environment(tmp_path, "dev")
    _program(venv / "bin" / "pytest", "exit 0")

    ran = _sourced(tmp_path, "bootstrap local", cwd=tmp_path)

    assert (ran.returncode, _calls(venv)) == (0, [])


def test_a_changed_list_is_installed_again_with_its_hashes(tmp_path: Path) -> None:
    venv = _environment(tmp_path, "local")
    (tmp_path / "requirements" / "local.txt").write_text("idna==3.11\n")

    ran = _sourced(tmp_path, "bootstrap local", cwd=tmp_path)

    assert ran.returncode == 0, ran.stderr
    calls = _calls(venv)
    assert any("pip sync" in call and "--require-hashes" in call for call in calls)
    assert any("requirements/local.txt" in call for call in calls)
    assert any("--editable ." in call for call in calls)
    assert _sourced(tmp_path, "bootstrap local", cwd=tmp_path).stderr == ""


def test_an_index_out_of_reach_is_said_in_one_sentence(tmp_path: Path) -> None:
    venv = _environment(tmp_path, "local")
    (tmp_path / "requirements" / "local.txt").write_text("idna==3.11\n")
    _program(venv / "bin" / "uv", "exit 2")

    ran = _sourced(tmp_path, "bootstrap local", cwd=tmp_path)

    assert ran.returncode == 1
    assert "is the package index reachable?" in ran.stderr


def test_no_list_of_requirements_names_a_host() -> None:
    for path in (CHECKOUT / "requirements").iterdir():
        text = path.read_text(encoding="utf-8")
        assert "://" not in text, path.name
        assert "--index-url" not in text, path.name


def test_every_pinned_requirement_has_a_hash() -> None:
    for path in (CHECKOUT / "requirements").glob("*.txt"):
        text = path.read_text(encoding="utf-8")
        assert text.count("==") <= text.count("--hash=sha256:"), path.name


@pytest.mark.parametrize("door", ["deploy.sh", "cleanup.sh"])
def test_help_needs_nothing_installed(door: str, tmp_path: Path) -> None:
    ran = subprocess.run(
        [CHECKOUT / door, "--help"], capture_output=True, text=True, check=False, cwd=tmp_path
    )

    assert ran.returncode == 0
    assert "--local" in ran.stdout


def _sourced(
    path_first: Path, command: str, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command of scripts/bootstrap.sh where only the faked Pythons are found."""
    tools = path_first / "tools"
    tools.mkdir(exist_ok=True)
    for name in ("cat", "bash", "mkdir"):
        link = tools / name
        if not link.exists():
            link.symlink_to(_which(name))
    return subprocess.run(
        ["bash", "-c", f"set -euo pipefail; . '{CHECKOUT}/scripts/bootstrap.sh'; {command}"],
        env={"PATH": f"{path_first}:{tools}", "HOME": str(path_first)},
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd or CHECKOUT,
    )


def _environment(folder: Path, installed: str) -> Path:
    """An environment whose programs only write down what they are asked for."""
    (folder / "requirements").mkdir()
    for name in ("bootstrap", "local", "dev"):
        (folder / "requirements" / f"{name}.txt").write_text(f"# {name}\n")
    (folder / "pyproject.toml").write_text("")
    venv = folder / ".venv"
    (venv / "bin").mkdir(parents=True)
    real = CHECKOUT / ".venv" / "bin" / "python"
    record = f'echo "$0 $*" >>"{folder}/calls"'
    _program(
        venv / "bin" / "python",
        f'case "$*" in "-m pip"*) {record}; exit 0;; esac; exec "{real}" "$@"',
    )
    _program(venv / "bin" / "uv", record)
    marked = _sourced(
        folder, f'fingerprint_of .venv {installed} >".venv/.itops-{installed}"', cwd=folder
    )
    assert marked.returncode == 0, marked.stderr
    (folder / "calls").unlink(missing_ok=True)
    return venv


def _calls(venv: Path) -> list[str]:
    journal = venv.parent / "calls"
    return journal.read_text().splitlines() if journal.exists() else []


def _python(folder: Path, name: str, body: str) -> None:
    _program(folder / name, body)


def _program(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def _which(name: str) -> Path:
    for folder in os.environ["PATH"].split(os.pathsep):
        if (Path(folder) / name).exists():
            return Path(folder) / name
    raise AssertionError(f"there is no {name} on this machine")
