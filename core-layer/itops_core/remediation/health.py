"""How well the thing that was acted on is, judged from numbers before and after; pure functions."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from statistics import fmean

from itops_core.domain.remediation import ProbeResult
from itops_core.domain.values import Value
from itops_core.remediation.verification import Sample

_MUCH_BETTER = 0.5


class Health(Value):
    """What one look shows of the thing itself.

    `was_ill` says that it was ill before, so that its health can stand for the symptom where no
    alarm does; `has_failed` that the change itself was given up.
    """

    probe: ProbeResult
    was_ill: bool = False
    has_failed: bool = False


def backlog_health(queue: str, before: int, now: int | None) -> Health:
    """Return whether what was sent back from a dead-letter queue stays away, for the most part."""
    said = "its depth is not known" if now is None else f"{now} messages lie there, {before} did"
    return Health(
        probe=ProbeResult(
            name="health",
            subject=f"dead letters in {queue}",
            before=float(before),
            after=None if now is None else float(now),
            passed=None if now is None else now <= before * _MUCH_BETTER,
            explanation=f"{said}; at most half may have come back",
        ),
        was_ill=before > 0,
    )


def failures_health(subject: str, before: Iterable[Sample], after: Iterable[Sample]) -> Health:
    """Return whether what goes wrong has at least halved, or stayed away.

    Some counts are told only while they are not 0: silence is 0 for what was told of before.
    """
    earlier, later = _mean(before), _mean(after)
    passed = None
    if earlier is not None:
        later = later or 0.0
        passed = later <= earlier * _MUCH_BETTER
    return Health(
        probe=ProbeResult(
            name="health",
            subject=subject,
            before=earlier,
            after=later,
            passed=passed,
            explanation="what goes wrong has to fall to half, or stay at 0",
        ),
        was_ill=bool(earlier),
    )


def reporting_health(
    device: str, last_report: datetime | None, acted_to: datetime, resolution: timedelta
) -> Health:
    """Return whether the device has reported since; its last report is known to a resolution."""
    if last_report is None:
        passed, said = False, "it has not reported for long"
    else:
        at_latest = last_report + resolution
        passed = True if last_report >= acted_to else None if at_latest > acted_to else False
        said = f"it last reported at {last_report.isoformat(timespec='minutes')}"
    return Health(
        probe=ProbeResult(
            name="health",
            subject=f"reports of {device}",
            before=None,
            after=None,
            passed=passed,
            explanation=said,
        )
    )


def worst(found: Iterable[Health]) -> Health | None:
    """Return the one that stands for all: a failure, else a success; `None` where none tells."""
    told = [one for one in found if one.probe.passed is not None]
    return min(told, key=lambda one: bool(one.probe.passed), default=None)


def _mean(samples: Iterable[Sample]) -> float | None:
    values = [one.value for one in samples]
    return round(fmean(values), 6) if values else None
