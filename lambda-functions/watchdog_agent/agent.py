"""One round of watching: look, report, open incidents for what nobody knows of, keep the record."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import reduce

from itops_core.domain.incident import Incident
from itops_core.domain.investigation import Agent, ObservationStatus, Step, Usage
from itops_core.domain.reports import FindingFate, WatchRecord, WatchReport
from itops_core.reasoning.engine import StepEngine
from itops_core.reasoning.ports import Incidents
from itops_core.reasoning.rounds import RoundFrame, round_of
from itops_core.tools.journal import Journal

Fates = Callable[[WatchReport], tuple[FindingFate, ...]]
"""Opens incidents for findings, or says why not."""


@dataclass(frozen=True)
class Watchdog:
    """Makes rounds; a round of the same id is the same round."""

    engine: Callable[[Incidents], StepEngine]
    fates: Fates
    now: Callable[[], datetime]
    journal: Journal

    def round(
        self, run_id: str, trigger: str, device: str = ""
    ) -> tuple[WatchRecord, tuple[Step, ...]]:
        """Look at everything, or at one device; return what was found and done, and how."""
        clock = time.monotonic()
        incident = round_of(run_id, self.now(), device)
        report, steps = self._walked(incident)
        for finding in report.findings:
            told = finding.model_dump(mode="json")
            self.journal.write("finding", **{**told, "claim": finding.claim.text})
        fates = self.fates(report)
        for fate in fates:
            told = fate.model_dump(mode="json", exclude={"incident_id"})
            incident_id = fate.incident_id or ""
            title = _title(report, fate)
            self.journal.write("incident", **told, incident_id=incident_id, title=title)
        usage = reduce(Usage.plus, (step.turn.usage for step in steps), Usage())
        record = WatchRecord(
            run_id=run_id,
            at=incident.opened_at,
            trigger=trigger,
            report=report,
            fates=fates,
            steps=len(steps),
            tool_calls=sum(_was_made(step) for step in steps),
            tokens=usage.input_tokens + usage.cached_input_tokens + usage.output_tokens,
            dollars=usage.dollars,
            seconds=time.monotonic() - clock,
        )
        return record, steps

    def _walked(self, incident: Incident) -> tuple[WatchReport, tuple[Step, ...]]:
        engine = self.engine(RoundFrame(incident))
        while True:
            outcome = engine.take_step(incident.incident_id, Agent.WATCHDOG)
            if isinstance(outcome.answer, WatchReport):
                return outcome.answer, engine.agent_state.steps(incident.incident_id)


def _was_made(step: Step) -> int:
    return sum(seen.status is not ObservationStatus.REFUSED for seen in step.observations)


def _title(report: WatchReport, fate: FindingFate) -> str:
    found = (one for one in report.findings if one.component == fate.component)
    return next((one.claim.text for one in found), fate.component)
