"""The base of every value: frozen, closed to unknown fields, and JSON on the outside."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _as_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a time needs its offset, for example 2026-11-20T03:00:00Z")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("the time lies outside the years 1 to 9999") from error


Moment = Annotated[datetime, AfterValidator(_as_utc)]
"""An aware time, kept in UTC."""

Confidence = Annotated[float, Field(ge=0, le=1)]
"""A probability, from 0 to 1."""

IncidentId = Annotated[str, Field(pattern=r"^INC-[0-9A-F]{8}$")]
ApprovalId = Annotated[str, Field(pattern=r"^APR-[0-9A-F]{8}$")]
EvidenceId = Annotated[str, Field(pattern=r"^EV-[0-9A-F]{8}$")]


class Value(BaseModel):
    """A frozen value: a change returns a new one.

    Its validator is built at its first use: a function starts with many kinds it never meets.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


def utc_now() -> datetime:
    """Return the present moment, in UTC."""
    return datetime.now(UTC)


def canonical_json(value: object) -> str:
    """Return the one JSON text of `value`: sorted keys, no spaces, times in ISO 8601."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_json_of
    )


def sha256_of(value: object) -> str:
    """Return the hex sha256 of the canonical JSON of `value`."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def new_id(prefix: str) -> str:
    """Return a fresh identifier such as `INC-1A2B3C4D`."""
    return f"{prefix}-{secrets.token_hex(4).upper()}"


def derived_id(prefix: str, *parts: object) -> str:
    """Return the identifier that the same parts always give, so that a repeat finds its own."""
    return f"{prefix}-{sha256_of([str(part) for part in parts])[:8].upper()}"


def _json_of(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
