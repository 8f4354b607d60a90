"""What else happens every minute: people told and paged, what is stuck handed over, and swept."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from itops_core.domain.escalation import EscalationReason
from itops_core.domain.values import utc_now
from itops_core.observability import logger
from itops_core.settings import config, places
from itops_core.stores.endings import EndingStore
from itops_core.wiring import stores
from itops_core.wiring.notifier import notifier
from itops_core.wiring.workflow import notifications, pager
from itops_core.workflow.paging import Pager
from itops_core.workflow.stuck import Stuck, StuckFinder
from itops_core.workflow.untold import Untold

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_log = logger("reconciler")
_SAID_WITHIN = timedelta(minutes=2)
"""So long may whoever ends an incident take; a function of the workflow and its retries."""


@dataclass(frozen=True)
class Upkeep:
    """Tells what nobody told, and starts others and waits for none; all of it may run twice."""

    pager: Pager
    untold: Untold
    finder: StuckFinder
    hand_over: Callable[[Stuck], object]
    endings: EndingStore
    finish: Callable[[str], object]
    sweep: Callable[[], object]
    now: Callable[[], datetime] = utc_now

    def keep_up(self) -> dict[str, int]:
        """Look once at what people wait for; return how many were paged again, and stuck."""
        paged = self.pager.page_again()
        stuck = self.finder.find(self.now())
        for one in stuck:
            _log.warning("incident stuck", incident_id=one.incident_id, why=one.why)
            _started(partial(self.hand_over, one))
        half_ended = tuple(self.endings.begun_before(self.now() - _SAID_WITHIN))
        for incident_id in half_ended:
            _log.warning("incident half ended", incident_id=incident_id)
            _started(partial(self.finish, incident_id))
        _started(self.sweep)
        return {
            "paged_again": paged,
            "told_late": self.untold.tell(),
            "stuck": len(stuck),
            "half_ended": len(half_ended),
        }


def _started(start: Callable[[], object]) -> None:
    """Start a function; where that fails, the next minute tries again."""
    try:
        start()
    except (ClientError, BotoCoreError) as error:
        _log.warning("function not started", error=type(error).__name__)


@dataclass(frozen=True)
class CloserFunction:
    """The function that has the last word on incidents, started and not waited for."""

    client: "LambdaClient"
    function_name: str

    def hand_over(self, stuck: Stuck) -> None:
        """Have a stuck incident handed to people."""
        self._start(
            operation="escalate",
            incident_id=stuck.incident_id,
            reason=EscalationReason.STUCK.value,
            detail=f"{stuck.why}, since {stuck.since:%Y-%m-%d %H:%M:%S} UTC",
        )

    def finish(self, incident_id: str) -> None:
        """Have said what remains to be said of an incident that is over."""
        self._start(operation="finish", incident_id=incident_id)

    def _start(self, **event: str) -> None:
        self.client.invoke(
            FunctionName=self.function_name,
            InvocationType="Event",
            Payload=json.dumps(event).encode(),
        )


@lru_cache
def upkeep() -> Upkeep:
    """Return what keeps people up to date."""
    minutes = config().self_watch.stuck_minutes
    closer = CloserFunction(notifier().client, places()["INCIDENT_CLOSER_FUNCTION"])
    return Upkeep(
        pager=pager(),
        untold=Untold(stores.incidents(), stores.approvals(), notifications()),
        finder=StuckFinder(stores.incidents(), stores.approvals(), minutes),
        hand_over=closer.hand_over,
        endings=stores.endings(),
        finish=closer.finish,
        sweep=notifier().sweep,
    )
