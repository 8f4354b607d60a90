"""Evidence: what a tool answered, kept whole, under an id and a hash that anyone can check."""

from typing import Any

from pydantic import Field

from itops_core.domain.values import (
    EvidenceId,
    IncidentId,
    Moment,
    Value,
    canonical_json,
    sha256_of,
)


class Evidence(Value):
    """One tool's whole answer. `sha256` is over the canonical JSON of `content`."""

    evidence_id: EvidenceId
    incident_id: IncidentId
    server: str
    tool: str
    arguments: dict[str, Any]
    data_source: str
    content: dict[str, Any]
    sha256: str
    collected_at: Moment

    @property
    def text(self) -> str:
        """The canonical JSON of the content: what quotes are taken from."""
        return canonical_json(self.content)

    def is_intact(self) -> bool:
        """Whether the content still has the hash it was stored with."""
        return sha256_of(self.content) == self.sha256


class Citation(Value):
    """A span of one piece of evidence: `quote` occurs, to the letter, in its text."""

    evidence_id: EvidenceId
    quote: str
    span: tuple[int, int] | None = Field(
        default=None,
        description="Where the quote stands in the text, in bytes. Code fills this in; leave it.",
    )


class Claim(Value):
    """One sentence that somebody may check, with where it comes from."""

    text: str
    citations: tuple[Citation, ...]


def span_of(quote: str, text: str) -> tuple[int, int] | None:
    """Return where `quote` first stands in `text`, in bytes of UTF-8, or `None`."""
    at = text.find(quote)
    if at < 0:
        return None
    start = len(text[:at].encode())
    return start, start + len(quote.encode())
