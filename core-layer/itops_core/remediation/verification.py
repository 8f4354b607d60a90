"""Did it help? Judged by code from numbers before and after; no model is asked.

Pure functions over what was measured. The symptom's own metric against its own threshold comes
first, M of the last N samples; then the health of the service, and alarms of its neighbours.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from statistics import fmean
from typing import Any

from pydantic import Field

from itops_core.domain.alarm import Alarm
from itops_core.domain.remediation import ProbeResult, VerificationOutcome
from itops_core.domain.values import Moment, Value
from itops_core.settings import VerificationRules

_SUMMED = {"Sum", "SampleCount"}
_ABNORMAL = re.compile(
    r"out ?of ?memory|fail|error|unhealthy|exited|essential container|cannot|timed? ?out",
    re.IGNORECASE,
)
_MUCH_WORSE = 1.2
_MUCH_BETTER = 0.5


class Sample(Value):
    """One value of a metric; `at` is where its period begins."""

    at: Moment
    value: float


class Watch(Value):
    """The stretch of time that is looked at."""

    acted_from: Moment
    acted_to: Moment
    now: Moment

    @property
    def elapsed_seconds(self) -> float:
        """How long the remedy has had to work."""
        return (self.now - self.acted_to).total_seconds()

    def before(self, samples: Iterable[Sample], seconds: float) -> tuple[Sample, ...]:
        """Return the samples of so many seconds before the action."""
        since = self.acted_from - timedelta(seconds=seconds)
        return tuple(one for one in samples if since <= one.at < self.acted_from)

    def after(self, samples: Iterable[Sample]) -> tuple[Sample, ...]:
        """Return the samples whose period began when the action was over."""
        return tuple(one for one in samples if self.acted_to <= one.at <= self.now)


class Limit(Value):
    """Where a metric turns from healthy to not, as its alarm says."""

    threshold: float
    comparison: str

    def is_healthy(self, value: float) -> bool:
        """Whether `value` would leave the alarm alone."""
        breaches = {
            "GreaterThanThreshold": value > self.threshold,
            "GreaterThanOrEqualToThreshold": value >= self.threshold,
            "LessThanThreshold": value < self.threshold,
            "LessThanOrEqualToThreshold": value <= self.threshold,
        }
        return not breaches.get(self.comparison, value > self.threshold)

    def is_much_worse(self, before: float, after: float) -> bool:
        """Whether `after` lies clearly further on the wrong side than `before`."""
        if self.is_healthy(after):
            return False
        if self.comparison.startswith("Less"):
            return after * _MUCH_WORSE < before
        return after > before * _MUCH_WORSE


def limit_of(alarm: Alarm, period_seconds: int) -> Limit | None:
    """Return the limit of an alarm for samples of another period: sums shrink with the period."""
    if alarm.threshold is None or not alarm.metric:
        return None
    summed = alarm.statistic in _SUMMED
    factor = period_seconds / alarm.period_seconds if summed and alarm.period_seconds else 1.0
    return Limit(threshold=alarm.threshold * factor, comparison=alarm.comparison)


def has_held(samples: tuple[Sample, ...], limit: Limit, rules: VerificationRules) -> bool | None:
    """Return whether M of the last N samples are healthy; `None` while that cannot be said."""
    recent = samples[-rules.window_samples :]
    healthy = sum(limit.is_healthy(one.value) for one in recent)
    if healthy >= rules.healthy_samples:
        return True
    missing = rules.window_samples - len(recent)
    return None if healthy + missing >= rules.healthy_samples else False


def metric_probe(
    subject: str,
    before: tuple[Sample, ...],
    after: tuple[Sample, ...],
    limit: Limit,
    rules: VerificationRules,
) -> ProbeResult:
    """Return how a metric stands against its limit now, and how it stood before."""
    recent = after[-rules.window_samples :]
    healthy = sum(limit.is_healthy(one.value) for one in recent)
    return ProbeResult(
        name="symptom",
        subject=subject,
        before=_mean(before[-rules.window_samples :]),
        after=_mean(recent),
        threshold=limit.threshold,
        passed=has_held(after, limit, rules),
        explanation=(
            f"{healthy} of the last {len(recent)} samples are healthy; "
            f"{rules.healthy_samples} of {rules.window_samples} are asked for"
        ),
    )


def neighbour_probe(
    name: str,
    before: tuple[Sample, ...],
    after: tuple[Sample, ...],
    limit: Limit,
    rules: VerificationRules,
) -> ProbeResult:
    """Return whether a neighbour, whose alarm was raised since the action, suffers from it.

    It does if it was well before, ill most of the time since, and by clearly more than a drift.
    One that was ill already says nothing about the action, however long its alarm took to tell.
    """
    probe = metric_probe(name, before, after, limit, rules)
    passed, said = probe.passed, probe.explanation
    earlier = before[-rules.window_samples :]
    if earlier and not _was_well(earlier, limit):
        passed, said = None, f"it was ill before the action already; {said}"
    elif passed is False and not _is_more_than_a_drift(probe, limit):
        passed, said = None, f"it has hardly changed; {said}"
    return probe.model_copy(update={"name": "neighbour", "passed": passed, "explanation": said})


def improvement_probe(
    subject: str, before: tuple[Sample, ...], after: tuple[Sample, ...], rules: VerificationRules
) -> ProbeResult:
    """Return whether an error metric without a threshold has at least halved, or stayed at 0."""
    earlier, later = _mean(before), _mean(after[-rules.window_samples :])
    passed = None
    if earlier is not None and later is not None and len(after) >= rules.healthy_samples:
        passed = later <= earlier * _MUCH_BETTER
    return ProbeResult(
        name="symptom",
        subject=subject,
        before=earlier,
        after=later,
        passed=passed,
        explanation="an error metric without an alarm has to fall to half, or stay at 0",
    )


class StoppedTask(Value):
    """A task that ended, in ECS's words."""

    stopped_at: Moment | None
    reason: str


