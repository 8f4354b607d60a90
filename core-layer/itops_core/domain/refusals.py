"""Why a value cannot be used, in words: the checker's own texts are written for programmers."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

_MEMBER = re.compile(r"<\w+\.\w+: ([^>]*)>")
"""How a choice of an enumeration is written where only some are taken."""

Told = Mapping[str, Any]
"""What a fault's bounds are."""

_WORDS: dict[str, str | Callable[[Told], str]] = {
    "missing": "is needed",
    "extra_forbidden": "is not known here",
    "frozen_field": "cannot be changed",
    "none_required": "has to be left out",
    "string_type": "has to be text",
    "string_sub_type": "has to be text",
    "string_unicode": "has to be text in UTF-8",
    "string_pattern_mismatch": lambda told: f"does not match the pattern {told['pattern']}",
    "string_too_short": lambda told: _at_least(told["min_length"], "character"),
    "string_too_long": lambda told: f"holds more than {_some(told['max_length'], 'character')}",
    "too_short": lambda told: _at_least(told["min_length"], "entry"),
    "too_long": lambda told: f"holds more than {_some(told['max_length'], 'entry')}",
    "int_type": "has to be a whole number",
    "int_parsing": "has to be a whole number",
    "int_parsing_size": "is too large a number",
    "int_from_float": "has to be a whole number",
    "float_type": "has to be a number",
    "float_parsing": "has to be a number",
    "finite_number": "has to be a finite number",
    "bool_type": "has to be true or false",
    "bool_parsing": "has to be true or false",
    "greater_than": lambda told: f"has to be more than {told['gt']:g}",
    "greater_than_equal": lambda told: f"has to be at least {told['ge']:g}",
    "less_than": lambda told: f"has to be less than {told['lt']:g}",
    "less_than_equal": lambda told: f"has to be at most {told['le']:g}",
    "enum": lambda told: f"has to be {_either(told['expected'])}",
    "literal_error": lambda told: f"has to be {_either(told['expected'])}",
    "list_type": "has to be a list",
    "tuple_type": "has to be a list",
    "set_type": "has to be a list",
    "frozen_set_type": "has to be a list",
    "dict_type": "has to be an object",
    "model_type": "has to be an object",
    "model_attributes_type": "has to be an object",
    "dataclass_type": "has to be an object",
    "datetime_type": "has to be a time, such as 2026-11-20T03:00:00Z",
    "datetime_parsing": "has to be a time, such as 2026-11-20T03:00:00Z",
    "datetime_from_date_parsing": "has to be a time, such as 2026-11-20T03:00:00Z",
    "datetime_object_invalid": "has to be a time, such as 2026-11-20T03:00:00Z",
    "timezone_aware": "needs its offset, such as Z or +01:00",
    "date_type": "has to be a day, such as 2026-11-20",
    "date_parsing": "has to be a day, such as 2026-11-20",
    "date_from_datetime_parsing": "has to be a day, such as 2026-11-20",
    "json_invalid": lambda told: f"is not JSON: {told['error']}",
    "value_error": lambda told: str(told["error"]),
    "recursion_loop": "is nested too deeply",
}
_OF_WHOLE_SENTENCES = {"value_error"}
"""Their reasons are written here, and name what they are about."""


def in_words(error: ValidationError, whole: str, most: int = 20) -> tuple[str, ...]:
    """Return a sentence for each fault; `whole` is what a fault of no single field is about."""
    return tuple(_sentences(error, whole))[:most]


def reason_of(fault: Mapping[str, Any]) -> str:
    """Return what is wrong with the value that a fault is about, to stand behind its name."""
    words = _WORDS.get(fault["type"])
    if words is None:
        return f"cannot be used: {fault['msg']}"
    return words if isinstance(words, str) else words(fault.get("ctx") or {})


def name_of(place: Sequence[int | str]) -> str:
    """Return where in a value a fault is: short and printable, for a caller may have named it."""
    parts = ("".join(mark for mark in str(part)[:80] if mark.isprintable()) for part in place)
    return ".".join(parts)


def _sentences(error: ValidationError, whole: str) -> Iterator[str]:
    faults = error.errors(include_url=False, include_input=False)
    for fault in faults:
        if _is_echo(fault, faults):
            continue
        place = name_of(fault["loc"])
        if fault["type"] in _OF_WHOLE_SENTENCES:
            yield f"{place}: {reason_of(fault)}" if place else reason_of(fault)
        else:
            yield f"{place or whole} {reason_of(fault)}"


def _is_echo(fault: Mapping[str, Any], faults: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a list is said to be too short only because what it holds is faulty itself."""
    place = fault["loc"]
    return fault["type"] == "too_short" and any(
        len(one["loc"]) > len(place) and one["loc"][: len(place)] == place for one in faults
    )


def _at_least(count: int, what: str) -> str:
    return "must not be empty" if count == 1 else f"needs at least {_some(count, what)}"


def _some(count: int, what: str) -> str:
    many = f"{what[:-1]}ies" if what.endswith("y") else f"{what}s"
    return f"{count:,} {what if count == 1 else many}"


def _either(expected: str) -> str:
    names = _MEMBER.sub(r"\1", expected).replace("'", "")
    return f"one of {names}" if " or " in names else names
