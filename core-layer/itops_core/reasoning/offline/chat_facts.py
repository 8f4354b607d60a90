"""What each answer of a tool says in plain sentences, each with the words that prove it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.evidence import Citation
from itops_core.domain.investigation import Observation
from itops_core.reasoning.offline.chat_looking import Scope
from itops_core.reasoning.offline.reading import count_of, moment, records, shortened, text_of

_QUOTE = 200
_MOST_FAMILIES = 4
_MOST_CHANGES = 5
_MOST_PATTERNS = 3
_MOST_ANOMALIES = 4
_LOUD = {"ERROR", "FATAL", "CRITICAL", "SEVERE"}
_NOT_CHANGES = {"alarm_state"}


@dataclass(frozen=True)
class Fact:
    """One thing that was seen."""

    text: str
    citations: tuple[Citation, ...]
    trouble: float = 0.0
    """How much it tells of something wrong, from 0 to 1."""
    cause: str = ""
    confidence: float = 0.0
    """Of the cause."""
    steps: tuple[str, ...] = ()
    is_change: bool = False
    is_on_topic: bool = False
    """It holds the very words that were asked for."""
    gist: str = ""
    """In a few words, where the text is long."""


Facts = Callable[[Observation, Scope], Iterator[Fact]]
Record = Mapping[str, Any]


def facts_of(scope: Scope) -> list[Fact]:
    """Return everything that was seen, in the order in which it was asked."""
    found: list[Fact] = []
    for tool, read in _READERS.items():
        for seen in scope.seen(tool):
            found += read(seen, scope)
    return [fact for fact in found if fact.citations]


def _cited(seen: Observation, *quotes: str) -> tuple[Citation, ...]:
    if seen.evidence_id is None:
        return ()
    return tuple(
        Citation(evidence_id=seen.evidence_id, quote=quote[:_QUOTE].rstrip("…"))
        for quote in quotes
        if len(quote.strip()) >= 3
    )


def _failures(seen: Observation, _scope: Scope) -> Iterator[Fact]:
    of = seen.call.arguments.get("state_machine") or "any pipeline"
    if count_of(seen.content, "failed") == 0:
        yield Fact(f"No execution of {of} failed in that time.", _cited(seen, '"failed":0'))
    for family in records(seen.content, "families")[:_MOST_FAMILIES]:
        machine, count = text_of(family, "state_machine"), count_of(family, "count") or 0
        error, state = text_of(family, "error"), text_of(family, "state")
        times = f"{count} times" if count != 1 else "once"
        where = f" at {state}" if state else ""
        how = f" with {error}" if error else ""
        yield Fact(
            f"{machine} failed {times}{where}{how}, last {_clock(family.get('last_at'))}.",
            _cited(seen, error or state, f'"count":{count}'),
            trouble=0.8,
        )
    for one in records(seen.content, "latest"):
        name, status = text_of(one, "state_machine"), text_of(one, "status")
        if status == "SUCCEEDED" and count_of(seen.content, "failed"):
            yield Fact(
                f"The newest execution of {name} succeeded ({_clock(one.get('started_at'))}): "
                "it works again.",
                _cited(seen, f'"status":"{status}"'),
            )


def _explained(seen: Observation, _scope: Scope) -> Iterator[Fact]:
    content = seen.content
    sections: Record = content.get("sections") or {}
    summary, arn = text_of(content, "summary"), text_of(content, "execution_arn")
    advice: Record = sections.get("advice") or {}
    steps = [f"{_advised(advice)}"] if advice else []
    owners = dict.fromkeys(
        text_of(one, "owner") for one in records(sections, "involved") if text_of(one, "owner")
    )
    if owners:
        steps.append(f"Ask {' and '.join(owners)}, who own what is involved.")
    steps.append(f"See the whole path: itops executions explain {arn}")
    yield Fact(
        shortened(summary, 400),
        _cited(seen, _longest_line(summary)),
        trouble=0.9,
        gist=_broken(content, sections),
        cause=_cause(content, sections),
        confidence=float(content.get("confidence") or 0.5),
        steps=tuple(steps),
    )
    for line in records(sections, "logs"):
        message = text_of(line, "message")
        if any(word in message for word in ("ERROR", "Error", "Exception", "Task timed out")):
            told = shortened(message, 240)
            group = text_of(line, "log_group")
            yield Fact(f"Its log {group} says: {told}", _cited(seen, message), trouble=0.7)
            return


def _broken(content: Record, sections: Record) -> str:
    """Return what broke first, and with which error."""
    chain = records(content, "chain")
    failure: Record = sections.get("failure") or {}
    state: Record = failure.get("state") or {}
    error: Record = failure.get("error") or {}
    name = text_of(state, "name") or (text_of(chain[-1], "state") if chain else "")
    machine = text_of(chain[-1], "state_machine") if chain else ""
    kind = text_of(error, "exception") or text_of(error, "error")
    return f"{name or 'a state'} of {machine} failed{f' with {kind}' if kind else ''}"


def _cause(content: Record, sections: Record) -> str:
    """Return what broke first, the error's own words, and what it is about."""
    failure: Record = sections.get("failure") or {}
    error: Record = failure.get("error") or {}
    message = shortened(text_of(error, "message"), 260)
    involved = [text_of(one, "name") for one in records(sections, "involved")][:3]
    told = f": {message}" if message else "."
    end = "" if told.endswith((".", "…")) else "."
    about = f" It is about {', '.join(one for one in involved if one)}." if involved else ""
    return f"{_broken(content, sections)}{told}{end}{about}"


