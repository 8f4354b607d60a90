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

    @property
    def near(self) -> tuple[CatalogEntry, ...]:
        """The chosen entries and all that they lean on."""
        names = {name for one in self.chosen for name in self.leaned_on_by(one.entry_id)}
        return tuple(entry for entry in self.entries if entry.entry_id in names)

    def leaned_on_by(self, name: str) -> set[str]:
        """Return a name with those of all that it leans on."""
        leans_on = {one.entry_id: one.depends_on for one in self.entries}
        found, ahead = {name}, [name]
        while ahead:
            new = [one for one in leans_on.get(ahead.pop(), ()) if one not in found]
            found.update(new)
            ahead += new
        return found

    def seen(self, tool: str) -> Iterator[Observation]:
        """Yield what a tool has answered."""
        for one in self.observations:
            if one.call.tool == tool and one.status is ObservationStatus.OK:
                yield one
