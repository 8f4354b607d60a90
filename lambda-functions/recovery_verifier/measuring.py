"""One look at everything that shows whether a remedy helps."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from itops_core.domain.alarm import Alarm
from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.incident import Incident
from itops_core.domain.remediation import ActionRecord, ProbeResult
from itops_core.remediation.assessment import dependants_of
from itops_core.remediation.verification import (
    Findings,
    Limit,
    Watch,
    improvement_probe,
    limit_of,
    metric_probe,
    neighbour_probe,
)
from itops_core.settings import VerificationRules
from recovery_verifier.health import HealthChecks, touched_by
from recovery_verifier.observing import Metric, Observer

_RAN = {
    ("AWS/States", "ExecutionsFailed"): ("ExecutionsSucceeded", True),
    ("AWS/States", "ExecutionsTimedOut"): ("ExecutionsSucceeded", True),
    ("AWS/States", "ExecutionsAborted"): ("ExecutionsSucceeded", True),
    ("AWS/Lambda", "Errors"): ("Invocations", False),
    ("AWS/Lambda", "Throttles"): ("Invocations", False),
}
"""What shows that there was anything to fail, and whether it has to be seen to believe in health.

A pipeline may rest for hours after it was mended; a function that is called all the time, and now
is not, may be out of its callers' reach.
"""


@dataclass(frozen=True)
class Measurer:
    """Turns what the monitoring server says into probes."""

    entries: Callable[[], Iterable[CatalogEntry]]
    observer: Observer
    rules: VerificationRules

    def measure(self, incident: Incident, done: tuple[ActionRecord, ...], watch: Watch) -> Findings:
        """Return what one look shows of symptom, service and neighbours."""
        known = tuple(self.entries())
        entry = _entry_of(incident, known)
        symptom, limit, samples = self._symptom(incident, entry, watch)
        health = HealthChecks(self.observer, self.rules).look(done, watch)
        if health is not None and health.was_ill and symptom is None and incident.alarm is None:
            symptom = health.probe.model_copy(update={"name": "symptom"})
        return Findings(
            symptom=symptom,
            service=health.probe if health else None,
            neighbours=self._neighbours(incident, done, known, watch),
            rollout_failed=health is not None and health.has_failed,
            limit=limit,
            samples=samples,
        )

    def _symptom(
        self, incident: Incident, entry: CatalogEntry | None, watch: Watch
    ) -> tuple[ProbeResult | None, Limit | None, int]:
        """The incident's alarm tells; else one of the service's own; else its error metrics."""
        alarm = incident.alarm or (self._alarm_of(entry, watch) if entry else None)
        if alarm is None:
            return self._fewer_errors(entry, watch) if entry else (None, None, 0)
        limit = limit_of(alarm, self.rules.period_seconds)
        if limit is not None:
            metric = Metric(alarm.namespace, alarm.metric, alarm.dimensions, alarm.statistic)
            before = self.observer.before(metric, watch)
            after = self.observer.after(metric, watch)
            if after:
                probe = metric_probe(metric.subject, before, after, limit, self.rules)
                return self._if_something_ran(probe, metric, watch), limit, len(after)
        return self._alarm_state(alarm, watch), limit, 0

    def _if_something_ran(self, probe: ProbeResult, metric: Metric, watch: Watch) -> ProbeResult:
        """No failures where nothing ran show nothing: only what went well since tells of health."""
        companion = _RAN.get((metric.namespace, metric.name))
        if probe.passed is not True or companion is None:
            return probe
        name, is_needed = companion
        ran = replace(metric, name=name, statistic="Sum")
        since, before = self.observer.after(ran, watch), self.observer.before(ran, watch)
        if any(one.value > 0 for one in since):
            return probe
        if not is_needed and not any(one.value > 0 for one in before):
            # It is not told of at all, or was as quiet before: no sign either way.
            return probe
        said = f"{probe.explanation}; but no {name} since the action, so nothing shows it"
        return probe.model_copy(update={"passed": None, "explanation": said})

    def _alarm_of(self, entry: CatalogEntry, watch: Watch) -> Alarm | None:
        """Return an alarm of the service that stood in ALARM when the action began."""
        for one in self.observer.alarms():
            changed = one.get("changed_at")
            is_news = bool(changed) and datetime.fromisoformat(changed) >= watch.acted_from
            stood = one["state"] == "OK" if is_news else one["state"] == "ALARM"
            if stood and _is_about(one["dimensions"], entry):
                found = self.observer.alarm(one["name"])
                return found[2] if found else None
        return None

    def _fewer_errors(
        self, entry: CatalogEntry, watch: Watch
    ) -> tuple[ProbeResult | None, Limit | None, int]:
        told: list[tuple[ProbeResult, int]] = []
        for metric in self.observer.error_metrics(entry):
            before = self.observer.before(metric, watch)
            after = self.observer.after(metric, watch)
            if before and after:
                probe = improvement_probe(metric.subject, before, after, self.rules)
                told.append((self._if_something_ran(probe, metric, watch), len(after)))
        told.sort(key=lambda one: one[0].passed is not True)
        return (told[0][0], None, told[0][1]) if told else (None, None, 0)

    def _alarm_state(self, alarm: Alarm, watch: Watch) -> ProbeResult | None:
        """Without samples the alarm may still tell: some metrics fall silent when all is well."""
        found = self.observer.alarm(alarm.name)
        if found is None:
            return None
        state, since, _ = found
        is_news = since is not None and since >= watch.acted_from
        metric = Metric(alarm.namespace, alarm.metric, alarm.dimensions, alarm.statistic)
        probe = ProbeResult(
            name="symptom",
            subject=f"alarm {alarm.name}",
            before=None,
            after=None,
            threshold=alarm.threshold,
            passed=True if state == "OK" and is_news else None,
            explanation=f"no sample since the action; the alarm is in {state}",
        )
        return self._if_something_ran(probe, metric, watch)

    def _neighbours(
        self,
        incident: Incident,
        done: tuple[ActionRecord, ...],
        known: tuple[CatalogEntry, ...],
        watch: Watch,
    ) -> tuple[ProbeResult, ...]:
        """Return a probe for each alarm around the services that was raised since the action."""
        entry = _entry_of(incident, known)
        touched = {name for one in done for name in touched_by(one)}
        acted_on = [one for one in known if touched & {one.ecs_service, one.resource}]
        names: set[str] = set()
        for near in (entry, *acted_on):
            if near is not None:
                reach = dependants_of(near, known)
                names |= {near.entry_id, *near.depends_on, *reach.dependants}
        around = [one for one in known if one.entry_id in names]
        own = incident.alarm.name if incident.alarm else None
        raised = [
            one["name"]
            for one in self.observer.alarms("ALARM")
            if one["name"] != own
            and (changed := one.get("changed_at"))
            and datetime.fromisoformat(changed) > watch.acted_from
            and any(_is_about(one["dimensions"], near) for near in around)
        ]
        probes = [self._neighbour(name, watch) for name in raised]
        return tuple(one for one in probes if one is not None)

    def _neighbour(self, name: str, watch: Watch) -> ProbeResult | None:
        """A neighbour fails if it was well before the action and clearly is not since."""
        found = self.observer.alarm(name)
        if found is None:
            return None
        alarm = found[2]
        limit = limit_of(alarm, self.rules.period_seconds)
        if limit is None:
            return None
        metric = Metric(alarm.namespace, alarm.metric, alarm.dimensions, alarm.statistic)
        before = self.observer.before(metric, watch)
        after = self.observer.after(metric, watch)
        return neighbour_probe(name, before, after, limit, self.rules)


def _entry_of(incident: Incident, known: tuple[CatalogEntry, ...]) -> CatalogEntry | None:
    name = incident.service
    return next((one for one in known if name in (one.entry_id, one.ecs_service)), None)


def _is_about(dimensions: dict[str, str], entry: CatalogEntry) -> bool:
    """Whether an alarm's dimensions name the service, in its own words or in ECS's."""
    values = set(dimensions.values())
    own = entry.metric_dimensions
    return bool(values & {entry.entry_id, entry.ecs_service, entry.resource}) or bool(
        own and own.items() <= dimensions.items()
    )