def _advised(advice: Record) -> str:
    step, why = text_of(advice, "step").replace("_", " "), text_of(advice, "why")
    safe = text_of(advice, f"{step}_is")
    doubt = " What it would do twice is not known: look first." if safe == "unknown" else ""
    return shortened(f"{step.capitalize()}: {why}.{doubt}", 400)


def _compared(seen: Observation, _scope: Scope) -> Iterator[Fact]:
    comparison: Record = seen.content.get("comparison") or {}
    summary = text_of(comparison, "summary")
    if summary:
        good = _clock(seen.content.get("good_started_at"))
        yield Fact(
            f"Beside the last good run ({good}): {shortened(summary, 300)}",
            _cited(seen, _longest_line(summary)),
            trouble=0.3,
        )


def _changed(seen: Observation, _scope: Scope) -> Iterator[Fact]:
    changes = [
        one for one in records(seen.content, "changes") if text_of(one, "kind") not in _NOT_CHANGES
    ]
    of = f" around {seen.call.arguments['service']}" if "service" in seen.call.arguments else ""
    if not changes:
        nothing = not records(seen.content, "changes")
        quotes = ('"changes":[]',) if nothing else ('"kind":"alarm_state"',)
        told = f"Nothing is known to have changed{of} in that time."
        yield Fact(told, _cited(seen, *quotes))
    for one in changes[:_MOST_CHANGES]:
        what = text_of(one, "what")
        told = f"{_clock(one.get('at'))}: {shortened(what, 220)}"
        yield Fact(told, _cited(seen, what.split("…")[0]), trouble=0.1, is_change=True)


def _alarms(seen: Observation, scope: Scope) -> Iterator[Fact]:
    alarms = records(seen.content, "alarms")
    if not alarms:
        yield Fact("No alarm is in ALARM.", _cited(seen, '"alarms":[]'))
    for one in alarms:
        if _concerns(one, scope):
            name, reason = text_of(one, "name"), text_of(one, "reason")
            yield Fact(
                f"Alarm {name} is in ALARM since {_clock(one.get('changed_at'))}: "
                f"{shortened(reason, 160)}",
                _cited(seen, name),
                trouble=0.7,
            )


def _concerns(alarm: Record, scope: Scope) -> bool:
    """Whether an alarm is about what the question is about."""
    if not scope.chosen:
        return True
    dimensions: Record = alarm.get("dimensions") or {}
    told = {text_of(alarm, "name"), *(str(value) for value in dimensions.values())}
    return any(name and name in text for name in _names(scope.chosen) for text in told)


