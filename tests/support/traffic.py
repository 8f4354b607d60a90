"""Traffic for tests that are about something else."""

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.traffic import Traffic
from itops_core.remediation.assessment import LiveState


def nothing_counted(state: LiveState, entry: CatalogEntry | None) -> Traffic | None:
    """Measure nothing: there is nothing that could reach it."""
    del state, entry
    return None
