"""What to do about a failed execution: redrive, rerun, or fix something first."""

from typing import Literal

from pydantic import Field

from itops_core.domain.values import Value
from monitoring_server.analysis.executions.causes import ErrorFacts, Family
from monitoring_server.analysis.executions.definitions import Definition, StateDefinition
from monitoring_server.analysis.executions.explanation import Explanation
from monitoring_server.analysis.executions.record import Record
from monitoring_server.analysis.executions.redriving import Circumstances, redrivable
from monitoring_server.analysis.executions.repeating import Repeatable, Repetition, repetition_of

Step = Literal["redrive", "rerun", "fix_then_redrive", "fix_then_rerun", "look_first", "nothing"]
Safe = Literal["safe", "unsafe", "unknown"]

_DOLLARS_PER_TRANSITION = 0.025 / 1000
"""List price of Standard workflows in us-east-1 after the free 4,000 a month."""

_NEVER_HAPPENED = {
    Family.PERMISSION,
    Family.EVALUATION,
    Family.THROTTLED,
    Family.NOT_FOUND,
    Family.CONDITION,
    Family.NO_CHOICE,
    Family.QUOTA,
    Family.FAIL_STATE,
}
"""With these the failing call was refused before it changed anything."""

_PLANS: dict[Family, tuple[Step, str]] = {
    Family.THROTTLED: ("redrive", "it passes by itself: repeat when the load or limit allows it"),
    Family.UNREACHABLE: ("redrive", "it passes by itself: repeat once what it calls answers"),
    Family.TIMED_OUT: ("redrive", "find what was slow; repeat once it answers in time"),
    Family.HEARTBEAT: ("redrive", "see that the worker lives; then repeat"),
    Family.QUOTA: ("fix_then_redrive", "free or raise the quota first"),
    Family.PERMISSION: ("fix_then_redrive", "give the role the permission first"),
    Family.NOT_FOUND: (
        "fix_then_redrive",
        "put what it calls in place first; where its definition names the wrong thing, mend that "
        "and run it again instead, for a redrive keeps the definition it failed with",
    ),
    Family.LAMBDA_EXCEPTION: (
        "fix_then_redrive",
        "mend the function or the data; an unpinned function runs its new code when redriven",
    ),
    Family.LAMBDA_TIMEOUT: (
        "fix_then_redrive",
        "find what was slow in the function, or raise its time limit",
    ),
    Family.OUT_OF_MEMORY: ("fix_then_redrive", "raise the memory or make the item smaller"),
    Family.CONTAINER: ("fix_then_redrive", "read the container's last lines and mend it"),
    Family.JOB: ("fix_then_redrive", "read the job's error log and mend it"),
    Family.EVALUATION: (
        "fix_then_rerun",
        "mend the input or the definition; a redrive would keep both as they were",
    ),
    Family.NO_CHOICE: (
        "fix_then_rerun",
        "add a Default or mend the input; a redrive would keep both as they were",
    ),
    Family.DATA_LIMIT: (
        "fix_then_rerun",
        "hand large data on by S3 reference; a redrive keeps the definition as it was",
    ),
    Family.ITEM_READER: ("fix_then_redrive", "put the items where the Map reads them"),
    Family.ITEMS: ("look_first", "see which items failed and why, in the Map Run"),
    Family.NESTED: ("look_first", "the execution that it started tells the cause: look there"),
    Family.CONDITION: ("look_first", "see whether the write was already done by another run"),
    Family.FAIL_STATE: ("look_first", "see what led to the Fail state: it is there on purpose"),
    Family.ABORTED: ("look_first", "ask who stopped it, and why, before it is repeated"),
}


_IN_ITS_OWNERS_HANDS = {"unknown", "not_idempotent"}
_HOW_SAFE: tuple[Safe, ...] = ("safe", "unknown", "unsafe")
_OWNERS_WORD = "its owner says that a repeat does nothing twice"


class Advice(Value):
    """What to do, whether it is safe, and what it costs."""

    step: Step
    why: str
    redrive_possible: bool
    redrive_helps: bool = Field(description="Whether it can succeed, once what failed is mended.")
    redrive_note: str = ""
    rerun_note: str = ""
    redrive_is: Safe = Field(description="safe: what is done again does nothing twice.")
    rerun_is: Safe
    effects: tuple[Repetition, ...] = Field(description="States that would do something again.")
    redrive_transitions: int
    rerun_transitions: int
    redrive_dollars: float
    rerun_dollars: float
    not_known: tuple[str, ...] = ()


