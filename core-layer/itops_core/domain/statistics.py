"""How the agents do over many incidents: how fast, how right, how much, how often in vain."""

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import fmean, median

from pydantic import Field

from itops_core.domain.cost import Cost
from itops_core.domain.incident import Incident, Status
from itops_core.domain.remediation import Approval, ApprovalStatus
from itops_core.domain.values import Value


class Spread(Value):
    """Some durations or amounts, in short; `count` says how many they were."""

    count: int
    mean: float | None
    median: float | None


class Accuracy(Value):
    """What people thought of the verdicts that they graded."""

    graded: int
    mean_percent: float | None
    by_mark: dict[str, int]


class Noise(Value):
    """How much of what came in was nothing of its own."""

    duplicates: int
    healthy: int
    share: float | None = Field(description="Of all incidents that have come to an end.")


class Repeats(Value):
    """How often what had happened before happened again: the same service, the same fault."""

    with_cause: int
    repeated: int
    share: float | None


class ApprovalHealth(Value):
    """What people said to the questions they were asked, what came of it, and how long it took."""

    asked: int
    by_status: dict[str, int] = Field(description="As the questions stand now.")
    approved: int = Field(
        default=0, description="Decided with a yes, also where it became void afterwards."
    )
    denied: int = 0
    void_after_yes: int = Field(
        default=0, description="Approved, and worth nothing after that: what it was for changed."
    )
    seconds_to_decide: Spread = Field(description="Until the last word that decided it.")


class Spent(Value):
    """What the newest incidents took; `incidents` says of how many this was counted."""

    incidents: int
    steps: Spread
    tool_calls: Spread
    tokens: Spread
    dollars: Spread


class Stats(Value):
    """The newest incidents in numbers; `is_complete` is false where there are more than counted."""

    total: int
    by_status: dict[str, int]
    by_severity: dict[str, int]
    pending_approvals: int
    is_complete: bool
    seconds_to_detect: Spread = Field(description="From the first symptom to the incident.")
    seconds_to_resolve: Spread = Field(description="From opening to resolved or closed.")
    phase_seconds: dict[str, Spread]
    accuracy: Accuracy
    noise: Noise
    repeats: Repeats
    approvals: ApprovalHealth
    actions_by_status: dict[str, int]
    cost: Spent


def stats_of(
    incidents: Sequence[Incident],
    approvals: Sequence[Approval],
    costs: Sequence[Cost],
    *,
    is_complete: bool,
) -> Stats:
    """Return the numbers of some incidents, the approvals asked for, and what some of them cost."""
    severities = (one.severity.value if one.severity else "unknown" for one in incidents)
    actions = (record.status.value for one in incidents for record in one.actions)
    return Stats(
        total=len(incidents),
        by_status=dict(Counter(one.status.value for one in incidents)),
        by_severity=dict(Counter(severities)),
        pending_approvals=sum(one.status is ApprovalStatus.PENDING for one in approvals),
        is_complete=is_complete,
        seconds_to_detect=spread(
            (one.opened_at - one.symptom_started_at).total_seconds()
            for one in incidents
            if one.symptom_started_at
        ),
        seconds_to_resolve=spread(
            (one.closed_at - one.opened_at).total_seconds()
            for one in incidents
            if one.closed_at and one.status in (Status.RESOLVED, Status.CLOSED)
        ),
        phase_seconds=_phases(incidents),
        accuracy=_accuracy(incidents),
        noise=_noise(incidents),
        repeats=_repeats(incidents),
        approvals=_approvals(approvals),
        actions_by_status=dict(Counter(actions)),
        cost=_spent(costs),
    )


def spread(values: Iterable[float]) -> Spread:
    """Return some values in short."""
    known = list(values)
    return Spread(
        count=len(known),
        mean=round(fmean(known), 6) if known else None,
        median=round(median(known), 6) if known else None,
    )


def _phases(incidents: Sequence[Incident]) -> dict[str, Spread]:
    taken: dict[str, list[float]] = {}
    for one in incidents:
        for name, seconds in one.phase_seconds().items():
            taken.setdefault(name, []).append(seconds)
    return {name: spread(seconds) for name, seconds in taken.items()}


def _accuracy(incidents: Sequence[Incident]) -> Accuracy:
    grades = [one.grade for one in incidents if one.grade]
    return Accuracy(
        graded=len(grades),
        mean_percent=spread(grade.percent for grade in grades).mean,
        by_mark=dict(Counter(grade.mark.value for grade in grades)),
    )


def _noise(incidents: Sequence[Incident]) -> Noise:
    over = [one for one in incidents if one.is_over]
    duplicates = sum(one.status is Status.DUPLICATE for one in over)
    healthy = sum(one.status is Status.CLOSED and not one.actions for one in over)
    return Noise(
        duplicates=duplicates, healthy=healthy, share=_share(duplicates + healthy, len(over))
    )


def _repeats(incidents: Sequence[Incident]) -> Repeats:
    causes = Counter(
        (one.service, one.verdict.root_cause.component, one.verdict.root_cause.fault)
        for one in incidents
        if one.verdict and one.verdict.root_cause and one.status is not Status.DUPLICATE
    )
    repeated = sum(count - 1 for count in causes.values())
    return Repeats(
        with_cause=causes.total(), repeated=repeated, share=_share(repeated, causes.total())
    )


def _approvals(approvals: Sequence[Approval]) -> ApprovalHealth:
    decided = Counter(one.decided for one in approvals)
    return ApprovalHealth(
        asked=len(approvals),
        by_status=dict(Counter(one.status.value for one in approvals)),
        approved=decided[True],
        denied=decided[False],
        void_after_yes=sum(
            one.decided is True and one.status is ApprovalStatus.VOID for one in approvals
        ),
        seconds_to_decide=spread(
            (one.ended_at - one.created_at).total_seconds()
            for one in approvals
            if one.ended_at and one.decided is not None
        ),
    )


def _spent(costs: Sequence[Cost]) -> Spent:
    return Spent(
        incidents=len(costs),
        steps=spread(one.steps for one in costs),
        tool_calls=spread(one.tool_calls for one in costs),
        tokens=spread(
            one.input_tokens + one.cached_input_tokens + one.output_tokens for one in costs
        ),
        dollars=spread(one.dollars for one in costs),
    )


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
