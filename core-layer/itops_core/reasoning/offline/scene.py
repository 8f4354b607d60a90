"""The case as the extractors see it: who is concerned, since when, and what was asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from itops_core.domain.alarm import Alarm
from itops_core.domain.incident import Incident
from itops_core.domain.investigation import Case, Observation, ObservationStatus
from itops_core.reasoning.offline.library import Library, library
from itops_core.reasoning.offline.reading import count_of, moment, records, text_of
from itops_core.reasoning.offline.series import Series, is_beyond, series_of


@dataclass(frozen=True)
class Target:
    """The component in question, as the catalog has it, or as the alarm's dimensions tell."""

    name: str
    kind: str | None
    tier: int | None = None
    cluster: str = ""
    ecs_service: str = ""
    log_groups: tuple[str, ...] = ()
    metric_namespace: str = ""
    metric_dimensions: tuple[tuple[str, str], ...] = ()
    depends_on: tuple[str, ...] = ()
    dependants: tuple[str, ...] = ()
    state_machine: str = ""
    is_catalogued: bool = False


_KIND_BY_DIMENSION = {
    "FunctionName": "lambda",
    "TableName": "table",
    "QueueName": "queue",
    "StateMachineArn": "pipeline",
}
_KIND_BY_LOGS = {"/ecs/": "ecs_service", "/aws/lambda/": "lambda"}


@dataclass(frozen=True)
class Scene:
    """What is known so far, ready to be asked for."""

    case: Case

    @property
    def incident(self) -> Incident:
        """The incident."""
        return self.case.incident

    @property
    def alarm(self) -> Alarm | None:
        """The alarm that opened it, if one did."""
        return self.case.incident.alarm

    @property
    def library(self) -> Library:
        """The fault library."""
        return library()

    @property
    def everything(self) -> tuple[Observation, ...]:
        """What any agent saw in any round, oldest first."""
        return tuple(seen for step in self.case.transcript for seen in step.observations)

    def answers(self, tool: str) -> Iterator[Observation]:
        """Yield what `tool` answered in this round, oldest first."""
        for seen in self.case.observations:
            if seen.call.tool == tool and seen.status is ObservationStatus.OK:
                yield seen

    @cached_property
    def target(self) -> Target:
        """Return the component in question; what it is does not change between rounds."""
        for seen in reversed(self.everything):
            if seen.call.tool != "get_catalog_entry" or seen.status is not ObservationStatus.OK:
                continue
            entry = _entry_in(seen.content)
            if entry is not None and _names(entry, self.incident.service):
                return _from_catalog(entry, seen.content, self.incident.service)
        told = _from_alarm(self.alarm, self.incident.service)
        return told if told.cluster else self._from_deployments() or told

    @cached_property
    def catalog_refusal(self) -> str:
        """Why the catalog told nothing; empty where it did, or was not asked."""
        refused = [
            seen.message
            for seen in self.everything
            if seen.call.tool == "get_catalog_entry" and seen.status is ObservationStatus.ERROR
        ]
        return refused[-1] if refused else ""

    def _from_deployments(self) -> Target | None:
        """Return where the service runs, by what a deployment of it tells."""
        for seen in self.answers("list_recent_changes"):
            for change in records(seen.content, "changes"):
                detail = change.get("detail")
                told = detail if isinstance(detail, dict) else {}
                cluster, service = text_of(told, "cluster"), text_of(told, "service")
                if cluster and service == self.incident.service:
                    return _on_ecs(self.incident.service, cluster, service)
        return None

    @property
    def kinds(self) -> frozenset[str]:
        """What kinds of things are concerned: the component, and what the alarm watches."""
        watched = _from_alarm(self.alarm, self.incident.service).kind
        told = frozenset(kind for kind in (self.target.kind, watched) if kind)
        return told or frozenset(self._kinds_by_logs())

    def _kinds_by_logs(self) -> Iterator[str]:
        for seen in self.answers("query_cloudwatch_logs"):
            group = str(seen.call.arguments.get("log_group"))
            yield from (kind for start, kind in _KIND_BY_LOGS.items() if group.startswith(start))

    @cached_property
    def alarm_series(self) -> tuple[Observation, Series] | None:
        """Return the alarm's own metric, where it was looked at and has data."""
        alarm = self.alarm
        if alarm is None or not alarm.metric:
            return None
        for seen in reversed(list(self.answers("get_metrics"))):
            asked = seen.call.arguments
            if asked.get("metric") == alarm.metric and asked.get("namespace") == alarm.namespace:
                series = series_of(seen.content)
                if series.points:
                    return seen, series
        return None

    @cached_property
    def over_until(self) -> datetime | None:
        """Return until when what was seen is over and no longer tells of the present.

        Tasks that a newer deployment replaced are gone, with what they suffered; and so is what
        came before an alarm went back to OK, if its metric is back to normal as well.
        """
        told = [at for at in (self._redeployed_at(), self.recovered_at) if at is not None]
        return max(told, default=None)

    @cached_property
    def recovered_at(self) -> datetime | None:
        """Return when the alarm went back to OK, if its metric agrees that it is over."""
        if self.alarm is None or self.alarm_series is None:
            return None
        told = [
            seen.content
            for seen in self.answers("get_cloudwatch_alarm_state")
            if seen.content.get("name") in (None, self.alarm.name)
        ]
        if not told or told[-1].get("state") != "OK":
            return None
        newest = self.alarm_series[1].latest
        return None if is_beyond(self.alarm, newest) else moment(told[-1].get("changed_at"))

    def _redeployed_at(self) -> datetime | None:
        """Return when the deployment began whose tasks run now, all of them."""
        ours = {self.target.ecs_service, self.target.name, self.incident.service}
        for seen in reversed(list(self.answers("describe_ecs_service"))):
            if seen.call.arguments.get("service") not in ours:
                continue
            for one in records(seen.content, "deployments"):
                running, desired = count_of(one, "running"), count_of(one, "desired")
                is_up = text_of(one, "rollout_state") == "COMPLETED" or running == desired
                if text_of(one, "status") == "PRIMARY" and is_up:
                    return moment(one.get("created_at"))
            return None
        return None

    def is_past(self, at: datetime | None) -> bool:
        """Whether something seen at `at` is over by now."""
        return at is not None and self.over_until is not None and at < self.over_until

    @cached_property
    def onset(self) -> datetime:
        """Return when the symptom began, as far as can be told.

        The alarm speaks only after its metric was beyond the threshold for a while; the metric
        itself shows when it crossed.
        """
        incident = self.incident
        told = incident.symptom_started_at or (self.alarm and self.alarm.changed_at)
        told = told or incident.opened_at
        if self.alarm is None or self.alarm_series is None:
            return told
        crossed = self.alarm_series[1].crossed_at(self.alarm, told)
        return min(told, crossed) if crossed else told


