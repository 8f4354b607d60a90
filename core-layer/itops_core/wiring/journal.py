"""The journal of this process: what its agents do goes to its log, event by event."""

from functools import lru_cache

from itops_core.observability import logger
from itops_core.tools.journal import LoggedJournal


@lru_cache
def journal() -> LoggedJournal:
    """Return the journal: structured lines, in AWS in CloudWatch Logs."""
    return LoggedJournal(logger("agent"))
