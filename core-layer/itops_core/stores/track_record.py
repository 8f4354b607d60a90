"""What came of each class of actions, latest last: one small record each, in the Runtime table."""

from pydantic import TypeAdapter

from itops_core.domain.autonomy import Trial
from itops_core.errors import ConflictError
from itops_core.stores.runtime import RuntimeStore

_KEEP_SECONDS = 400 * 24 * 3600
_TRIES = 10
_TRIALS = TypeAdapter(tuple[Trial, ...])


class TrackRecordStore:
    """Trials by class of action; a later word on one takes the place of the earlier."""

    def __init__(self, runtime: RuntimeStore, window: int) -> None:
        self._runtime = runtime
        self._window = window

    def trials(self, action: str) -> tuple[Trial, ...]:
        """Return the latest trials of a class of actions, oldest first."""
        return _read(self._runtime.read(_key(action)))

    def record(self, action: str, trial: Trial) -> tuple[tuple[Trial, ...], tuple[Trial, ...]]:
        """Add a trial, or what is now known of it; return the record before it and with it.

        For a repeat, which changes nothing, before is what there would be without the trial.
        """
        key = _key(action)
        for _ in range(_TRIES):
            held = self._runtime.read(key)
            known = _read(held)
            if trial in known:
                return tuple(one for one in known if one.key != trial.key), known
            kept = _with(known, trial)[-self._window :]
            value = {"trials": _TRIALS.dump_python(kept, mode="json")}
            if held is None and self._runtime.begin(key, _KEEP_SECONDS, value):
                return known, kept
            if held is not None and self._runtime.replace(key, held, value, _KEEP_SECONDS):
                return known, kept
        raise ConflictError(f"the record of {action} was changed by others all the time")


def _with(known: tuple[Trial, ...], trial: Trial) -> tuple[Trial, ...]:
    if any(one.key == trial.key for one in known):
        return tuple(trial if one.key == trial.key else one for one in known)
    return (*known, trial)


def _key(action: str) -> str:
    return f"track-record#{action}"


def _read(held: dict[str, object] | None) -> tuple[Trial, ...]:
    return _TRIALS.validate_python(held["trials"]) if held else ()
