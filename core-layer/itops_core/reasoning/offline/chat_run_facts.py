"""What the tools that look into executions say of pipelines."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from itops_core.domain.investigation import Observation
from itops_core.reasoning.offline.chat_fact import Fact, cited, clock, uncut
from itops_core.reasoning.offline.chat_looking import looks_earlier
from itops_core.reasoning.offline.chat_scope import Scope
from itops_core.reasoning.offline.reading import count_of, moment, records, shortened, text_of

_MOST_FAMILIES = 4
Record = Mapping[str, Any]


def failures_seen(seen: Observation, scope: Scope) -> Iterator[Fact]:
    """Yield what failed, or that nothing did, and whether it works again."""
    if looks_earlier(seen, scope):
        yield _last_failure(seen, scope)
        return
    of = seen.call.arguments.get("state_machine") or "any pipeline"
    if count_of(seen.content, "failed") == 0:
        yield Fact(f"No execution of {of} failed in that time.", cited(seen, '"failed":0'))
    for family in records(seen.content, "families")[:_MOST_FAMILIES]:
        machine, count = text_of(family, "state_machine"), count_of(family, "count") or 0
        error, state = text_of(family, "error"), text_of(family, "state")
        times = f"{count} times" if count != 1 else "once"
        where = f" at {state}" if state else ""
        how = f" with {error}" if error else ""
        yield Fact(
            f"{machine} failed {times}{where}{how}, last {clock(family.get('last_at'))}.",
            cited(seen, error or state, f'"count":{count}'),
            trouble=0.8,
        )
    for one in records(seen.content, "latest"):
        name, status = text_of(one, "state_machine"), text_of(one, "status")
        if status == "SUCCEEDED" and count_of(seen.content, "failed"):
            yield Fact(
                f"The newest execution of {name} succeeded ({clock(one.get('started_at'))}): "
                "it works again.",
                cited(seen, f'"status":"{status}"'),
            )


def _last_failure(seen: Observation, scope: Scope) -> Fact:
    """Return when something that did not fail in the time asked about failed last."""
    given, window = seen.call.arguments, scope.reading.window
    name, until = str(given["state_machine"]), scope.reading.until
    when = f"in {window}" if window.startswith("the last") else "in that time"
    families = records(seen.content, "families")
    last = max(families, key=lambda one: text_of(one, "last_at"), default=None)
    if last is None:
        days = int(given["hours_back"]) // 24
        told = f"{name} did not fail {when}; none of its failures is on record in {days} days."
        step = f"See what is known of it: itops pipelines show {name}"
        return Fact(told, cited(seen, '"failed":0'), gist=told, steps=(step,))
    error, state = text_of(last, "error"), text_of(last, "state")
    where = f", at {state}" if state else ""
    how = f" with {error}" if error else ""
    was = clock(last.get("last_at"))
    told = f"{name} did not fail {when}; its last failure was {was}{where}{how}."
    at = moment(last.get("last_at"))
    hours = given["hours_back"]
    if at is not None and scope.is_now:
        hours = max(0, (until - at) // timedelta(hours=1)) + 1
    step = f"Look there: itops chat --hours {hours} 'why did {name} fail?'"
    return Fact(told, cited(seen, text_of(last, "last_at")), gist=told, steps=(step,))


def explanation_seen(seen: Observation, _scope: Scope) -> Iterator[Fact]:
    """Yield why an execution failed, and what its log says."""
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
        cited(seen, uncut(summary)),
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
            yield Fact(f"Its log {group} says: {told}", cited(seen, message), trouble=0.7)
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


def comparison_seen(seen: Observation, _scope: Scope) -> Iterator[Fact]:
    """Yield how a failed execution differs from a good one."""
    comparison: Record = seen.content.get("comparison") or {}
    summary = text_of(comparison, "summary")
    if summary:
        good = clock(seen.content.get("good_started_at"))
        yield Fact(
            f"Beside the last good run ({good}): {shortened(summary, 300)}",
            cited(seen, uncut(summary)),
            trouble=0.3,
        )


def trend_seen(seen: Observation, _scope: Scope) -> Iterator[Fact]:
    """Yield whether failures become more."""
    trend: Record = seen.content.get("trend") or {}
    sentence = text_of(trend, "sentence")
    days = [count_of(one, "failed") or 0 for one in records(seen.content, "days")]
    rising = text_of(trend, "direction") == "increasing"
    counts = ", ".join(map(str, days))
    told = f" ({trend.get('confidence', 0):.0%} sure)" if trend.get("confidence") else ""
    yield Fact(
        f"{sentence}{told} By day, oldest first: {counts}.",
        cited(seen, sentence),
        trouble=0.85 if rising else 0.0,
    )


def shared_causes_seen(seen: Observation, _scope: Scope) -> Iterator[Fact]:
    """Yield what several pipelines fail over, and what they merely share."""
    for one in records(seen.content, "causes"):
        component, why = text_of(one, "component"), text_of(one, "why")
        yield Fact(
            why,
            cited(seen, f'"component":"{component}"', why),
            trouble=0.9,
            cause=f"{component}: {why}",
            confidence=float(one.get("confidence") or 0.5),
            steps=(f"Look at {component} first; what else waits for it recovers with it.",),
        )
    note = text_of(seen.content, "note")
    if note:
        yield Fact(note, cited(seen, note))
    for one in records(seen.content, "failing"):
        summary, name = text_of(one, "summary"), text_of(one, "pipeline")
        yield Fact(
            f"{name} fails: {shortened(summary, 220)}",
            cited(seen, uncut(summary)),
            trouble=0.6,
            cause=f"{name}: {shortened(summary, 260)}",
            confidence=0.5,
        )
    for one in records(seen.content, "overlaps")[:3]:
        why = text_of(one, "why")
        yield Fact(f"Not a shared cause, only a shared dependency: {why}", cited(seen, why))