class ServiceHealth(Value):
    """What ECS says of the service now."""

    service: str
    desired_count: int
    running_count: int
    rollout_state: str
    stopped: tuple[StoppedTask, ...] = ()

    def died(self, since: datetime, until: datetime) -> tuple[StoppedTask, ...]:
        """Return the tasks that died then; those a deployment replaced are not among them."""
        return tuple(
            task
            for task in self.stopped
            if task.stopped_at is not None
            and since < task.stopped_at <= until
            and _ABNORMAL.search(task.reason)
        )


def service_probe(
    health: ServiceHealth, running_before: int | None, watch: Watch, rules: VerificationRules
) -> ProbeResult:
    """Return whether every wanted task runs and none has died lately."""
    lately = watch.now - timedelta(seconds=rules.window_samples * rules.period_seconds)
    died = health.died(max(watch.acted_to, lately), watch.now)
    passed = health.running_count == health.desired_count and health.rollout_state != "FAILED"
    said = f"{health.running_count} of {health.desired_count} tasks run"
    if died:
        said += f", {len(died)} died lately: {died[-1].reason}"
    if health.rollout_state:
        said += f"; the rollout is {health.rollout_state}"
    return ProbeResult(
        name="service_health",
        subject=health.service,
        before=None if running_before is None else float(running_before),
        after=float(health.running_count),
        threshold=float(health.desired_count),
        passed=passed and not died,
        explanation=said[:500],
    )


def was_ill(
    health: ServiceHealth, before: Mapping[str, Any], earlier: tuple[datetime, datetime]
) -> bool:
    """Whether tasks were missing before the action, or died shortly before it."""
    missing = int(before.get("running_count", 0)) < int(before.get("desired_count", 0))
    return missing or bool(health.died(*earlier))


class Findings(Value):
    """Everything that one look has measured. What could not be measured is missing."""

    symptom: ProbeResult | None = None
    service: ProbeResult | None = None
    neighbours: tuple[ProbeResult, ...] = ()
    rollout_failed: bool = False
    limit: Limit | None = None
    samples: int = Field(default=0, ge=0)

    @property
    def probes(self) -> tuple[ProbeResult, ...]:
        """All of it."""
        own = tuple(one for one in (self.symptom, self.service) if one is not None)
        return (*own, *self.neighbours)

    @property
    def recovered(self) -> bool:
        """Whether the symptom is gone, the service is not known ill, and nobody else suffers."""
        symptom = self.symptom is not None and self.symptom.passed is True
        service = self.service is None or self.service.passed is not False
        return symptom and service and all(one.passed is not False for one in self.neighbours)

    @property
    def is_blind(self) -> bool:
        """Whether the symptom could not be measured."""
        return self.symptom is None or self.symptom.passed is None

    @property
    def got_worse(self) -> bool:
        """Whether a neighbour suffers that did not, or the symptom is clearly stronger."""
        if any(one.passed is False for one in self.neighbours):
            return True
        symptom = self.symptom
        if symptom is None or self.limit is None or symptom.passed is not False:
            return False
        if symptom.before is None or symptom.after is None:
            return False
        return self.limit.is_much_worse(symptom.before, symptom.after)


def judge(
    findings: Findings, elapsed_seconds: float, rules: VerificationRules
) -> VerificationOutcome | None:
    """Return the outcome, or `None`: keep watching.

    What looks worse may be the last of the fault itself, so that it counts only after half of the
    time; a rollout that ECS gave up counts at once.
    """
    halfway = (rules.minimum_seconds + rules.maximum_seconds) / 2
    outcomes = (
        (findings.rollout_failed, VerificationOutcome.WORSE),
        (elapsed_seconds < rules.minimum_seconds, None),
        (findings.recovered, VerificationOutcome.RECOVERED),
        (elapsed_seconds >= halfway and findings.got_worse, VerificationOutcome.WORSE),
        (elapsed_seconds < rules.maximum_seconds, None),
        (findings.is_blind, VerificationOutcome.UNKNOWN),
    )
    said = (outcome for is_so, outcome in outcomes if is_so)
    return next(said, VerificationOutcome.UNCHANGED)


def _is_more_than_a_drift(probe: ProbeResult, limit: Limit) -> bool:
    if probe.before is None or probe.after is None:
        return True
    return limit.is_much_worse(probe.before, probe.after)


def _was_well(before: tuple[Sample, ...], limit: Limit) -> bool:
    """Whether it was well on the whole, and at the very end."""
    return limit.is_healthy(before[-1].value) and limit.is_healthy(
        fmean(one.value for one in before)
    )


def _mean(samples: Iterable[Sample]) -> float | None:
    values = [one.value for one in samples]
    return round(fmean(values), 6) if values else None
