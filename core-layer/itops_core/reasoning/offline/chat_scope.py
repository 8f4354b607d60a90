"""What a question is about: as it was read, what the catalog knows, and what was seen so far."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.investigation import Observation, ObservationStatus
from itops_core.domain.question import Reading


@dataclass(frozen=True)
class Scope:
    """A question, what the catalog knows, and what was seen so far."""

    reading: Reading
    entries: Sequence[CatalogEntry]
    observations: Sequence[Observation]
    is_now: bool
    """Whether the window ends now: then tools are asked without an end."""
    draws: bool = False
    """Whether what stands out is to be seen as a chart, too."""

    @property
    def chosen(self) -> tuple[CatalogEntry, ...]:
        """The entries that the question is about; none where it is about everything."""
        by_id = {entry.entry_id: entry for entry in self.entries}
        return tuple(by_id[name] for name in self.reading.subjects if name in by_id)

    def seen(self, tool: str) -> Iterator[Observation]:
        """Yield what a tool has answered."""
        for one in self.observations:
            if one.call.tool == tool and one.status is ObservationStatus.OK:
                yield one
