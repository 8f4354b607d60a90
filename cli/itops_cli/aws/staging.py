"""Lays out, in `.build/aws`, exactly what `sam deploy` is to upload: clean sources and layers."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from itops_cli.aws.layers import build_dependencies, check_size, compile_for_lambda
from local_cloud.packer import BUNDLED

CHECKOUT = Path(__file__).resolve().parents[3]
SOURCES = ("lambda-functions", "mcp-servers")
_NO_SOURCES = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")


@dataclass(frozen=True)
class Stage:
    """A folder with the template, and beside it everything that the template points at."""

    folder: Path
    megabytes: float
    compiled: bool

    @property
    def template(self) -> Path:
        """The template in it."""
        return self.folder / "template.yaml"


def stage(checkout: Path = CHECKOUT) -> Stage:
    """Build the layers and lay everything out afresh."""
    build = checkout / ".build"
    requirements = checkout / "requirements"
    folder = build / "aws"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy2(checkout / "template.yaml", folder)
    shutil.copytree(checkout / "statemachine", folder / "statemachine", ignore=_NO_SOURCES)
    for name in SOURCES:
        shutil.copytree(checkout / name, folder / name, ignore=_NO_SOURCES)

    runtime, llm = requirements / "runtime.txt", requirements / "llm.txt"
    common_layer, llm_layer = folder / ".build/common-layer", folder / ".build/llm-layer"
    _link_tree(build_dependencies(runtime, build / "dependencies"), common_layer / "python")
    _link_tree(build_dependencies(llm, build / "dependencies", runtime), llm_layer / "python")
    core = common_layer / "python" / "itops_core"
    _copy_core(checkout, core)
    compiled = all([compile_for_lambda(core), *(compile_for_lambda(folder / n) for n in SOURCES)])
    megabytes = check_size(common_layer, llm_layer, *(folder / name for name in SOURCES))
    return Stage(folder, megabytes, compiled)


def _copy_core(checkout: Path, core: Path) -> None:
    shutil.copytree(checkout / "core-layer" / "itops_core", core, ignore=_NO_SOURCES)
    for name in BUNDLED:
        if (checkout / name).is_dir():
            shutil.copytree(checkout / name, core / "bundled" / name, ignore=_NO_SOURCES)


def _link_tree(source: Path, target: Path) -> None:
    """Copy a folder by hard links where the file system allows it: it is large."""
    try:
        shutil.copytree(source, target, copy_function=os.link)
    except (OSError, shutil.Error):
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target)
