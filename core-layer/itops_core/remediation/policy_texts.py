"""The Cedar policies as people read them, without the engine that answers by them."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Literal

from itops_core.domain.values import Value
from itops_core.errors import InvalidInputError
from itops_core.settings import bundled

_EACH = re.compile(r"(?m)^(?=@id\()")
_ID = re.compile(r'@id\("([^"]+)"\)')
_REASON = re.compile(r'@reason\("([^"]*)"\)')
_EFFECT = re.compile(r"(?m)^(permit|forbid)\b")


class PolicyText(Value):
    """One policy, as it is written."""

    policy_id: str
    about: Literal["actions", "messages"]
    effect: Literal["permit", "forbid"]
    reason: str
    text: str
    file: str


@lru_cache
def policy_texts() -> tuple[PolicyText, ...]:
    """Return every policy: what may happen first, then what outweighs it."""
    folder = bundled("policies")
    found = [one for path in sorted(folder.glob("*.cedar")) for one in _of(path, "actions")]
    found += [
        one
        for path in sorted((folder / "messages").glob("*.cedar"))
        for one in _of(path, "messages")
    ]
    return tuple(sorted(found, key=lambda one: (one.about, one.effect != "permit")))


def _of(path: Path, about: Literal["actions", "messages"]) -> list[PolicyText]:
    _, *parts = _EACH.split(path.read_text(encoding="utf-8"))
    return [_read(part, about, path.name) for part in parts]


def _read(part: str, about: Literal["actions", "messages"], file: str) -> PolicyText:
    name, effect = _ID.search(part), _EFFECT.search(part)
    if name is None or effect is None or ";" not in part:
        raise InvalidInputError(f"{file} holds a policy that cannot be read: {part[:80]!r}")
    reason = _REASON.search(part)
    return PolicyText(
        policy_id=name[1],
        about=about,
        effect="permit" if effect[1] == "permit" else "forbid",
        reason=reason[1] if reason else "",
        text=part[: part.rindex(";") + 1],
        file=file,
    )
