"""What was seen, symptom by symptom, each with the evidence to cite for it."""

import json
from collections.abc import Iterable, Mapping

from pydantic import Field

from itops_core.domain.evidence import Citation
from itops_core.domain.values import Value

_LONGEST_QUOTE = 160


class Sighting(Value):
    """Whether one symptom was there when its source was looked at.

    `strength` is how much that counts: 1 for the full weight, less where it is borderline.
    `wording` is what to say of it where the library's sentence would say too much. What `is_new`
    is known not to have been so before.
    """

    symptom: str
    present: bool
    strength: float = Field(default=1.0, ge=0, le=1)
    detail: str = ""
    wording: str = ""
    is_new: bool = True
    citations: tuple[Citation, ...] = ()


Sightings = Mapping[str, Sighting]


def merged(sightings: Iterable[Sighting]) -> dict[str, Sighting]:
    """Return one sighting per symptom: presence beats absence, strength beats weakness."""
    best: dict[str, Sighting] = {}
    for sighting in sightings:
        known = best.get(sighting.symptom)
        if known is None or _rank(sighting) > _rank(known):
            best[sighting.symptom] = sighting
    return best


def cite(evidence_id: str | None, *quotes: str) -> tuple[Citation, ...]:
    """Return citations of `quotes`, which stand in the evidence to the letter."""
    if evidence_id is None:
        return ()
    return tuple(Citation(evidence_id=evidence_id, quote=quote) for quote in quotes if quote)


def quoted_text(text: str) -> str:
    """Return a span of `text` as it stands in JSON, short, and cut before no escape."""
    inner = json.dumps(text.rstrip("… .") or text, ensure_ascii=False)[1:-1]
    if len(inner) <= _LONGEST_QUOTE:
        return inner
    cut = inner[:_LONGEST_QUOTE]
    return cut[: cut.rindex("\\")] if "\\" in cut[-6:] else cut


def quoted_field(name: str, value: object) -> str:
    """Return `"name":value` as canonical JSON has it."""
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    if isinstance(value, float) and value.is_integer():
        written = str(int(value))
    return f'"{name}":{written}'


def _rank(sighting: Sighting) -> tuple[bool, float]:
    return (sighting.present and sighting.strength >= 0.3, sighting.strength)
