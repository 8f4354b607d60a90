"""A scenario behind the agents' tools, without a cloud: shapes as the real tool servers give them.

The world is the sandbox's own story of the scenario, stopped at one moment.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from itops_core.domain.alarm import Alarm
from itops_core.domain.incident import Incident, Status, open_incident
from itops_core.domain.investigation import Agent
from itops_core.domain.remediation import RemediationPlan
from itops_core.domain.verdict import TriageVerdict, Verdict
from itops_core.errors import NotFoundError
from itops_core.reasoning.engine import StepEngine
from itops_core.reasoning.offline.reasoner import OfflineReasoner
from itops_core.reasoning.reasoner import Reasoner
from itops_core.reasoning.step_outcome import StepOutcome
from itops_core.settings import config
from itops_core.tools.toolbox import Toolbox
from itops_core.wiring.tools import allowed_tools
from local_cloud.sandbox.changes import Change
from local_cloud.sandbox.estate import ServiceSpec
from local_cloud.sandbox.parts import MetricSpec
from local_cloud.sandbox.scenario import Scenario
from local_cloud.sandbox.story import Story
from tests.support.memory import Content, MemoryStores, Server


@dataclass
class Rehearsal:
    """One scenario at one moment, the incident it opened, and the agents at work on it."""

    scenario: Scenario
    now: datetime = field(default_factory=lambda: datetime(2026, 11, 20, 14, 3, 20, tzinfo=UTC))
    reasoners: tuple[Reasoner, ...] = ()

    def __post_init__(self) -> None:
        self.onset = self.now - timedelta(minutes=self.scenario.onset_minutes_ago)
        self.story = Story(self.scenario, self.onset.timestamp(), seed="rehearsal")
        self.stores = MemoryStores(self._incident())
        self.monitoring = Server(
            "monitoring",
            {
                "get_metrics": self.get_metrics,
                "list_metrics": self.list_metrics,
                "get_cloudwatch_alarm_state": self.get_cloudwatch_alarm_state,
                "query_cloudwatch_logs": self.query_cloudwatch_logs,
                "describe_ecs_service": self.describe_ecs_service,
                "list_recent_changes": self.list_recent_changes,
            },
        )
        self.others: list[Content] = []
        self.knowing = Server(
            "incident",
            {
                "get_catalog_entry": self.get_catalog_entry,
                "list_incidents": self.list_incidents,
            },
        )
        self.operations = Server("operations", {"preview_action": self.preview_action})
        self.impossible: set[str] = set()

    # What the agents do

    def engine(self, agent: Agent) -> StepEngine:
        ladder = self.reasoners or (OfflineReasoner(config()),)
        rules = config()
        return StepEngine(
            self.stores,
            self.stores,
            self.tools(agent),
            ladder,
            rules.budget,
            rules.reasoning.lone_confidence,
        )

    def tools(self, agent: Agent) -> Toolbox:
        gateways = {one.server: one for one in (self.monitoring, self.knowing, self.operations)}
        return Toolbox(agent, gateways, allowed_tools(), config().tools.result_characters)

    def finish(self, agent: Agent) -> StepOutcome:
        engine = self.engine(agent)
        for _ in range(config().budget.steps_per_agent + 1):
            outcome = engine.take_step(self.stores.incident.incident_id, agent)
            if outcome.answer is not None or outcome.stopped:
                return outcome
        raise AssertionError(f"{agent} never answered")

    def triage(self) -> TriageVerdict:
        triage = self.finish(Agent.TRIAGE).triage
        assert triage is not None
        self._change(severity=triage.severity, triage=triage, status=Status.INVESTIGATING)
        return triage

    def diagnose(self) -> Verdict:
        verdict = self.finish(Agent.ROOT_CAUSE).verdict
        assert verdict is not None
        self._change(verdict=verdict, status=Status.INVESTIGATING)
        return verdict

    def plan(self) -> RemediationPlan:
        plan = self.finish(Agent.REMEDIATION).plan
        assert plan is not None
        return plan

    def tools_asked(self, agent: Agent) -> list[str]:
        return [
            seen.call.tool
            for step in self.stores.transcript
            if step.agent is agent
            for seen in step.observations
        ]

    def _change(self, **changes: object) -> None:
        self.stores.incident = self.stores.incident.changed(self.now, **changes)

    def _incident(self) -> Incident:
        alarm = self._alarm()
        return open_incident(
            f"{alarm.name} is in ALARM",
            self.scenario.alarm.service,
            self.now,
            fingerprint=alarm.fingerprint,
            alarm=alarm,
            symptom_started_at=alarm.changed_at,
        )

    def _alarm(self) -> Alarm:
        told = self.scenario.alarm
        metric = self.scenario.metric(told.service, told.metric)
        return Alarm(
            name=told.name,
            account="000000000000",
            region="us-east-1",
            namespace=metric.namespace,
            metric=metric.name,
            dimensions=metric.dimensions,
            statistic=told.statistic,
            period_seconds=told.period_seconds,
            threshold=told.threshold,
            comparison=told.comparison,
            description=told.description,
            changed_at=self.now - timedelta(seconds=20),
        )

    # What the tools answer

    def get_cloudwatch_alarm_state(self, alarm_name: str) -> Content:
        if alarm_name != self.scenario.alarm.name:
            raise NotFoundError(f"no alarm named {alarm_name!r}; call list_alarms for the names")
        return {"name": alarm_name, "state": "ALARM", "reason": "Threshold Crossed"}

    def get_metrics(
        self,
        namespace: str,
        metric: str,
        dimensions: dict[str, str] | None = None,
        minutes_back: int = 60,
        **_: object,
    ) -> Content:
        service, spec = self._metric(namespace, metric, dimensions or {})
        period = 60 if minutes_back <= 120 else 120
        end = int(self.now.timestamp()) // period * period
        moments = range(end - minutes_back * 60, end + 1, period)
        points = [
            [_iso(at), float(f"{self.story.value(service, spec, float(at)):.6g}")] for at in moments
        ]
        if self.story.is_missing(service.name, spec):
            points = []
        return {
            "namespace": namespace,
            "metric": metric,
            "dimensions": dimensions or {},
            "unit": spec.unit,
            "period_seconds": period,
            "points": points,
            "summary": {"count": len(points), "latest": points[-1][1] if points else None},
        }

    def list_metrics(
        self, namespace: str | None = None, dimensions: dict[str, str] | None = None
    ) -> Content:
        wanted = set((dimensions or {}).items())
        found = [
            {"namespace": spec.namespace, "metric": spec.name, "dimensions": spec.dimensions}
            for service in self.scenario.estate
            for spec in service.all_metrics()
            if (namespace is None or spec.namespace == namespace)
            and wanted <= set(spec.dimensions.items())
        ]
        if not found:
            raise NotFoundError("no metric had data here in the last two weeks")
        return {"metrics": found}

    def query_cloudwatch_logs(
        self,
        log_group: str,
        minutes_back: int = 60,
        end: str | None = None,
        contains: str = "",
        limit: int = 50,
    ) -> Content:
        gone = {one.service for one in self.scenario.missing if one.kind == "log_group"}
        service = next((s for s in self.scenario.estate if s.log_group_name == log_group), None)
        if service is None or service.name in gone:
            raise NotFoundError(f"no log group {log_group!r}; there are /ecs/other")
        last = datetime.fromisoformat(end) if end else self.now
        begin = (last - timedelta(minutes=minutes_back)).timestamp()
        lines = self.story.log_lines(service, begin, last.timestamp())
        matching = [line for line in lines if contains.lower() in line.message.lower()]
        levels: dict[str, int] = {}
        for line in matching:
            level = next((one for one in ("ERROR", "WARN", "INFO") if one in line.message), "OTHER")
            levels[level] = levels.get(level, 0) + 1
        shown = matching[-limit:]
        return {
            "log_group": log_group,
            "lines": [
                {"at": _iso(line.at), "stream": f"{service.name}/1", "message": line.message}
                for line in shown
            ],
            "matched": len(matching),
            "scanned": len(lines),
            "levels": levels,
        }

    def describe_ecs_service(self, cluster: str, service: str) -> Content:
        spec = self._service(service)
        stops = [
            stop
            for stop in self.story.stops(self.now.timestamp() - 3600, self.now.timestamp())
            if stop.how.service == service
        ]
        down = sum(not stop.how.replaced for stop in stops)
        revision = self._revision(service)
        return {
            "cluster": cluster,
            "service": service,
            "status": "ACTIVE",
            "desired_count": spec.desired_count,
            "running_count": max(0, spec.desired_count - down),
            "pending_count": 0,
            "task_definition": f"{service}:{revision}",
            "cpu": str(spec.cpu),
            "memory": str(spec.memory),
            "deployments": [
                {
                    "id": f"ecs-svc/{revision}",
                    "status": "PRIMARY",
                    "task_definition": f"{service}:{revision}",
                    "desired": spec.desired_count,
                    "running": max(0, spec.desired_count - down),
                    "rollout_state": "COMPLETED",
                }
            ],
            "events": [
                {"at": _iso(self.now.timestamp()), "message": "has reached a steady state."}
            ],
            "stopped_tasks": [
                {
                    "task_id": f"{index:032x}",
                    "stopped_at": _iso(stop.at),
                    "stopped_reason": stop.how.stopped_reason,
                    "stop_code": "",
                    "containers": [
                        {
                            "name": service,
                            "exit_code": stop.how.exit_code,
                            "reason": stop.how.container_reason,
                        }
                    ],
                }
                for index, stop in enumerate(stops[-10:])
            ],
        }

    def list_recent_changes(
        self, service: str | None = None, cluster: str | None = None, **_: object
    ) -> Content:
        assert cluster in (None, *(one.cluster for one in self.scenario.estate))
        told = [self._change_told(change) for change in self.scenario.changes]
        kept = [
            one for one in told if one["kind"] == "parameter" or service in (None, one["service"])
        ]
        for one in kept:
            one.pop("service", None)
        return {"changes": sorted(kept, key=lambda one: one["at"], reverse=True), "gaps": []}

    def get_catalog_entry(self, name: str) -> Content:
        gone = {one.service for one in self.scenario.missing if one.kind == "catalog_entry"}
        if name in gone:
            raise NotFoundError(f"the catalog has no {name!r}")
        return {"entry": self._service(name).catalog_entry().model_dump(mode="json")}

    def list_incidents(self, **_: object) -> Content:
        return {"incidents": self.others}

    def preview_action(self, name: str, parameters: dict[str, Any]) -> Content:
        possible = name not in self.impossible
        return {
            "action": {"name": name, "parameters": parameters},
            "possible": possible,
            "reason": "",
        }

    def _change_told(self, change: Change) -> Content:
        at = self.onset - timedelta(minutes=change.minutes_before_onset)
        if change.kind == "parameter":
            what = f"parameter {change.parameter}: {change.value_before} → {change.value_after}"
            detail: Content = {"parameter": change.parameter, "type": "String"}
            return _told(at, "parameter", what, detail, f"{change.parameter}:2")
        spec = self._service(change.service or "")
        changed: Content = {}
        if change.image:
            changed["image"] = {"before": spec.image, "after": change.image}
        for name, value in change.environment.items():
            before = spec.environment.get(name)
            changed[f"environment.{name}"] = {"before": before, "after": value}
        if change.memory:
            changed["memory"] = {"before": str(spec.memory), "after": str(change.memory)}
        words = "; ".join(
            f"{key}: {one['before']} → {one['after']}" for key, one in changed.items()
        )
        revision = f"{spec.name}:{self._revision(spec.name)}"
        detail = {
            "service": spec.name,
            "cluster": spec.cluster,
            "task_definition": revision,
            "previous_task_definition": f"{spec.name}:{self._revision(spec.name) - 1}",
            "changed": changed,
        }
        what = f"{spec.name} rolled out {revision}: {revision} registered: {words}"
        told = _told(at, "deployment", what, detail, f"ecs-svc/{change.change_id}")
        return {**told, "service": spec.name}

    def _revision(self, service: str) -> int:
        return 4 + sum(change.service == service for change in self.scenario.changes)

    def _service(self, name: str) -> ServiceSpec:
        for service in self.scenario.estate:
            if service.name == name:
                return service
        raise NotFoundError(f"there is no {name!r}")

    def _metric(
        self, namespace: str, metric: str, dimensions: dict[str, str]
    ) -> tuple[ServiceSpec, MetricSpec]:
        for service in self.scenario.estate:
            for spec in service.all_metrics():
                if (spec.namespace, spec.name, spec.dimensions) == (namespace, metric, dimensions):
                    return service, spec
        raise NotFoundError(f"{namespace} has no metric {metric!r}")


def _told(at: datetime, kind: str, what: str, detail: Content, change_id: str) -> Content:
    return {
        "at": _iso(at.timestamp()),
        "kind": kind,
        "what": what,
        "who": "",
        "detail": detail,
        "change_id": change_id,
        "minutes_before": 0,
    }


def _iso(at: float) -> str:
    return datetime.fromtimestamp(int(at), UTC).isoformat().replace("+00:00", "Z")
