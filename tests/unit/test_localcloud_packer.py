"""Packing: the same sources give the same digest, whatever their dates and places."""

import io
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from local_cloud.packer import code_package, common_layer, empty_layer


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "functions"
    (folder / "agent" / "__pycache__").mkdir(parents=True)
    (folder / "agent" / "__init__.py").write_text("")
    (folder / "agent" / "handler.py").write_text("def handler(event, context):\n    return 1\n")
    (folder / "agent" / "prompt.md").write_text("Be brief.\n")
    (folder / "agent" / "__pycache__" / "handler.cpython-311.pyc").write_bytes(b"stale")
    return folder


def names_in(zipped: bytes) -> set[str]:
    return set(zipfile.ZipFile(io.BytesIO(zipped)).namelist())


def test_dates_and_places_do_not_change_the_digest(sources: Path, tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere"
    shutil.copytree(sources, copy)
    os.utime(copy / "agent" / "handler.py", (1, 1))

    assert code_package(copy).digest == code_package(sources).digest


@pytest.mark.parametrize("name", ["agent/handler.py", "agent/prompt.md", "agent/new.py"])
def test_every_content_changes_the_digest(sources: Path, name: str) -> None:
    before = code_package(sources).digest
    (sources / name).write_text("CHANGED = True\n")

    assert code_package(sources).digest != before


def test_a_moved_file_changes_the_digest(sources: Path) -> None:
    before = code_package(sources).digest
    (sources / "agent" / "handler.py").rename(sources / "agent" / "other.py")

    assert code_package(sources).digest != before


def test_compiled_files_are_made_afresh_and_caches_left_out(sources: Path) -> None:
    names = names_in(code_package(sources).zipped())

    assert names == {
        "agent/__init__.py",
        f"agent/__pycache__/__init__.{sys.implementation.cache_tag}.pyc",
        "agent/handler.py",
        f"agent/__pycache__/handler.{sys.implementation.cache_tag}.pyc",
        "agent/prompt.md",
    }


def test_an_unpacked_module_is_loaded_from_its_compiled_file(sources: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(io.BytesIO(code_package(sources).zipped())).extractall(tmp_path / "unpacked")
    told = subprocess.run(
        [sys.executable, "-B", "-v", "-c", "import agent.handler; agent.handler.handler({}, 0)"],
        cwd=tmp_path / "unpacked",
        capture_output=True,
        text=True,
        check=True,
    )

    assert "code object from" in told.stderr
    assert f"handler.{sys.implementation.cache_tag}.pyc'" in told.stderr


def test_a_missing_folder_is_an_error_and_not_an_empty_function(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no folder"):
        code_package(tmp_path / "nowhere")


def test_the_common_layer_carries_the_core_and_its_data(tmp_path: Path) -> None:
    core = tmp_path / "core-layer" / "itops_core"
    core.mkdir(parents=True)
    (core / "settings.py").write_text("")
    for folder in ("config", "policies", "knowledge-base"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "one.txt").write_text(folder)

    names = set(common_layer(tmp_path).files)

    assert names == {
        "python/itops_core/settings.py",
        "python/itops_core/bundled/config/one.txt",
        "python/itops_core/bundled/policies/one.txt",
        "python/itops_core/bundled/knowledge-base/one.txt",
    }


def test_an_empty_layer_is_a_valid_archive() -> None:
    assert len(names_in(empty_layer().zipped())) == 1
