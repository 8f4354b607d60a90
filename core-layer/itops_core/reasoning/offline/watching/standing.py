"""Alarms that stand or come and go, dead letters, pipelines that fail, incidents left behind."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from itops_core.domain.evidence import Claim
from itops_core.domain.investigation import Observation
from itops_core.domain.reports import Finding, FindingKind
from itops_core.domain.verdict import Severity
from itops_core.reasoning.offline.reading import (
    count_of,
    moment,
    number_of,
    records,
    shortened,
    text_of,
)
from itops_core.reasoning.offline.sightings import quoted_field, quoted_text
from itops_core.reasoning.offline.watching.watched import Watched, ago, claim_of, span_of

_OLD_ALARM = timedelta(hours=24)
_FLAPPING = 3
_RETENTION_SHARE = 0.8
_BY_TIER = {1: Severity.HIGH, 2: Severity.MEDIUM, 3: Severity.MEDIUM, 4: Severity.LOW}
_DIMENSIONS = (
    "DeviceId",
    "ServiceName",
    "FunctionName",
    "QueueName",
    "StateMachineArn",
    "TableName",
    "DBInstanceIdentifier",
    "ApiName",
    "Service",
)
_QUOTED_CHARACTERS = 120


def standing_findings(watched: Watched) -> Iterator[Finding]:
    """Yield what is wrong with everything but devices."""
    yield from _alarms(watched)
    yield from _queues(watched)
    yield from _pipelines(watched)
    yield from _left_behind(watched)


def component_of(alarm: Mapping[str, Any]) -> str:
    """Return what an alarm is about, by its dimensions; its name where they tell nothing."""
    told = alarm.get("dimensions")
    dimensions: dict[str, Any] = told if isinstance(told, dict) else {}
    named = next((dimensions[name] for name in _DIMENSIONS if dimensions.get(name)), None)
    chosen = named or next(iter(dimensions.values()), "") or text_of(alarm, "name")
    return str(chosen).rsplit(":", 1)[-1]


def _alarms(watched: Watched) -> Iterator[Finding]:
    for seen, alarm in watched.rows("list_alarms", "alarms", "name"):
        name, state = text_of(alarm, "name"), text_of(alarm, "state")
        history = watched.answer("get_alarm_history", alarm_name=name)
        times = (count_of(history.content, "times_in_alarm") or 0) if history else 0
        flaps = times >= _FLAPPING
        if state != "ALARM" and not flaps:
            continue
        since = moment(alarm.get("changed_at"))
        claims = [_alarm_claim(watched, seen, alarm)] if state == "ALARM" else []
        if history is not None and flaps:
            text = f"{name} went off {times} times in the last hours: it comes and goes."
            quote = quoted_field("times_in_alarm", times)
            claims.append(claim_of(text, history, quote))
        component = component_of(alarm)
        yield Finding(
            kind=FindingKind.ALARM,
            component=component,
            severity=_alarm_severity(watched, component, state, since),
            claim=claims[0],
            more=tuple(claims[1:]),
            since=since if state == "ALARM" else None,
            alarms=(name,),
        )


def _alarm_claim(watched: Watched, seen: Observation, alarm: Mapping[str, Any]) -> Claim:
    name = text_of(alarm, "name")
    since = moment(alarm.get("changed_at"))
    reason = quoted_text(text_of(alarm, "reason")[:_QUOTED_CHARACTERS])
    text = f"{name} has been in ALARM for {ago(since, watched.now)}: {text_of(alarm, 'reason')}"
    return claim_of(shortened(text, 300), seen, quoted_field("name", name), reason)


def _alarm_severity(
    watched: Watched, component: str, state: str, since: datetime | None
) -> Severity:
    entry = watched.answer("get_catalog_entry", name=component)
    told = entry.content.get("entry") if entry else None
    tier = count_of(told, "tier") if isinstance(told, dict) else None
    severity = _BY_TIER.get(tier or 0, Severity.MEDIUM)
    is_old = since is not None and watched.now - since > _OLD_ALARM
    # What has stood for days has been seen, and decided about, by people.
    if is_old or state != "ALARM":
        return Severity.LOW if severity is Severity.LOW else Severity.MEDIUM
    return severity


def _queues(watched: Watched) -> Iterator[Finding]:
    for seen, queue in watched.rows("get_dlq_depth", "queues", "name"):
        name, depth = text_of(queue, "name"), count_of(queue, "depth") or 0
        if depth <= 0:
            continue
        whose = [str(one) for one in queue.get("dead_letters_of") or ()]
        rises, claims = _growth(watched, name)
        age, kept = number_of(queue, "oldest_age_seconds"), number_of(queue, "retention_seconds")
        is_lost_soon = bool(age and kept and age >= _RETENTION_SHARE * kept)
        text = f"{depth} dead letters lie in {name}"
        text += f", given up by {', '.join(whose)}" if whose else ""
        if age:
            text += f"; the oldest waits for {span_of(age / 60)}"
        text += ", and will be lost soon." if is_lost_soon else "."
        quotes = (quoted_field("depth", depth), quoted_field("name", name))
        yield Finding(
            kind=FindingKind.QUEUE,
            component=name,
            severity=Severity.HIGH if rises or is_lost_soon else Severity.MEDIUM,
            claim=claim_of(text, seen, *quotes),
            more=claims,
            since=watched.now - timedelta(seconds=age) if age else None,
        )


def _growth(watched: Watched, queue: str) -> tuple[bool, tuple[Claim, ...]]:
    """Return whether a queue has become deeper, and the claim that says so."""
    for seen in watched.answers("get_metrics"):
        if (seen.call.arguments.get("dimensions") or {}).get("QueueName") != queue:
            continue
        points = seen.content.get("points")
        values = [float(one[1]) for one in points or () if isinstance(one, list) and len(one) > 1]
        if len(values) < 6:
            return False, ()
        third = len(values) // 3
        before, now = sum(values[:third]) / third, sum(values[-third:]) / third
        if now - before < max(1.0, 0.1 * before):
            return False, ()
        text = f"It grows: from {values[0]:.0f} to {values[-1]:.0f} in the time that was looked at."
        latest = points[-1] if isinstance(points, list) else [""]
        return True, (claim_of(text, seen, quoted_text(str(latest[0]))),)
    return False, ()


def _pipelines(watched: Watched) -> Iterator[Finding]:
    newest = {
        text_of(row, "state_machine"): (seen, row)
        for seen, row in watched.rows("list_failed_executions", "latest", "state_machine")
    }
    families: dict[str, list[tuple[Observation, dict[str, Any]]]] = {}
    for told in watched.rows("list_failed_executions", "families"):
        families.setdefault(text_of(told[1], "state_machine"), []).append(told)
    for machine, failed in families.items():
        seen, family = max(failed, key=lambda one: text_of(one[1], "last_at"))
        count = sum(count_of(one, "count") or 1 for _, one in failed)
        status = text_of(newest[machine][1], "status") if machine in newest else ""
        works_again = status == "SUCCEEDED"
        error = text_of(family, "error") or "no error name"
        times = "once" if count == 1 else f"{count} times"
        last = ago(moment(family.get("last_at")), watched.now)
        text = (
            f"{machine} failed {times} within a day, last {last} ago in "
            f"{text_of(family, 'state') or 'an unknown state'} ({error})"
        )
        text += "; its newest execution succeeded." if works_again else "."
        quotes = [quoted_field("error", family.get("error"))] if family.get("error") else []
        quotes.append(quoted_field("latest_execution", family.get("latest_execution")))
        yield Finding(
            kind=FindingKind.PIPELINE,
            component=machine,
            severity=Severity.LOW if works_again else Severity.HIGH,
            claim=claim_of(text, seen, *quotes),
            more=tuple(_explained(watched, text_of(family, "latest_execution"))),
            since=moment(family.get("first_at")),
        )


def _explained(watched: Watched, arn: str) -> Iterator[Claim]:
    seen = watched.answer("explain_execution_failure", execution_arn=arn)
    summary = text_of(seen.content, "summary") if seen else ""
    if seen and summary:
        yield claim_of(shortened(summary, 300), seen, quoted_text(summary[:_QUOTED_CHARACTERS]))


def _left_behind(watched: Watched) -> Iterator[Finding]:
    for seen in watched.answers("list_incidents", stuck=True):
        for row in records(seen.content, "incidents"):
            incident_id, why = text_of(row, "incident_id"), text_of(row, "stuck_because")
            since = moment(row.get("stuck_since"))
            text = (
                f"{incident_id} on {text_of(row, 'service')} has been "
                f"{text_of(row, 'status').replace('_', ' ')} with nothing moving for "
                f"{ago(since, watched.now)}: {why}."
            )
            quotes = (quoted_field("incident_id", incident_id), quoted_text(why))
            yield Finding(
                kind=FindingKind.INCIDENT,
                component=incident_id,
                severity=Severity.MEDIUM,
                claim=claim_of(text, seen, *quotes),
                since=since,
            )


def failed_runs(watched: Watched) -> Iterator[str]:
    """Yield the newest failed execution of each pipeline."""
    known: set[str] = set()
    for seen in watched.answers("list_failed_executions"):
        for family in records(seen.content, "families"):
            machine = text_of(family, "state_machine")
            if machine not in known:
                known.add(machine)
                yield text_of(family, "latest_execution")