def _names(entries: tuple[CatalogEntry, ...]) -> set[str]:
    return {
        name
        for one in entries
        for name in (one.entry_id, one.ecs_service, one.resource, one.state_machine_arn)
        if name
    }


def _anomalies(seen: Observation, scope: Scope) -> Iterator[Fact]:
    since = scope.reading.since
    told = 0
    for one in records(seen.content, "findings"):
        onset = moment(one.get("onset"))
        sentence = text_of(one, "sentence")
        if not sentence or told >= _MOST_ANOMALIES or (onset and onset < since):
            continue
        told += 1
        yield Fact(sentence, _cited(seen, sentence), trouble=_unrest(one))
    if not told and count_of(seen.content, "series_examined"):
        count = count_of(seen.content, "series_examined")
        space = seen.call.arguments.get("namespace")
        yield Fact(
            f"None of {count} metrics of {space} is other than usual.",
            _cited(seen, f'"series_examined":{count}'),
        )


def _unrest(finding: Record) -> float:
    """Return how much an anomaly tells of trouble: errors and delays that rose, most."""
    series = text_of(finding, "series").lower()
    bad = any(word in series for word in ("error", "latency", "fault", "throttl", "fail", "5xx"))
    sure = float(finding.get("confidence") or 0.5)
    if finding.get("direction") == "up":
        return 0.8 * sure if bad else 0.4 * sure
    return 0.2 * sure


def _lines(seen: Observation, _scope: Scope) -> Iterator[Fact]:
    group, wanted = text_of(seen.content, "log_group"), seen.call.arguments.get("contains", "")
    matched = count_of(seen.content, "matched")
    if matched == 0:
        yield Fact(f"No line with {wanted!r} in {group}.", _cited(seen, '"matched":0'))
    lines = records(seen.content, "lines")
    if matched and lines:
        last = lines[-1]
        message = text_of(last, "message")
        yield Fact(
            f"{matched} {'lines' if matched != 1 else 'line'} with {wanted!r} in {group}, "
            f"last {_clock(last.get('at'))}: {shortened(message, 200)}",
            _cited(seen, message, f'"matched":{matched}'),
            trouble=0.6,
            cause=f"{group} tells of it: {shortened(message, 240)}",
            confidence=0.4,
            is_on_topic=True,
        )


def _patterns(seen: Observation, _scope: Scope) -> Iterator[Fact]:
    group, told = text_of(seen.content, "log_group"), 0
    for one in records(seen.content, "patterns"):
        example: Record = one.get("example") or {}
        message, change = text_of(example, "message"), text_of(one, "change")
        is_loud = text_of(one, "level") in _LOUD
        if change == "vanished" or not is_loud or told >= _MOST_PATTERNS:
            continue
        told += 1
        count, begun = count_of(one, "count"), _clock(one.get("first_seen"))
        word = "New" if change == "new" else "Far more often than usual"
        yield Fact(
            f"{word} in {group}: {count} lines since {begun} like: {shortened(message, 200)}",
            _cited(seen, message),
            trouble=0.75,
            cause=f"{group} tells of it since {begun}: {shortened(message, 240)}",
            confidence=0.55,
        )


def _service(seen: Observation, _scope: Scope) -> Iterator[Fact]:
    content = seen.content
    name = text_of(content, "service")
    desired, running = count_of(content, "desired_count"), count_of(content, "running_count")
    if desired is not None and running is not None:
        short = running < desired
        yield Fact(
            f"{running} of {desired} tasks of {name} run.",
            _cited(seen, f'"desired_count":{desired}', f'"running_count":{running}'),
            trouble=0.7 if short else 0.0,
        )
    reasons: dict[str, int] = {}
    for task in records(content, "stopped_tasks"):
        told = [text_of(one, "reason") for one in records(task, "containers")]
        reason = next((one for one in told if one), text_of(task, "stopped_reason"))
        if reason:
            reasons[reason] = reasons.get(reason, 0) + 1
    for reason, count in list(reasons.items())[:2]:
        yield Fact(
            f"{count} tasks of {name} stopped: {shortened(reason, 200)}",
            _cited(seen, reason),
            trouble=0.75,
            cause=f"Tasks of {name} stop: {shortened(reason, 240)}",
            confidence=0.65,
        )


