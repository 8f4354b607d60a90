"""Whether a remedy rests on more than what somebody could have written.

Whoever can make a service log a line, or an execution fail with a message, can make it sound like
any fault of the library. Numbers, states and records that AWS keeps are not so easily had. So a
remedy that changes something is done unasked only where numbers bear the fault out: of the
component whose alarm rings, they must not point elsewhere by themselves; of anything else they
have to show the fault without any text, or be measured at the very thing that is to be changed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from itops_core.domain.investigation import Agent, Case, ObservationStatus, ToolCall, Turn
from itops_core.domain.remediation import Action, RemediationPlan
from itops_core.reasoning.offline.choosing import Bar
from itops_core.reasoning.offline.diagnosis import NAME, Diagnosis
from itops_core.reasoning.offline.library import Library
from itops_core.reasoning.offline.questions import answered, identity
from itops_core.reasoning.offline.run_errors import ERRORS
from itops_core.reasoning.offline.scene import Scene
from itops_core.reasoning.offline.series import series_of
from itops_core.reasoning.offline.sightings import Sightings

_SHOWN = 0.25
"""Of the probability without any text: so much, and numbers alone tell of the fault."""
_BESIDE_THE_LEADER = 0.2
"""Of the likeliest explanation without any text: less, and the numbers point elsewhere."""
_MINUTES = 30
_MEASURED = {
    "raise_dynamodb_capacity": (
        "AWS/DynamoDB", "TableName", "table_name", ("ReadThrottleEvents", "WriteThrottleEvents"),
    ),
    "set_lambda_concurrency": ("AWS/Lambda", "FunctionName", "function_name", ("Throttles",)),
}  # fmt: skip
"""Where AWS counts what an action is to end: namespace, dimension, parameter, metrics."""


@dataclass(frozen=True)
class _TextUnread(Diagnosis):
    """The same look at a case, as if nothing could be read."""

    @cached_property
    def sights(self) -> dict[str, Sightings]:
        """What was seen of each component, but for what was written somewhere."""
        whole = Diagnosis(self.case, self.bar)
        told = told_by_text(self.scene.library)
        return {
            name: {symptom: one for symptom, one in seen.items() if symptom not in told}
            for name, seen in whole.sights.items()
        }


def told_by_text(library: Library) -> frozenset[str]:
    """Return the symptoms that are read off words: of logs, and of errors of executions."""
    families = {family.id for family in library.families}
    return frozenset({*families, *ERRORS, "errors_logged", "errors_follow_change"})


def careful(case: Case, bar: Bar, turn: Turn, lone_confidence: float) -> Turn:
    """Return a planning turn that measures what only texts tell of, or leaves it to a person."""
    plan = turn.plan
    if plan is None or plan.confidence <= lone_confidence:
        return turn
    changing = [one.action for one in plan.actions if one.action.changes_something]
    if not changing or _borne_out(case, bar) or all(_is_measured(case, one) for one in changing):
        return turn
    asked = answered(Scene(case))
    calls = tuple(
        call for action in changing for call in _counts(action) if identity(call) not in asked
    )
    if calls and not case.must_answer:
        thought = "So far only texts tell of this: do numbers, too?"
        return Turn(thought=thought, calls=calls, reasoner=NAME)
    return turn.model_copy(update={"plan": _held(plan, lone_confidence)})


def _held(plan: RemediationPlan, lone_confidence: float) -> RemediationPlan:
    told = f"Only texts tell of this fault, no numbers do: a person decides. {plan.rationale}"
    return plan.model_copy(update={"confidence": lone_confidence, "rationale": told})


def _borne_out(case: Case, bar: Bar) -> bool:
    """Whether the verdict stands out, or is among the likely ones, with every text unread."""
    verdict = case.incident.verdict
    cause = verdict.root_cause if verdict else None
    if cause is None:
        return False
    bare = _TextUnread(case.model_copy(update={"agent": Agent.ROOT_CAUSE}), bar)
    found = sum(
        one.probability
        for one in bare.ranking.hypotheses
        if one.fault == cause.fault and bare.component(one) == cause.component
    )
    likely = found >= _BESIDE_THE_LEADER * bare.ranking.leader.probability
    return found >= _SHOWN or (likely and cause.component == bare.scene.first.target.name)


def _counts(action: Action) -> Iterator[ToolCall]:
    """Yield the questions for what AWS counts of the trouble that an action is to end."""
    namespace, dimension, parameter, metrics = _MEASURED.get(action.name, ("", "", "", ()))
    for metric in metrics:
        yield ToolCall(
            server="monitoring",
            tool="get_metrics",
            arguments={
                "namespace": namespace,
                "metric": metric,
                "dimensions": {dimension: action.parameters.get(parameter)},
                "statistic": "Sum",
                "minutes_back": _MINUTES,
            },
        )


def _is_measured(case: Case, action: Action) -> bool:
    """Whether AWS counted trouble at the very thing that an action is to change."""
    questions = {identity(call) for call in _counts(action)}
    return any(
        value > 0
        for step in case.transcript
        for seen in step.observations
        if seen.status is ObservationStatus.OK and identity(seen.call) in questions
        for _, value in series_of(seen.content).points
    )