def _named(facts: ErrorFacts) -> str:
    """Return what has to be mended by its name, where the error tells it."""
    if facts.family is not Family.PERMISSION or not facts.missing_action:
        return ""
    who = facts.principal or "the role"
    on = f" on {facts.denied_resource}" if facts.denied_resource else ""
    return f"give {who} the permission {facts.missing_action}{on} first"


class Below(Value):
    """The execution that a failure came from: one that was started, or an item of a Map Run."""

    execution: str
    advice: Advice
    is_item: bool = False


def advise(
    told: Explanation,
    record: Record,
    definition: Definition | None,
    circumstances: Circumstances,
    below: Below | None = None,
) -> Advice:
    """Return what to do about the execution that `told` explains.

    Where its failure came from an execution `below`, what helps there has to be done first.
    """
    possible, note = redrivable(told, circumstances)
    step, why = _plan(told, possible)
    if below is not None and step == "look_first":
        step, why = _plan_below(below, possible)
    if step == "fix_then_rerun" and possible:
        note = "it would fail again: it keeps the definition and input it failed with"
    effects = _effects(record, definition, told, circumstances.repeatable)
    effects = _with_those_below(effects, told, below)
    transitions = _transitions_left(record, definition, told)
    unheld = _unheld(record, definition)
    failed = told.failed_state.name if told.failed_state else ""
    free = circumstances.kind == "EXPRESS"
    return Advice(
        step=step,
        why=why,
        redrive_possible=possible,
        redrive_helps=possible and step != "fix_then_rerun",
        redrive_note=note,
        rerun_note=_rerun_note(record),
        redrive_is=_worst(
            _safety(effects, "redrive", definition),
            _below_is(below, "redrive"),
            "unknown" if failed in unheld else "safe",
        ),
        rerun_is=_worst(
            _safety(effects, "rerun", definition),
            _below_is(below, "rerun"),
            "unknown" if unheld else "safe",
        ),
        effects=tuple(one for one in effects if one.repeatable != "reads"),
        redrive_transitions=transitions,
        rerun_transitions=record.transitions,
        redrive_dollars=0 if free else round(transitions * _DOLLARS_PER_TRANSITION, 6),
        rerun_dollars=0 if free else round(record.transitions * _DOLLARS_PER_TRANSITION, 6),
        not_known=(
            *_not_known(definition, effects, circumstances),
            *(f"{name}: the definition does not hold it: it was changed since" for name in unheld),
        ),
    )


def _plan(told: Explanation, redrivable: bool) -> tuple[Step, str]:
    if told.status in {"SUCCEEDED", "RUNNING"} or told.error is None:
        quiet = told.status == "SUCCEEDED"
        return ("nothing", "it succeeded") if quiet else ("look_first", "no failure was told")
    otherwise: tuple[Step, str] = ("look_first", "the error alone does not tell what would help")
    step, why = _PLANS.get(told.error.family, otherwise)
    why = _named(told.error) or why
    if not redrivable and step in {"redrive", "fix_then_redrive"}:
        return ("rerun" if step == "redrive" else "fix_then_rerun"), why
    return step, why


def _plan_below(below: Below, redrivable: bool) -> tuple[Step, str]:
    """Return what helps an execution whose failure lies in the one below it."""
    step, why = below.advice.step, f"in {below.execution}, where it failed first: "
    why += below.advice.why
    if step == "fix_then_rerun" and redrivable and not below.is_item:
        # What a redrive starts is started anew, by the definition that is there then.
        return "fix_then_redrive", why
    if not redrivable and step in {"redrive", "fix_then_redrive"}:
        return ("rerun" if step == "redrive" else "fix_then_rerun"), why
    return (step, why) if step != "nothing" else ("look_first", why)


