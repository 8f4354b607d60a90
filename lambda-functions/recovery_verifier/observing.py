"""What the verifier reads: metrics, alarms, ECS, queues and devices, through the tool servers.

What the server does not know, or cannot be asked, is missing: never assumed to be well.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from itops_core.domain.alarm import Alarm
from itops_core.domain.catalog import CatalogEntry
from itops_core.errors import ToolUnavailableError
from itops_core.observability import logger
from itops_core.remediation.verification import Sample, ServiceHealth, StoppedTask, Watch
from itops_core.tools.gateway import ToolGateway

_PAGES = 20


@dataclass(frozen=True)
class Metric:
    """One metric and how it is condensed."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: str

    @property
    def subject(self) -> str:
        """How it is named to people."""
        return f"{self.namespace} {self.name} {self.statistic}"


class Observer:
    """Asks the monitoring server, at the resolution that verification works with."""

    def __init__(
        self,
        monitoring: ToolGateway,
        period_seconds: int,
        before_seconds: int,
        fleet: ToolGateway | None = None,
    ) -> None:
        self._monitoring = monitoring
        self._fleet = fleet
        self._period_seconds = period_seconds
        self._before_seconds = before_seconds

    def before(self, metric: Metric, watch: Watch) -> tuple[Sample, ...]:
        """Return the metric's samples up to the action."""
        samples = self._samples(metric, self._before_seconds, watch.acted_from)
        return watch.before(samples, self._before_seconds)

    def after(self, metric: Metric, watch: Watch) -> tuple[Sample, ...]:
        """Return the metric's samples since the action."""
        return watch.after(self._samples(metric, watch.elapsed_seconds, None))

    def error_metrics(self, entry: CatalogEntry) -> tuple[Metric, ...]:
        """Return the metrics of a service that count what goes wrong, by their names."""
        if not entry.metric_namespace:
            return ()
        found = self._ask(
            "list_metrics",
            namespace=entry.metric_namespace,
            dimensions=dict(entry.metric_dimensions),
        )
        listed = (found or {}).get("metrics", [])
        return tuple(
            Metric(entry.metric_namespace, one["metric"], one["dimensions"], "Average")
            for one in listed
            if any(word in one["metric"].lower() for word in ("error", "5xx", "fault", "fail"))
        )

    def alarm(self, name: str) -> tuple[str, datetime | None, Alarm] | None:
        """Return an alarm's state, since when, and what it watches."""
        found = self._ask("get_cloudwatch_alarm_state", alarm_name=name)
        if found is None:
            return None
        changed = found.get("changed_at")
        since = datetime.fromisoformat(changed) if changed else None
        return found["state"], since, _alarm(found, since or datetime.min)

    def alarms(self, state: str | None = None) -> tuple[dict[str, Any], ...]:
        """Return the alarms there are, or those in one state, as `list_alarms` lists them."""
        listed: list[dict[str, Any]] = []
        asked: dict[str, Any] = {"state": state} if state else {}
        for _ in range(_PAGES):
            found = self._ask("list_alarms", **asked) or {}
            listed += found.get("alarms", [])
            if not found.get("cursor"):
                break
            asked["cursor"] = found["cursor"]
        return tuple(listed)

    def health(self, cluster: str, service: str) -> ServiceHealth | None:
        """Return how the service stands in ECS."""
        found = self._ask("describe_ecs_service", cluster=cluster, service=service)
        if found is None:
            return None
        deployments = found.get("deployments") or [{}]
        primary = next((one for one in deployments if one.get("status") == "PRIMARY"), {})
        return ServiceHealth(
            service=service,
            desired_count=found["desired_count"],
            running_count=found["running_count"],
            rollout_state=primary.get("rollout_state") or "",
            stopped=tuple(
                StoppedTask(
                    stopped_at=task.get("stopped_at"), reason=task.get("stopped_reason") or ""
                )
                for task in found.get("stopped_tasks", [])
            ),
        )

    def depth(self, queue: str) -> int | None:
        """Return how many messages lie in a queue."""
        found = self._ask("get_dlq_depth", name_prefix=queue, all_queues=True) or {}
        return next((one["depth"] for one in found.get("queues", []) if one["name"] == queue), None)

    def last_report(self, device_id: str) -> datetime | None:
        """Return when a device last reported, by its telemetry or by its shadow."""
        if self._fleet is None:
            return None
        shadow = self._asked(self._fleet, "get_device_shadow", {"device_id": device_id}) or {}
        told = [shadow.get("reported_at"), self._telemetry_of(self._fleet, device_id)]
        return max((datetime.fromisoformat(one) for one in told if one), default=None)

    def _telemetry_of(self, fleet: ToolGateway, device_id: str) -> str | None:
        asked: dict[str, Any] = {}
        for _ in range(_PAGES):
            found = self._asked(fleet, "list_fleet_devices", asked) or {}
            for one in found.get("devices", []):
                if one["device_id"] == device_id:
                    return one.get("last_report_at")
            if not found.get("cursor"):
                break
            asked["cursor"] = found["cursor"]
        return None

    def _samples(self, metric: Metric, seconds: float, end: datetime | None) -> tuple[Sample, ...]:
        until: dict[str, Any] = {"end": end.isoformat()} if end else {}
        found = self._ask(
            "get_metrics",
            namespace=metric.namespace,
            metric=metric.name,
            dimensions=dict(metric.dimensions),
            statistic=metric.statistic,
            minutes_back=max(1, math.ceil(seconds / 60)),
            period_seconds=self._period_seconds,
            **until,
        )
        points = (found or {}).get("points", [])
        return tuple(Sample(at=at, value=value) for at, value in points)

    def _ask(self, tool: str, **arguments: Any) -> dict[str, Any] | None:  # noqa: ANN401
        return self._asked(self._monitoring, tool, arguments)

    def _asked(
        self, server: ToolGateway, tool: str, arguments: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        try:
            answer = server.call(tool, arguments)
        except ToolUnavailableError as error:
            logger("recovery_verifier").warning("source out of reach", tool=tool, why=str(error))
            return None
        if not answer.ok:
            logger("recovery_verifier").info("source says no", tool=tool, why=answer.message)
            return None
        return answer.content


def _alarm(found: Mapping[str, Any], changed_at: datetime) -> Alarm:
    return Alarm(
        name=found["name"],
        namespace=found.get("namespace") or "",
        metric=found.get("metric") or "",
        dimensions=found.get("dimensions") or {},
        statistic=found.get("statistic") or "Average",
        period_seconds=found.get("period_seconds") or 60,
        threshold=found.get("threshold"),
        comparison=found.get("comparison") or "GreaterThanThreshold",
        changed_at=changed_at,
    )
