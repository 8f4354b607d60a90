"""Packs functions, servers and layers for the local cloud; same sources, same digest.

The dependencies of the layers come from the interpreter that runs the emulator, so a layer here
holds our own code alone. Compiled files go along: a worker unpacks its code afresh at each cold
start and would else compile everything again.
"""

import hashlib
import importlib.util
import io
import py_compile
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

BUNDLED = ("config", "policies", "runbooks", "knowledge-base", "scenarios")
_EPOCH = (1980, 1, 1, 0, 0, 0)
_LEFT_OUT = {"__pycache__", ".pytest_cache", ".ruff_cache", ".mypy_cache", ".DS_Store"}
_LEFT_OUT_SUFFIXES = {".pyc", ".pyo"}


@dataclass(frozen=True)
class Package:
    """What goes into one zip file: names in the archive, and where their content is."""

    files: Mapping[str, Path]

    @property
    def digest(self) -> str:
        """What tells two packages apart: content and interpreter, neither dates nor places."""
        told = hashlib.sha256(str(sys.implementation.cache_tag).encode())
        for name in sorted(self.files):
            told.update(f"\0{name}\0".encode())
            told.update(hashlib.sha256(self.files[name].read_bytes()).digest())
        return told.hexdigest()

    def zipped(self) -> bytes:
        """Return the zip file, with compiled files beside their sources."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            for name in sorted(self.files):
                content = self.files[name].read_bytes()
                _add(archive, name, content)
                if name.endswith(".py"):
                    _add(archive, importlib.util.cache_from_source(name), _compiled(name, content))
            if not self.files:
                _add(archive, "python/EMPTY", b"its content comes from the interpreter\n")
        return buffer.getvalue()


def code_package(folder: Path) -> Package:
    """Return the package of a source root such as `lambda-functions/`."""
    return Package(_files(folder, ""))


def common_layer(checkout: Path) -> Package:
    """Return the layer that every function has: the core and the data that is shipped with it."""
    core = checkout / "core-layer" / "itops_core"
    files = _files(core, "python/itops_core/")
    for folder in BUNDLED:
        if (checkout / folder).is_dir():
            files |= _files(checkout / folder, f"python/itops_core/bundled/{folder}/")
    return Package(files)


def empty_layer() -> Package:
    """Return a layer all of whose content is installed beside the emulator anyway."""
    return Package({})


def _files(folder: Path, prefix: str) -> dict[str, Path]:
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder} to pack")
    return {
        prefix + path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and path.suffix not in _LEFT_OUT_SUFFIXES
        and not _LEFT_OUT.intersection(path.relative_to(folder).parts)
    }


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content)


def _compiled(name: str, content: bytes) -> bytes:
    """Compile so that the interpreter believes it unchecked: unpacking gives new dates."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "source.py"), Path(folder, "compiled.pyc")
        source.write_bytes(content)
        py_compile.compile(
            str(source),
            cfile=str(target),
            dfile=name,
            doraise=True,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
        return target.read_bytes()
