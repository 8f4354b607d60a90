"""Verification through the monitoring server: real metrics, real alarms, real ECS."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from itops_core.domain.alarm import Alarm
from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.incident import Incident, Status
from itops_core.domain.remediation import ActionRecord, ActionStatus, VerificationOutcome
from itops_core.domain.values import utc_now
from itops_core.settings import VerificationRules
from itops_core.tools.gateway import ToolGateway
from itops_core.tools.in_memory import InMemoryToolGateway
from recovery_verifier.agent import RecoveryVerifier
from recovery_verifier.measuring import Measurer
from recovery_verifier.observing import Observer
from tests.support.accounts import Account, Tables
from tests.support.shop_estate import CLUSTER, RESTART, SERVICE, Shop, open_shop
from tests.support.tool_servers import monitoring_server

pytest_plugins = ("tests.emulator",)

RULES = VerificationRules(
    minimum_seconds=120,
    maximum_seconds=600,
    wait_seconds=30,
    period_seconds=60,
    before_seconds=600,
    healthy_samples=3,
    window_samples=4,
)
METRIC = {"namespace": "AWS/ECS", "metric": "MemoryUtilization"}
DIMENSIONS = {"ClusterName": CLUSTER, "ServiceName": SERVICE}


@dataclass(frozen=True)
class Ward:
    """An incident under observation, some minutes after its action."""

    shop: Shop
    now: datetime

    @property
    def acted_at(self) -> datetime:
        """The start of a period, ten minutes ago: samples lie clearly before or after."""
        minute = self.now.replace(second=0, microsecond=0)
        return minute - timedelta(minutes=10)

    def report(self, *values: float, since: datetime, name: str = "", **dimensions: str) -> None:
        """Put one value a minute."""
        given = dimensions or DIMENSIONS
        self.shop.account.client("cloudwatch").put_metric_data(
            Namespace="AWS/ECS" if not name else "Shop",
            MetricData=[
                {
                    "MetricName": name or "MemoryUtilization",
                    "Dimensions": [{"Name": key, "Value": value} for key, value in given.items()],
                    "Timestamp": since + timedelta(minutes=place, seconds=5),
                    "Value": value,
                }
                for place, value in enumerate(values)
            ],
        )

    def runs(self, name: str, values: tuple[float, ...], pipeline: dict[str, str]) -> None:
        """Count executions of a pipeline, one value a minute from the action on."""
        dimensions = [{"Name": key, "Value": value} for key, value in pipeline.items()]
        self.shop.account.client("cloudwatch").put_metric_data(
            Namespace="AWS/States",
            MetricData=[
                {
                    "MetricName": name,
                    "Dimensions": dimensions,
                    "Timestamp": self.acted_at + timedelta(minutes=place, seconds=5),
                    "Value": value,
                }
                for place, value in enumerate(values)
            ],
        )

    def before(self, *values: float) -> None:
        """Report the minutes up to the action."""
        self.report(*values, since=self.acted_at - timedelta(minutes=len(values)))

    def after(self, *values: float) -> None:
        """Report the minutes from the action on."""
        self.report(*values, since=self.acted_at)

    def incident(self, alarm: bool = True) -> Incident:
        """Return an incident whose restart was carried out at `acted_at`."""
        done = ActionRecord(
            action_id="ACT-0000000A",
            incident_id="INC-0000000A",
            round=1,
            action=RESTART,
            resource="arn:service",
            inverse=None,
            status=ActionStatus.DONE,
            before={"running_count": 2, "desired_count": 2},
            started_at=self.acted_at - timedelta(seconds=3),
            ended_at=self.acted_at,
        )
        raised = Alarm(
            name="payments-memory",
            namespace=METRIC["namespace"],
            metric=METRIC["metric"],
            dimensions=DIMENSIONS,
            threshold=80,
            changed_at=self.acted_at,
        )
        return self.shop.incident_with(RESTART, actions=(done,), alarm=raised if alarm else None)

    def alarm_around(self, name: str, service: str) -> None:
        """Raise an alarm of a neighbour, now."""
        cloudwatch = self.shop.account.client("cloudwatch")
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace="Shop",
            MetricName="ErrorRate",
            Dimensions=[{"Name": "Service", "Value": service}],
            Statistic="Average",
            Period=60,
            EvaluationPeriods=1,
            Threshold=5,
            ComparisonOperator="GreaterThanThreshold",
        )
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="it hurts")

    def verify(
        self, incident: Incident, minutes: float = 9, monitoring: ToolGateway | None = None
    ) -> dict[str, Any]:
        """Look once, so long after the action."""
        at = self.acted_at + timedelta(minutes=minutes)
        gateway = monitoring or InMemoryToolGateway(
            monitoring_server(self.shop.account, lambda: at)
        )
        observer = Observer(gateway, RULES.period_seconds, RULES.before_seconds)
        measurer = Measurer(self.shop.catalog.list, observer, RULES)
        verifier = RecoveryVerifier(self.shop.incidents, measurer, RULES, lambda: at)
        return verifier.verify(incident.incident_id)

    def outcome_of(self, incident: Incident) -> VerificationOutcome | None:
        known = self.shop.incidents.get(incident.incident_id).verification
        return known.outcome if known else None


@pytest.fixture
def ward(account: Account, tables: Tables) -> Ward:
    return Ward(open_shop(account, tables), utc_now())


def test_a_metric_that_came_back_under_its_threshold_is_a_recovery_with_numbers(
    ward: Ward,
) -> None:
    ward.before(95, 96, 97, 98)
    ward.after(60, 50, 50, 50, 50)
    incident = ward.incident()

    answer = ward.verify(incident)

    known = ward.shop.incidents.get(incident.incident_id)
    assert answer == {"incident_id": incident.incident_id, "outcome": "recovered"}
    assert known.status is Status.VERIFYING
    assert known.verification is not None
    symptom, service = known.verification.probes
    assert (symptom.before, symptom.after, symptom.threshold) == (96.5, 50, 80)
    assert (service.name, service.after, service.passed) == ("service_health", 2, True)
    assert known.verification.samples == 5


def test_before_the_minimum_it_waits_for_exactly_that_and_looks_at_nothing(ward: Ward) -> None:
    incident = ward.incident()

    answer = ward.verify(incident, minutes=0.5)

    assert answer["outcome"] == "watching"
    assert answer["wait_seconds"] == 90
    assert ward.outcome_of(incident) is None


def test_a_metric_that_stays_is_watched_to_the_end_and_then_unchanged(ward: Ward) -> None:
    ward.before(95, 95, 95, 95)
    ward.after(95, 95, 95, 95, 95, 95, 95, 95, 95, 95)
    incident = ward.incident()

    watching = ward.verify(incident, minutes=9)
    ended = ward.verify(incident, minutes=10)

    assert (watching["outcome"], watching["wait_seconds"]) == ("watching", 30)
    assert ended["outcome"] == "unchanged"


def test_a_metric_that_grew_is_worse(ward: Ward) -> None:
    ward.before(82, 82, 82, 82)
    ward.after(99, 99, 99, 99, 99, 99, 99, 99)
    incident = ward.incident()

    assert ward.verify(incident)["outcome"] == "worse"


def test_no_data_is_unknown_and_only_at_the_end(ward: Ward) -> None:
    ward.before(95, 95, 95)
    incident = ward.incident()

    watching = ward.verify(incident, minutes=9)
    ended = ward.verify(incident, minutes=11)

    assert watching["outcome"] == "watching"
    assert ended["outcome"] == "unknown"


def test_a_monitoring_server_that_is_down_is_no_data(ward: Ward) -> None:
    ward.before(95, 95, 95)
    ward.after(50, 50, 50, 50)
    incident = ward.incident()
    nowhere = Account("http://127.0.0.1:9", ward.shop.account.account_id)
    down = InMemoryToolGateway(monitoring_server(nowhere))

    assert ward.verify(incident, 9, down)["outcome"] == "watching"
    assert ward.verify(incident, 11, down)["outcome"] == "unknown"


def test_missing_tasks_keep_a_calm_metric_from_being_a_recovery(ward: Ward) -> None:
    ward.before(95, 95, 95, 95)
    ward.after(50, 50, 50, 50, 50)
    ecs = ward.shop.ecs
    task = ecs.list_tasks(cluster=CLUSTER, serviceName=SERVICE)["taskArns"][0]
    ecs.stop_task(cluster=CLUSTER, task=task, reason="OutOfMemoryError: Container killed")
    incident = ward.incident()

    assert ward.verify(incident)["outcome"] == "watching"


def test_a_neighbour_that_suffers_since_the_action_makes_it_worse(ward: Ward) -> None:
    ward.before(95, 95, 95, 95)
    ward.after(50, 50, 50, 50, 50, 50, 50, 50, 50)
    ward.alarm_around("checkout-errors", "checkout")
    ward.report(
        30, 30, 30, 30, 30, 30, 30, 30, since=ward.acted_at, name="ErrorRate", Service="checkout"
    )
    incident = ward.incident()

    answer = ward.verify(incident)

    known = ward.shop.incidents.get(incident.incident_id).verification
    assert answer["outcome"] == "worse"
    assert known is not None
    assert any(one.subject == "checkout-errors" for one in known.probes)


def test_a_neighbour_that_has_calmed_down_and_a_stranger_do_not_count(ward: Ward) -> None:
    ward.before(95, 95, 95, 95)
    ward.after(50, 50, 50, 50, 50, 50, 50, 50, 50)
    ward.alarm_around("checkout-errors", "checkout")
    ward.alarm_around("search-errors", "search")
    ward.report(30, 1, 1, 1, 1, 1, 1, 1, since=ward.acted_at, name="ErrorRate", Service="checkout")
    ward.report(30, 30, 30, 30, 30, 30, 30, since=ward.acted_at, name="ErrorRate", Service="search")
    incident = ward.incident()

    assert ward.verify(incident)["outcome"] == "recovered"


def test_a_neighbour_that_was_ill_already_does_not_undo_a_recovery(ward: Ward) -> None:
    ward.before(95, 95, 95, 95)
    ward.after(50, 50, 50, 50, 50, 50, 50, 50, 50)
    ward.alarm_around("checkout-errors", "checkout")
    ward.report(
        *[12.7] * 5,
        since=ward.acted_at - timedelta(minutes=5),
        name="ErrorRate",
        Service="checkout",
    )
    ward.report(*[12.93] * 8, since=ward.acted_at, name="ErrorRate", Service="checkout")
    incident = ward.incident()

    assert ward.verify(incident)["outcome"] == "recovered"


def test_an_alarm_that_went_back_to_ok_speaks_where_its_metric_fell_silent(ward: Ward) -> None:
    cloudwatch = ward.shop.account.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="payments-memory",
        Namespace=METRIC["namespace"],
        MetricName=METRIC["metric"],
        Dimensions=[{"Name": key, "Value": value} for key, value in DIMENSIONS.items()],
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=80,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    for state in ("ALARM", "OK"):
        cloudwatch.set_alarm_state(
            AlarmName="payments-memory", StateValue=state, StateReason="said"
        )
    ward.before(95, 95, 95)
    incident = ward.incident()

    assert ward.verify(incident)["outcome"] == "recovered"


@pytest.mark.parametrize(
    ("succeeded", "outcome"),
    [((), VerificationOutcome.UNKNOWN), ((0, 0, 1, 2), VerificationOutcome.RECOVERED)],
)
def test_a_pipeline_that_no_longer_fails_has_recovered_only_if_it_ran(
    ward: Ward, succeeded: tuple[float, ...], outcome: VerificationOutcome
) -> None:
    pipeline = {"StateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:etl"}
    failures = Alarm(
        name="etl-failed", namespace="AWS/States", metric="ExecutionsFailed", dimensions=pipeline,
        statistic="Sum", period_seconds=60, threshold=1,
        comparison="GreaterThanOrEqualToThreshold", changed_at=ward.acted_at,
    )  # fmt: skip
    incident = ward.shop.incidents.update(
        ward.incident().incident_id, lambda one: one.changed(utc_now(), alarm=failures)
    )
    ward.runs("ExecutionsFailed", (0, 0, 0, 0, 0), pipeline)
    if succeeded:
        ward.runs("ExecutionsSucceeded", succeeded, pipeline)

    told = ward.verify(incident, minutes=11)["outcome"]

    known = ward.shop.incidents.get(incident.incident_id).verification
    assert told == outcome.value
    assert known is not None
    assert ("nothing shows it" in known.probes[0].explanation) is (not succeeded)


@pytest.mark.parametrize(("after", "outcome"), [(0.1, "recovered"), (8.0, "unchanged")])
def test_without_an_alarm_the_error_metrics_of_the_catalog_decide(
    ward: Ward, after: float, outcome: str
) -> None:
    ward.shop.catalog.put(
        CatalogEntry(
            entry_id="payment-service",
            kind="ecs_service",
            cluster=CLUSTER,
            ecs_service=SERVICE,
            metric_namespace="Shop",
            metric_dimensions={"Service": "payment-service"},
        )
    )
    begin = ward.acted_at - timedelta(minutes=5)
    ward.report(
        *([8.0] * 5), *([after] * 9), since=begin, name="ErrorRate", Service="payment-service"
    )
    incident = ward.incident(alarm=False)

    assert ward.verify(incident, minutes=11)["outcome"] == outcome


def test_an_incident_opened_by_hand_is_judged_by_the_alarm_that_its_service_has(
    ward: Ward,
) -> None:
    ward.alarm_around("payment-errors", "payment-service")
    values = (30, 30, 30, 30, 1, 1, 1, 1, 1, 1, 1, 1)
    before = ward.acted_at - timedelta(minutes=4)
    ward.report(*values, since=before, name="ErrorRate", Service="payment-service")
    ward.shop.account.client("cloudwatch").set_alarm_state(
        AlarmName="payment-errors", StateValue="OK", StateReason="calm again"
    )
    incident = ward.incident(alarm=False)

    answer = ward.verify(incident)

    known = ward.shop.incidents.get(incident.incident_id).verification
    assert answer["outcome"] == "recovered"
    assert known is not None
    assert known.probes[0].threshold == 5


def test_without_alarm_and_metrics_nothing_is_known(ward: Ward) -> None:
    incident = ward.incident(alarm=False)

    assert ward.verify(incident, minutes=9)["outcome"] == "watching"
    assert ward.verify(incident, minutes=11)["outcome"] == "unknown"


def test_a_round_without_any_action_is_unknown_at_once(ward: Ward) -> None:
    incident = ward.shop.incident_with(RESTART)

    assert ward.verify(incident)["outcome"] == "unknown"


def test_what_was_concluded_stays_concluded(ward: Ward) -> None:
    ward.before(95, 95, 95, 95)
    ward.after(50, 50, 50, 50, 50)
    incident = ward.incident()
    first = ward.verify(incident)
    ward.after(99, 99, 99, 99, 99, 99, 99)

    assert ward.verify(incident, minutes=11) == first


def test_an_incident_that_is_over_is_not_watched(ward: Ward) -> None:
    incident = ward.incident()
    ward.shop.incidents.update(
        incident.incident_id, lambda one: one.moved_to(Status.RESOLVED, utc_now())
    )

    assert ward.verify(incident)["outcome"] == "stopped"
