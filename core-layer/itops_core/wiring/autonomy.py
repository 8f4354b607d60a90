"""The records of what each class of actions has shown."""

from functools import lru_cache

from itops_core.remediation.autonomy import TrackRecords, seeds
from itops_core.settings import config
from itops_core.stores.track_record import TrackRecordStore
from itops_core.wiring import stores


@lru_cache
def track_record_store() -> TrackRecordStore:
    """Return the store of what came of actions."""
    return TrackRecordStore(stores.runtime(), config().autonomy.window)


@lru_cache
def track_records() -> TrackRecords:
    """Return the records, held against the bar."""
    return TrackRecords(track_record_store().trials, seeds(), config().autonomy)
