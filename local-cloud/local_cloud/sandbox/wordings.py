"""The same trouble in other words: log lines of variants."""

import re
from functools import lru_cache
from random import Random

import yaml
from pydantic import Field

from itops_core.domain.values import Value
from itops_core.settings import bundled

_HOST = re.compile(r"https?://([\w.-]+)|host='([\w.-]+)'|from ([\w.-]+\.\w+)|ENOTFOUND ([\w.-]+)")
_SOMEBODY = "upstream"


class Family(Value):
    """Lines that tell of the same trouble."""

    family: str
    match: str
    never: str = r"\A\Z"
    say: tuple[str, ...] = Field(min_length=1)

    def tells(self, message: str) -> bool:
        """Whether a line is one of this family."""
        found = re.search(self.match, message, re.IGNORECASE)
        return bool(found) and not re.search(self.never, message, re.IGNORECASE)


@lru_cache
def families() -> tuple[Family, ...]:
    """Return what `scenarios/wordings.yaml` has."""
    text = (bundled("scenarios") / "wordings.yaml").read_text(encoding="utf-8")
    return tuple(Family.model_validate(raw) for raw in yaml.safe_load(text))


def said_otherwise(message: str, names: frozenset[str], chance: Random) -> str:
    """Return the line in other words, or as it is where nobody knows others."""
    for family in families():
        if family.tells(message):
            return chance.choice(family.say).replace("<other>", _other(message, names))
    return message


def _other(message: str, names: frozenset[str]) -> str:
    """Return the host or part that a line is about."""
    found = _HOST.search(message)
    if found:
        return next(group for group in found.groups() if group)
    words = re.findall(r"[\w-]+", message)
    return next((word for word in words if word in names), _SOMEBODY)
