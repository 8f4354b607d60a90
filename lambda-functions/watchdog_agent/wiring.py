"""Where the watchdog's settings become objects."""

from functools import lru_cache

from itops_core.domain.incident import Incident
from itops_core.domain.investigation import Agent
from itops_core.domain.reports import FindingFate, WatchRecord
from itops_core.domain.values import utc_now
from itops_core.domain.verdict import Severity
from itops_core.settings import config
from itops_core.stores.watching import WatchStore
from itops_core.wiring.journal import journal
from itops_core.wiring.reasoners import engine_on, reasoners
from itops_core.wiring.stores import incidents, runtime
from itops_core.wiring.workflow import notifications, opener
from itops_core.workflow.watching import FindingOpener
from watchdog_agent.agent import Watchdog
from watchdog_agent.rounds import Rounds

_WORTH_A_MESSAGE = (Severity.HIGH,)
"""What is critical pages people when its incident is opened; the rest is told by the work on it."""


@lru_cache
def rounds() -> Rounds:
    """Return what makes rounds in this process."""
    found = FindingOpener(
        incidents=incidents(),
        opening=_opened,
        now=utc_now,
        cooldown_seconds=config().intake.cooldown_seconds,
    )
    engine = engine_on(Agent.WATCHDOG)
    ladder = reasoners(Agent.WATCHDOG)
    watchdog = Watchdog(lambda frame: engine(frame, ladder), found.open_all, utc_now, journal())
    return Rounds(watchdog, WatchStore(runtime()), _told)


def _opened(incident: Incident) -> FindingFate:
    done = opener().open_once(incident)
    return FindingFate(
        component=incident.service,
        severity=incident.severity or Severity.MEDIUM,
        outcome="opened" if done.is_new else "known",
        incident_id=done.incident.incident_id,
    )


def _told(record: WatchRecord) -> None:
    for fate in record.fates:
        if fate.outcome == "opened" and fate.incident_id and fate.severity in _WORTH_A_MESSAGE:
            incident = incidents().get(fate.incident_id)
            notifications().tell(incident, "page", incident.title, key=record.run_id)