def _trend(seen: Observation, _scope: Scope) -> Iterator[Fact]:
    trend: Record = seen.content.get("trend") or {}
    sentence = text_of(trend, "sentence")
    days = [count_of(one, "failed") or 0 for one in records(seen.content, "days")]
    rising = text_of(trend, "direction") == "increasing"
    counts = ", ".join(map(str, days))
    told = f" ({trend.get('confidence', 0):.0%} sure)" if trend.get("confidence") else ""
    yield Fact(
        f"{sentence}{told} By day, oldest first: {counts}.",
        _cited(seen, sentence),
        trouble=0.85 if rising else 0.0,
    )


def _shared(seen: Observation, _scope: Scope) -> Iterator[Fact]:
    for one in records(seen.content, "causes"):
        component, why = text_of(one, "component"), text_of(one, "why")
        yield Fact(
            why,
            _cited(seen, f'"component":"{component}"', why),
            trouble=0.9,
            cause=f"{component}: {why}",
            confidence=float(one.get("confidence") or 0.5),
            steps=(f"Look at {component} first; what else waits for it recovers with it.",),
        )
    note = text_of(seen.content, "note")
    if note:
        yield Fact(note, _cited(seen, note))
    for one in records(seen.content, "failing"):
        summary, name = text_of(one, "summary"), text_of(one, "pipeline")
        yield Fact(
            f"{name} fails: {shortened(summary, 220)}",
            _cited(seen, _longest_line(summary)),
            trouble=0.6,
            cause=f"{name}: {shortened(summary, 260)}",
            confidence=0.5,
        )
    for one in records(seen.content, "overlaps")[:3]:
        why = text_of(one, "why")
        yield Fact(f"Not a shared cause, only a shared dependency: {why}", _cited(seen, why))


def _devices(seen: Observation, scope: Scope) -> Iterator[Fact]:
    wanted = {name for one in scope.chosen for name in (one.entry_id, *one.depends_on)}
    for one in records(seen.content, "devices"):
        name, condition = text_of(one, "device_id"), text_of(one, "condition")
        if name in wanted:
            degrees = one.get("temperature_celsius")
            told = f", {degrees} °C" if degrees is not None else ""
            fine = condition in ("ok", "in_range", "normal")
            yield Fact(
                f"{name} is {condition.replace('_', ' ')}{told}, last report "
                f"{_clock(one.get('last_report_at'))}.",
                _cited(seen, f'"condition":"{condition}"', f'"device_id":"{name}"'),
                trouble=0.0 if fine else 0.7,
            )


def _dead_letters(seen: Observation, scope: Scope) -> Iterator[Fact]:
    names = _names(scope.chosen)
    for one in records(seen.content, "queues"):
        name, depth = text_of(one, "name"), count_of(one, "depth") or 0
        if depth and any(known in name for known in names):
            yield Fact(f"{depth} dead letters wait in {name}.", _cited(seen, name), trouble=0.7)


def _longest_line(summary: str) -> str:
    """Return the part of a text that is sure to stand in the evidence: up to where it was cut."""
    return summary.split("…", maxsplit=1)[0][:_QUOTE]


def _clock(value: object) -> str:
    at = moment(value)
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "at an unknown time"


_READERS: dict[str, Facts] = {
    "find_shared_causes": _shared,
    "get_failure_trend": _trend,
    "list_failed_executions": _failures,
    "explain_execution_failure": _explained,
    "compare_executions": _compared,
    "list_alarms": _alarms,
    "detect_metric_anomalies": _anomalies,
    "describe_ecs_service": _service,
    "get_dlq_depth": _dead_letters,
    "list_fleet_devices": _devices,
    "find_log_patterns": _patterns,
    "query_cloudwatch_logs": _lines,
    "list_recent_changes": _changed,
}
