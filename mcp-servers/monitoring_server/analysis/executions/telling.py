"""Puts an explanation into plain sentences."""

import re
from collections.abc import Callable

from monitoring_server.analysis.executions.causes import ErrorFacts, Family
from monitoring_server.analysis.executions.explanation import Explanation, FailedState

_MESSAGE_CHARACTERS = 240
_OF_THE_RUNTIME = re.compile(r"<frozen |node:internal|/lib(?:64)?/python3|/var/runtime/")
"""Frames inside the language itself: what broke is the code that called them."""
_SIGNED = re.compile(r"\s*\(Service: [^()]*\)\.?$")
"""What the SDK appends to every message of a service."""


def summary(told: Explanation) -> str:
    """Return what happened, for someone who was just woken up."""
    if told.status == "SUCCEEDED":
        return _succeeded(told)
    if told.status == "RUNNING":
        return f"It still runs, after {_span(told.seconds)}; no end was told."
    if told.failed_state is None or told.error is None:
        return f"It ended {told.status} after {_span(told.seconds)}; no state can be named."
    sentences = [_where(told, told.failed_state), _why(told, told.error, told.failed_state)]
    sentences += [_retries(told), _ending(told)]
    return " ".join(sentence for sentence in sentences if sentence)


def cut_off(told: Explanation, heard_seconds: float) -> str:
    """Return how it is told that an execution stopped without a word."""
    where = f", in {place(told.failed_state)}" if told.failed_state else ""
    reason = f": {told.error.error}: {_said(told.error)}" if told.error else "."
    return (
        f"It stopped without a word: its history ends in the middle, {_span(heard_seconds)} after "
        f"it began{where}. Step Functions has it as {told.status}{reason}"
    )


def place(state: FailedState) -> str:
    """Return a state with the iterations and branches it stands in."""
    around = ", in ".join(
        f"{'item' if one.kind == 'iteration' else 'branch'} "
        f"{'?' if one.index is None else one.index} of {one.owner}"
        for one in state.where
    )
    return f"{state.name} (in {around})" if around else state.name


def _succeeded(told: Explanation) -> str:
    if not told.handled:
        return f"It succeeded in {_span(told.seconds)}."
    names = ", ".join(dict.fromkeys(f"{one.state} ({one.error})" for one in told.handled))
    return f"It succeeded in {_span(told.seconds)}, after it had caught failures of {names}."


def _where(told: Explanation, state: FailedState) -> str:
    call = f", which calls {state.integration}" if state.integration else ""
    named = state.target.rsplit(":function:", 1)[-1]
    named = named.rsplit(":", 1)[-1] if named.startswith("arn:") else named
    target = f" of {named}," if state.integration and named else "," if call else ""
    verb = {"ABORTED": "was in progress when it was stopped", "TIMED_OUT": "was in progress"}
    return f"{place(state)}{call}{target} {verb.get(told.status, 'failed')}."


def _exception(facts: ErrorFacts, _state: FailedState) -> str:
    said = f"The function raised {facts.exception or facts.error}: {_said(facts)}"
    frames = [line for line in facts.stack if line.startswith(("File ", "at "))]
    frames = [line for line in frames if not _OF_THE_RUNTIME.search(line)]
    if not frames:
        return said
    deepest = frames[-1] if frames[-1].startswith("File ") else frames[0].removeprefix("at ")
    return f"{said} It broke at {deepest}."


def _time_out(_facts: ErrorFacts, state: FailedState) -> str:
    limit = f" of {state.timeout_seconds:g} s" if state.timeout_seconds else ""
    return f"It did not end within its time limit{limit}."


def _heartbeat(_facts: ErrorFacts, state: FailedState) -> str:
    limit = f" for {state.heartbeat_seconds:g} s" if state.heartbeat_seconds else ""
    return f"No heartbeat came{limit}: the worker died, hangs, or does not send any."


def _permission(facts: ErrorFacts, _state: FailedState) -> str:
    if not facts.missing_action:
        return f"A permission is missing: {_said(facts)}"
    who = f" for {facts.principal}" if facts.principal else ""
    on = f" on {facts.denied_resource}" if facts.denied_resource else ""
    return f"The permission {facts.missing_action}{on} is missing{who}."


def _evaluation(facts: ErrorFacts, _state: FailedState) -> str:
    what = f" {facts.expression!r}" if facts.expression else ""
    return f"Its data does not fit its definition{what}: {_said(facts)}"


def _lambda_time_out(facts: ErrorFacts, _state: FailedState) -> str:
    after = f" after {facts.seconds:g} s" if facts.seconds else ""
    return f"The function ran into its own time limit{after}."


_WHY: dict[Family, Callable[[ErrorFacts, FailedState], str]] = {
    Family.LAMBDA_EXCEPTION: _exception,
    Family.TIMED_OUT: _time_out,
    Family.HEARTBEAT: _heartbeat,
    Family.PERMISSION: _permission,
    Family.EVALUATION: _evaluation,
    Family.LAMBDA_TIMEOUT: _lambda_time_out,
}
_LEADS = {
    Family.OUT_OF_MEMORY: "It ran out of memory",
    Family.THROTTLED: "It was throttled",
    Family.DATA_LIMIT: "What it was handed or returned is larger than 256 KiB",
    Family.QUOTA: "A quota is used up",
    Family.NO_CHOICE: "No rule of the Choice fits its input, and it has no Default",
    Family.CONDITION: "The condition of the write was not met",
    Family.NOT_FOUND: "What it calls does not exist",
    Family.CONTAINER: "The container failed",
    Family.JOB: "The job failed",
    Family.NESTED: "The execution it started failed",
    Family.ITEMS: "More items failed than the Map tolerates",
    Family.ITEM_READER: "The Map's items could not be read, or its results written",
    Family.UNREACHABLE: "What it calls could not be reached",
    Family.FAIL_STATE: "The definition ends there on purpose",
    Family.ABORTED: "Someone stopped it",
}


def _why(told: Explanation, facts: ErrorFacts, state: FailedState) -> str:
    if told.status == "TIMED_OUT":
        return f"The time limit of the whole execution was over, after {_span(told.seconds)}."
    if facts.family in _WHY:
        return _WHY[facts.family](facts, state)
    lead = _LEADS.get(facts.family)
    return f"{lead}: {_said(facts)}" if lead else f"{facts.error}: {_said(facts)}"


def _said(facts: ErrorFacts) -> str:
    text = _SIGNED.sub("", facts.message) or "no cause was told"
    text = text if len(text) <= _MESSAGE_CHARACTERS else f"{text[: _MESSAGE_CHARACTERS - 1]}…"
    return text if text.endswith((".", "…")) else f"{text}."


def _retries(told: Explanation) -> str:
    path = told.retries
    if path is None or path.retries == 0:
        return ""
    delays = [one.delay_seconds for one in path.attempts if one.delay_seconds is not None]
    waits = ", ".join(f"{delay:g}" for delay in delays[:6])
    end = ", as often as its Retry rule allows" if path.exhausted else ""
    return f"It was tried {path.retries + 1} times (waits of {waits} s){end}."


def _ending(told: Explanation) -> str:
    if told.ended_in:
        return f"Catch led from there to {told.ended_in}, where the execution ended."
    if told.decided_by:
        return f"The Choice {told.decided_by} led there."
    return ""


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:g} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
