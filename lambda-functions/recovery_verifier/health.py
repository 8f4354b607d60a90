"""How well the things are that were acted on: each kind of thing shows it in its own way."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from itops_core.domain.remediation import ActionRecord
from itops_core.remediation.catalogue import catalogue
from itops_core.remediation.health import (
    Health,
    backlog_health,
    failures_health,
    reporting_health,
    worst,
)
from itops_core.remediation.verification import Watch, service_probe, was_ill
from itops_core.settings import VerificationRules
from recovery_verifier.observing import Metric, Observer

_WITH_HEALTH = "alarm_and_health"
_TELEMETRY_RESOLUTION = timedelta(minutes=5)
"""The fleet server knows a device's last report to as much."""


@dataclass(frozen=True)
class HealthChecks:
    """Looks at what was acted on last, as the catalogue says that its success is seen."""

    observer: Observer
    rules: VerificationRules

    def look(self, done: tuple[ActionRecord, ...], watch: Watch) -> Health | None:
        """Return how the last of these is that shows its health; `None` where none tells."""
        checks: dict[str, Callable[[ActionRecord, Watch], Health | None]] = {
            "ecs_service": self._service,
            "queue": self._queue,
            "lambda": self._function,
            "table": self._table,
            "device": self._device,
        }
        for record in reversed(done):
            spec = catalogue().actions.get(record.action.name)
            if spec is not None and spec.success_probe == _WITH_HEALTH:
                return checks[spec.kind](record, watch)
        return None

    def _service(self, record: ActionRecord, watch: Watch) -> Health | None:
        cluster = str(record.action.parameters["cluster"])
        health = self.observer.health(cluster, service_of(record))
        if health is None:
            return None
        before = watch.acted_from - timedelta(seconds=self.rules.before_seconds)
        return Health(
            probe=service_probe(health, record.before.get("running_count"), watch, self.rules),
            was_ill=was_ill(health, record.before, (before, watch.acted_from)),
            has_failed=health.rollout_state == "FAILED",
        )

    def _queue(self, record: ActionRecord, watch: Watch) -> Health:
        del watch
        name = str(record.action.parameters["queue_name"])
        before = int(record.before.get("messages") or 0)
        return backlog_health(name, before, self.observer.depth(name))

    def _function(self, record: ActionRecord, watch: Watch) -> Health | None:
        of_function = {"FunctionName": str(record.action.parameters["function_name"])}
        return self._failures("AWS/Lambda", ("Errors", "Throttles"), of_function, watch)

    def _table(self, record: ActionRecord, watch: Watch) -> Health | None:
        of_table = {"TableName": str(record.action.parameters["table_name"])}
        counts = ("ReadThrottleEvents", "WriteThrottleEvents")
        return self._failures("AWS/DynamoDB", counts, of_table, watch)

    def _device(self, record: ActionRecord, watch: Watch) -> Health:
        name = str(record.action.parameters["device_id"])
        last = self.observer.last_report(name)
        return reporting_health(name, last, watch.acted_to, _TELEMETRY_RESOLUTION)

    def _failures(
        self, namespace: str, names: tuple[str, ...], dimensions: dict[str, str], watch: Watch
    ) -> Health | None:
        metrics = [Metric(namespace, name, dimensions, "Sum") for name in names]
        return worst(
            failures_health(
                one.subject, self.observer.before(one, watch), self.observer.after(one, watch)
            )
            for one in metrics
        )


def touched_by(record: ActionRecord) -> set[str]:
    """Return the names of what an action touched, as the catalog may have them."""
    spec = catalogue().actions.get(record.action.name)
    if spec is None:
        return set()
    named = {service_of(record)} if spec.kind == "ecs_service" else {spec.target_of(record.action)}
    return named | {str(one) for one in record.before.get("sources", ())}


def service_of(record: ActionRecord) -> str:
    """Return the ECS service that an action changed; a task's action names it by its ARN alone."""
    named = record.action.parameters.get("service")
    return str(named or record.resource.rsplit("/", 1)[-1])