def _with_those_below(
    effects: list[Repetition], told: Explanation, below: Below | None
) -> list[Repetition]:
    """Return the effects with those of the execution below, which a repeat has again, too.

    A redrive of a Map Run goes on in its items where they failed; what a state started is started
    anew.
    """
    if below is None:
        return effects
    caller = told.failed_state.name if told.failed_state else ""
    own = [one for one in effects if one.state != caller]
    for one in below.advice.effects:
        goes_on = below.is_item and "redrive" not in one.repeated_by
        ways = ("rerun",) if goes_on else ("redrive", "rerun")
        name = f"{below.execution}: {one.state}"
        own.append(one.model_copy(update={"state": name, "repeated_by": ways}))
    return own


def _below_is(below: Below | None, way: str) -> Safe:
    """Return how safe it is below: without its definition, its effects tell nothing."""
    if below is None:
        return "safe"
    goes_on = way == "redrive" and below.is_item
    return below.advice.redrive_is if goes_on else below.advice.rerun_is


def _worst(*found: Safe) -> Safe:
    return _HOW_SAFE[max(_HOW_SAFE.index(one) for one in found)]


def _unheld(record: Record, definition: Definition | None) -> list[str]:
    """Return the states that were taken and are not in the definition at hand: it is another."""
    if definition is None:
        return []
    taken = dict.fromkeys(visit.name for visit in record.visits)
    return [name for name in taken if definition.get(name) is None][:6]


def _rerun_note(record: Record) -> str:
    if record.version_arn:
        version = record.version_arn.rsplit(":", 1)[-1]
        return f"it takes version {version} again, whatever the definition is now"
    return "it takes the definition as it is now, and the same input"


def _effects(
    record: Record, definition: Definition | None, told: Explanation, repeatable: frozenset[str]
) -> list[Repetition]:
    """Return the effects of the states that were taken, and which repeat has them again."""
    effects: list[Repetition] = []
    failed = told.failed_state.name if told.failed_state else ""
    # What code raised over a refused call says nothing of what it had done before.
    in_code = told.error is not None and bool(told.error.exception or told.error.stack)
    never = told.error is not None and not in_code and told.error.family in _NEVER_HAPPENED
    for name in dict.fromkeys(visit.name for visit in record.visits):
        state = definition.get(name) if definition else None
        effect = repetition_of(state) if state else None
        if effect is None or state is None:
            continue
        if effect.repeatable in _IN_ITS_OWNERS_HANDS and _called(state) in repeatable:
            effect = effect.model_copy(update={"repeatable": "idempotent", "why": _OWNERS_WORD})
        if name == failed and never:
            effect = effect.model_copy(
                update={"repeatable": "idempotent", "why": "its call was refused, nothing was done"}
            )
        ways = ("redrive", "rerun") if name == failed else ("rerun",)
        effects.append(effect.model_copy(update={"repeated_by": ways}))
    return effects


def _called(state: StateDefinition) -> str:
    target = state.integration.target if state.integration else ""
    return target.rsplit(":function:", 1)[-1].rsplit(":stateMachine:", 1)[-1].split(":", 1)[0]


def _safety(effects: list[Repetition], way: str, definition: Definition | None) -> Safe:
    if definition is None:
        return "unknown"
    found: set[Repeatable] = {one.repeatable for one in effects if way in one.repeated_by}
    if "not_idempotent" in found:
        return "unsafe"
    return "unknown" if "unknown" in found else "safe"


def _transitions_left(record: Record, definition: Definition | None, told: Explanation) -> int:
    """Return how many transitions a redrive takes: the first way on from the failure."""
    start = record.failed_in.name if record.failed_in else ""
    if definition is None or told.failed_state is None or definition.get(start) is None:
        return 1
    steps, name, seen = 0, start, set[str]()
    while name and name not in seen:
        seen.add(name)
        steps += 1
        state = definition.get(name)
        ways = [to for to, label in state.successors() if "catch" not in label] if state else []
        name = ways[0] if ways else ""
    return steps + (told.failed_state.name != start)


def _not_known(
    definition: Definition | None, effects: list[Repetition], circumstances: Circumstances
) -> list[str]:
    told: list[str] = []
    if definition is None:
        told.append("without the definition nobody can say what a repeat does twice")
    told += [f"{one.state}: {one.why}" for one in effects if one.repeatable == "unknown"][:6]
    if circumstances.redrive_status is None and circumstances.kind == "STANDARD":
        told.append("AWS was not asked whether a redrive is possible")
    if circumstances.nested:
        told.append("a parent execution started it and will not hear of a repeat")
    return told
