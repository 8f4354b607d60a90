"""The case as the extractors see it: who is concerned, since when, and what was asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from itops_core.domain.alarm import Alarm
from itops_core.domain.incident import Incident
from itops_core.domain.investigation import Case, Observation, ObservationStatus
from itops_core.reasoning.offline.library import Library, library
from itops_core.reasoning.offline.reading import count_of, moment, records, text_of
from itops_core.reasoning.offline.series import Series, is_beyond, series_of
from itops_core.reasoning.offline.targets import (
    Target,
    entry_in,
    from_alarm,
    from_catalog,
    is_of,
    on_ecs,
)

_MARGIN = timedelta(minutes=10)
_OF_ONE = {
    "get_metrics",
    "list_metrics",
    "detect_metric_anomalies",
    "query_cloudwatch_logs",
    "find_log_patterns",
    "get_cloudwatch_alarm_state",
    "get_device_telemetry",
    "get_device_shadow",
    "get_excursion_events",
}
"""Tools whose answers are about one component: the one that was asked about."""
_KIND_BY_LOGS = {"/ecs/": "ecs_service", "/aws/lambda/": "lambda"}


@dataclass(frozen=True)
class Scene:
    """What is known so far about one component, ready to be asked for.

    Without a `focus` that is the component that the incident names. The incident, its alarm and
    its onset are the same, whichever component is looked at.
    """

    case: Case
    focus: str = ""

    @property
    def name(self) -> str:
        """Whom it is about, as whoever asked calls it."""
        return self.focus or self.incident.service

    @property
    def is_first(self) -> bool:
        """Whether this is the component that the incident names."""
        return self.name == self.incident.service

    @cached_property
    def first(self) -> "Scene":
        """The same case about the component that the incident names."""
        return self if self.is_first else Scene(self.case)

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
    def margin(self) -> timedelta:
        """How long before the onset something may belong to it."""
        return _MARGIN

    @property
    def everything(self) -> tuple[Observation, ...]:
        """What any agent saw in any round, oldest first."""
        return tuple(seen for step in self.case.transcript for seen in step.observations)

    def answers(self, tool: str) -> Iterator[Observation]:
        """Yield what `tool` answered in this round about this component, oldest first."""
        for seen in self.case.observations:
            if (
                seen.call.tool == tool
                and seen.status is ObservationStatus.OK
                and (tool not in _OF_ONE or self._is_about(seen))
            ):
                yield seen

    @cached_property
    def target(self) -> Target:
        """Return the component in question; what it is does not change between rounds."""
        known = self.catalogued.get(self.name)
        if known is not None:
            return known
        if not self.is_first:
            return Target(name=self.name, kind=None)
        told = from_alarm(self.alarm, self.incident.service)
        return told if told.cluster else self._from_deployments() or told

    @cached_property
    def catalogued(self) -> dict[str, Target]:
        """Every component whose catalog entry was seen, by all of its names."""
        if not self.is_first:
            return self.first.catalogued
        found: dict[str, Target] = {}
        for seen in self.everything:
            if seen.call.tool != "get_catalog_entry" or seen.status is not ObservationStatus.OK:
                continue
            entry = entry_in(seen.content)
            if entry is not None:
                asked = str(seen.call.arguments.get("name") or "")
                target = from_catalog(entry, seen.content, asked)
                found.update(dict.fromkeys((*target.names, asked), target))
        return found

    def _is_about(self, seen: Observation) -> bool:
        """Whether an answer is about this component: by whose log, metric or device it is."""
        asked = seen.call.arguments
        if seen.call.tool == "get_cloudwatch_alarm_state":
            return self.is_first
        if is_of(self.target, asked):
            return True
        others = (one for one in self.catalogued.values() if one.name != self.target.name)
        return self.is_first and not any(is_of(other, asked) for other in others)

    @cached_property
    def catalog_refusal(self) -> str:
        """Why the catalog told nothing; empty where it did, or was not asked."""
        refused = [
            seen.message
            for seen in self.everything
            if seen.call.tool == "get_catalog_entry"
            and seen.status is ObservationStatus.ERROR
            and seen.call.arguments.get("name") in (None, self.name)
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
                    return on_ecs(self.incident.service, cluster, service)
        return None

    @property
    def kinds(self) -> frozenset[str]:
        """What kinds of things are concerned: the component, and what the alarm watches."""
        watched = from_alarm(self.alarm, self.incident.service).kind if self.is_first else None
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
        if not self.is_first:
            return self.first.alarm_series
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
        if not self.is_first:
            return self.first.recovered_at
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
        ours = {*self.target.names, self.name}
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