def _entry_in(content: dict[str, Any]) -> dict[str, Any] | None:
    """Return the catalog entry in an answer, whether it is the answer or a field of it."""
    for candidate in (content, content.get("entry"), content.get("catalog_entry")):
        if isinstance(candidate, dict) and candidate.get("entry_id"):
            return candidate
    return None


def _names(entry: dict[str, Any], service: str) -> bool:
    return service in {entry.get("entry_id"), entry.get("ecs_service")}


def _from_catalog(entry: dict[str, Any], answer: dict[str, Any], service: str) -> Target:
    dimensions = entry.get("metric_dimensions") or {}
    return Target(
        name=str(entry.get("entry_id") or service),
        kind=text_of(entry, "kind") or None,
        tier=entry["tier"] if isinstance(entry.get("tier"), int) else None,
        cluster=text_of(entry, "cluster"),
        ecs_service=text_of(entry, "ecs_service"),
        log_groups=tuple(str(group) for group in entry.get("log_groups") or ()),
        metric_namespace=text_of(entry, "metric_namespace"),
        metric_dimensions=tuple((str(key), str(value)) for key, value in dimensions.items()),
        depends_on=tuple(str(name) for name in entry.get("depends_on") or ()),
        dependants=tuple(str(name) for name in answer.get("dependants") or ()),
        state_machine=text_of(entry, "state_machine_arn"),
        is_catalogued=True,
    )


def _from_alarm(alarm: Alarm | None, service: str) -> Target:
    dimensions = alarm.dimensions if alarm else {}
    if {"ClusterName", "ServiceName"} <= set(dimensions):
        name = dimensions["ServiceName"]
        return _on_ecs(service, dimensions["ClusterName"], name)
    for dimension, kind in _KIND_BY_DIMENSION.items():
        if name := dimensions.get(dimension):
            groups = (f"/aws/lambda/{name}",) if kind == "lambda" else ()
            return Target(name=service, kind=kind, log_groups=groups)
    return Target(name=service, kind=None, log_groups=(f"/ecs/{service}", f"/aws/lambda/{service}"))


def _on_ecs(name: str, cluster: str, service: str) -> Target:
    return Target(
        name=name,
        kind="ecs_service",
        cluster=cluster,
        ecs_service=service,
        log_groups=(f"/ecs/{service}",),
    )
