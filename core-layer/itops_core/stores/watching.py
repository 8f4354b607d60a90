"""The record of the last round of watching, and who is on one now."""

import secrets

from pydantic import ValidationError

from itops_core.domain.fleet import FleetView
from itops_core.domain.reports import WatchRecord
from itops_core.stores.runtime import RuntimeStore

_LATEST = "watch#latest"
_FLEET = "watch#fleet"
_DEVICES = 400
_ASKED_SECONDS = 15
_RUNNING = "watch#running"
_KEPT_SECONDS = 7 * 24 * 3600
_FINDINGS = 40
_CLAIMS = 4
_LEASE_SECONDS = 600


class WatchStore:
    """Keeps the newest round; of two at once the second is left out."""

    def __init__(self, runtime: RuntimeStore) -> None:
        self._runtime = runtime

    def begin(self, run_id: str) -> bool:
        """Take the round, unless somebody else is on one; the same id may try again."""
        mine = {"run_id": run_id}
        return (
            self._runtime.begin(_RUNNING, _LEASE_SECONDS, mine)
            or self._runtime.read(_RUNNING) == mine
        )

    def end(self, record: WatchRecord) -> None:
        """Keep the record of a round, and let the next one begin."""
        self._runtime.put(_LATEST, _bounded(record).model_dump(mode="json"), _KEPT_SECONDS)
        self._runtime.delete(_RUNNING)

    def give_up(self) -> None:
        """Let the next round begin."""
        self._runtime.delete(_RUNNING)

    def latest(self) -> WatchRecord | None:
        """Return the newest record; one of another release reads as none."""
        found = self._runtime.read(_LATEST)
        try:
            return WatchRecord.model_validate(found) if found else None
        except ValidationError:
            return None


class FleetStore:
    """Keeps how the fleet was when it was looked at last."""

    def __init__(self, runtime: RuntimeStore) -> None:
        self._runtime = runtime

    def put(self, view: FleetView) -> FleetView:
        """Keep the view, as much of it as fits into one item, and return what is kept."""
        kept = view.model_copy(
            update={
                "devices": view.devices[:_DEVICES],
                "truncated": view.truncated or len(view.devices) > _DEVICES,
            }
        )
        self._runtime.put(_FLEET, kept.model_dump(mode="json"), _KEPT_SECONDS)
        return kept

    def latest(self) -> FleetView | None:
        """Return the newest view; one of another release reads as none."""
        found = self._runtime.read(_FLEET)
        try:
            return FleetView.model_validate(found) if found else None
        except ValidationError:
            return None

    def may_refresh(self) -> bool:
        """Take it upon the caller to have the fleet looked at; `False` where somebody just has."""
        return self._runtime.begin(f"{_FLEET}#asked", _ASKED_SECONDS)


def new_run_id() -> str:
    """Return an id for a round that nobody has named."""
    return f"WATCH-{secrets.token_hex(4).upper()}"


def _bounded(record: WatchRecord) -> WatchRecord:
    """Return a record that fits into one item, the worst findings first."""
    findings = tuple(
        one.model_copy(update={"more": one.more[:_CLAIMS]})
        for one in record.report.findings[:_FINDINGS]
    )
    return record.model_copy(
        update={
            "report": record.report.model_copy(update={"findings": findings}),
            "fates": record.fates[:_FINDINGS],
        }
    )
