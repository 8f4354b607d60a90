"""One thing that was seen, in a sentence, with the words that prove it."""

from dataclasses import dataclass

from itops_core.domain.evidence import Citation
from itops_core.domain.investigation import Observation
from itops_core.reasoning.offline.reading import moment

_QUOTE = 200


@dataclass(frozen=True)
class Fact:
    """One thing that was seen."""

    text: str
    citations: tuple[Citation, ...]
    trouble: float = 0.0
    """How much it tells of something wrong, from 0 to 1."""
    cause: str = ""
    confidence: float = 0.0
    """Of the cause."""
    steps: tuple[str, ...] = ()
    is_change: bool = False
    is_on_topic: bool = False
    """It is of the kind that was asked about."""
    has_words: bool = False
    """It holds the very words that were asked for."""
    gist: str = ""
    """In a few words, where the text is long."""
    is_over: bool = False
    """It went back to what is usual, or has not been seen for a while."""
    about: str = ""
    """The entry of the catalog that it tells of, where one is known."""
    weight: float = 0.0
    """Its trouble, as much as the tier of what it tells of makes of it."""

    @property
    def rank(self) -> tuple[bool, float]:
        """What lasts comes before what is over, and then what weighs most."""
        return (not self.is_over, self.weight)


def cited(seen: Observation, *quotes: str) -> tuple[Citation, ...]:
    """Return citations of one answer; what is cut or too short to prove anything is left out."""
    if seen.evidence_id is None:
        return ()
    return tuple(
        Citation(evidence_id=seen.evidence_id, quote=quote[:_QUOTE].rstrip("…"))
        for quote in quotes
        if len(quote.strip()) >= 3
    )


def uncut(summary: str) -> str:
    """Return the part of a text that is sure to stand in the evidence: up to where it was cut."""
    return summary.split("…", maxsplit=1)[0][:_QUOTE]


def clock(value: object) -> str:
    """Return a moment as people read it."""
    at = moment(value)
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "at an unknown time"
