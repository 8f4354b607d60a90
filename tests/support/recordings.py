"""The recorded executions in tests/data/executions, by name."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from monitoring_server.analysis.executions.definitions import Definition, parse_definition
from monitoring_server.analysis.executions.files import events_in

FOLDER = Path(__file__).parents[1] / "data" / "executions"
NAMES = sorted(path.name.removesuffix(".history.json") for path in FOLDER.glob("*.history.json"))


def history(name: str) -> list[Mapping[str, Any]]:
    """Return the events of a recording."""
    return list(events_in((FOLDER / f"{name}.history.json").read_text(encoding="utf-8")))


def definition(name: str) -> Definition:
    """Return the definition it ran by."""
    return parse_definition((FOLDER / f"{name}.definition.json").read_text(encoding="utf-8"))
