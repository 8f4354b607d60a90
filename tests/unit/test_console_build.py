"""Building the console: once for the same sources, and said plainly where it cannot be done."""

import importlib.util
import stat
from pathlib import Path
from types import ModuleType

import pytest

_SCRIPT = Path(__file__).parents[2] / "scripts" / "build_console.py"
_NPM = """#!/bin/sh
mkdir -p node_modules/vite/bin
printf 'ci\\n' >> ../calls
"""
_NODE = """#!/bin/sh
if [ "$1" = --version ]; then echo {version}; exit; fi
printf 'build\\n' >> ../calls
mkdir -p dist && echo built > dist/index.html
"""


@pytest.fixture
def builder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script on a checkout of its own, with a Node that only writes down that it ran."""
    spec = importlib.util.spec_from_file_location("build_console", _SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    ui = tmp_path / "web-ui"
    ui.mkdir()
    (ui / "package-lock.json").write_text("{}")
    (ui / "main.ts").write_text("one")
    (tmp_path / "statemachine").mkdir()
    (tmp_path / "statemachine" / "incident_response.asl.yaml").write_text("States: {}")
    places = {"CHECKOUT": tmp_path, "UI": ui, "DIST": ui / "dist", "PLACE": tmp_path / ".build"}
    for name, place in places.items():
        monkeypatch.setattr(module, name, place)
    monkeypatch.setattr("sys.argv", ["build_console.py"])
    _programs(tmp_path, monkeypatch, node=_NODE.format(version="v24.1.0"))
    return module


def _programs(folder: Path, monkeypatch: pytest.MonkeyPatch, *, node: str, npm: str = _NPM) -> None:
    place = folder / "bin"
    place.mkdir(exist_ok=True)
    for name, text in (("node", node), ("npm", npm)):
        (place / name).write_text(text)
        (place / name).chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{place}:/usr/bin:/bin")


def _calls(folder: Path) -> list[str]:
    return (folder / "calls").read_text().split()


def test_the_same_sources_are_built_once_and_changed_ones_again(
    builder: ModuleType, tmp_path: Path
) -> None:
    assert [builder.main(), builder.main()] == [0, 0]
    assert _calls(tmp_path) == ["ci", "build"]

    (tmp_path / "web-ui" / "main.ts").write_text("two")
    assert builder.main() == 0

    assert _calls(tmp_path) == ["ci", "build", "build"]
    assert builder.is_fresh()


def test_another_lock_is_installed_anew(builder: ModuleType, tmp_path: Path) -> None:
    builder.main()
    (tmp_path / "web-ui" / "package-lock.json").write_text('{"other": 1}')

    builder.main()

    assert _calls(tmp_path) == ["ci", "build", "ci", "build"]


def test_without_the_registry_it_says_so_and_nothing_breaks(
    builder: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    away = "#!/bin/sh\necho 'getaddrinfo ENOTFOUND' >&2\nexit 1\n"
    _programs(tmp_path, monkeypatch, node=_NODE.format(version="v24.1.0"), npm=away)

    assert builder.main() == builder.CANNOT

    told = capsys.readouterr().err
    assert "the web console is not built: npm ci failed (is npm's registry reachable?)" in told
    assert "ENOTFOUND" in told
    assert not builder.is_fresh()


@pytest.mark.parametrize(
    ("version", "runs"),
    [("v20.18.9", False), ("v20.19.0", True), ("v21.7.0", False), ("v22.11.0", False),
     ("v22.12.0", True), ("v24.0.0", True), ("nonsense", False)],
)  # fmt: skip
def test_only_a_node_that_vite_runs_on_is_taken(
    builder: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    version: str,
    runs: bool,
) -> None:
    _programs(tmp_path, monkeypatch, node=_NODE.format(version=version))

    assert builder._is_new_enough(str(tmp_path / "bin" / "node")) is runs
