"""Placeholders in log templates: `{id}`, `{int:1-9}`, `{float:0.1-0.9}`, `{pick:a|b}`, `{ip}`,
`{uuid}`."""

import re
from random import Random

_PLACEHOLDER = re.compile(r"\{([a-z]+)(?::([^{}\"]*))?\}")
_KNOWN = {"id", "int", "float", "pick", "ip", "uuid"}


def check(template: str) -> None:
    """Raise a `ValueError` where `template` has a placeholder that nothing fills."""
    for name, argument in _PLACEHOLDER.findall(template):
        if name not in _KNOWN:
            raise ValueError(f"unknown placeholder {{{name}}}; known: {', '.join(sorted(_KNOWN))}")
        if name in {"int", "float"} and not re.fullmatch(r"[\d.]+-[\d.]+", argument):
            raise ValueError(f"{{{name}}} needs a range such as {{{name}:1-9}}")
        if name == "pick" and not argument:
            raise ValueError("{pick} needs choices such as {pick:a|b}")


def filled(template: str, chance: Random) -> str:
    """Return `template` with every placeholder replaced."""
    return _PLACEHOLDER.sub(lambda match: _one(match[1], match[2] or "", chance), template)


def _one(name: str, argument: str, chance: Random) -> str:
    if name == "id":
        return f"{chance.getrandbits(48):012x}"
    if name == "ip":
        return f"10.{chance.randint(0, 3)}.{chance.randint(1, 250)}.{chance.randint(1, 250)}"
    if name == "uuid":
        return uuid_of(chance.getrandbits(128))
    if name == "pick":
        return chance.choice(argument.split("|"))
    low, high = (float(part) for part in argument.split("-"))
    if name == "int":
        return str(chance.randint(int(low), int(high)))
    return f"{chance.uniform(low, high):.2f}"


def uuid_of(bits: int) -> str:
    """Return 128 bits as AWS writes a request id."""
    text = f"{bits:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
