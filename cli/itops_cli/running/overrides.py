"""Files that override `config/itops.yaml` for one run: deep-merged, checked, and told by name."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from itops_core.domain.refusals import reason_of
from itops_core.errors import InvalidInputError
from itops_core.settings import Config, bundled, overridden

_LARGEST = 1_000_000
_NAMES: Mapping[str, str] = {
    "extra_forbidden": "there is no such setting",
    "missing": "it is missing",
}


def configured(files: Sequence[Path]) -> Config:
    """Return the configuration with these files over it, the last one on top."""
    base = yaml.safe_load((bundled("config") / "itops.yaml").read_text(encoding="utf-8"))
    merged: Any = overridden(base, os.environ)
    read = [(path, _read(path)) for path in files]
    for _, told in read:
        merged = _merged(merged, told)
    try:
        return Config.model_validate(merged)
    except ValidationError as error:
        raise InvalidInputError(_complaint(error, read)) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LARGEST:
            raise InvalidInputError(f"{path}: it is larger than {_LARGEST} bytes")
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InvalidInputError(f"{path}:{line}: {error.problem or 'it is no YAML'}") from error
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise InvalidInputError(f"{path} cannot be read: {error}") from error
    if told is None:
        return {}
    if not isinstance(told, dict):
        raise InvalidInputError(f"{path}: an override is a mapping of settings")
    return told


def _merged(base: Any, told: Any) -> Any:  # noqa: ANN401 - any YAML value
    """Return `base` with `told` over it: mappings are merged, everything else is replaced."""
    if not (isinstance(base, Mapping) and isinstance(told, Mapping)):
        return told
    both = {key: _merged(base[key], value) if key in base else value for key, value in told.items()}
    return {**base, **both}


def _complaint(error: ValidationError, read: Iterable[tuple[Path, dict[str, Any]]]) -> str:
    lines: list[str] = []
    for flaw in error.errors():
        place = flaw["loc"]
        reason = _NAMES.get(flaw["type"]) or reason_of(flaw)
        blamed = [str(path) for path, told in read if _holds(told, place)]
        where = ".".join(str(part) for part in place) or "the settings together"
        lines.append(f"{blamed[-1] if blamed else 'config/itops.yaml'}: {where}: {reason}")
    return "; ".join(lines[:10])


def _holds(told: Any, place: Sequence[int | str]) -> bool:  # noqa: ANN401
    """Whether a file says anything at a place, or at what lies above it."""
    for part in place:
        if isinstance(told, Mapping):
            if part not in told:
                return False
            told = told[part]
        else:
            return True
    return bool(place) or bool(told)
