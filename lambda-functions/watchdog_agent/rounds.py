"""Rounds of watching in a deployment: one at a time, kept, and people told of what is bad."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from itops_core.domain.reports import WatchRecord
from itops_core.observability import logger
from itops_core.stores.watching import WatchStore, new_run_id
from watchdog_agent.agent import Watchdog

_log = logger("watchdog_agent")


@dataclass(frozen=True)
class Rounds:
    """Makes a round when the schedule, or a person, asks for one."""

    watchdog: Watchdog
    store: WatchStore
    tell: Callable[[WatchRecord], object]

    def make(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Make the round that an event asks for; the same event again is the same round."""
        asked = event.get("watch")
        wish: Mapping[str, Any] = asked if isinstance(asked, Mapping) else {}
        run_id = str(wish.get("run_id") or event.get("id") or new_run_id())
        if not self.store.begin(run_id):
            _log.info("round left out", run_id=run_id)
            return {"run_id": run_id, "outcome": "busy"}
        trigger = str(wish.get("trigger") or "schedule")
        try:
            record, _ = self.watchdog.round(run_id, trigger, str(wish.get("device") or ""))
        except BaseException:
            self.store.give_up()
            raise
        self.store.end(record)
        self.tell(record)
        _log.info("round made", run_id=run_id, findings=len(record.report.findings))
        return {
            "run_id": run_id,
            "outcome": "made",
            "findings": len(record.report.findings),
            "opened": [one.incident_id for one in record.fates if one.outcome == "opened"],
        }
