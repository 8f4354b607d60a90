"""Puts the telemetry together over whatever answers as AWS does: AWS, or a recording of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitoring_server.server import Telemetry
from monitoring_server.telemetry.alarm_history import AlarmChanges, AlarmHistories
from monitoring_server.telemetry.alarms import Alarms
from monitoring_server.telemetry.anomalies import MetricAnomalies
from monitoring_server.telemetry.changes import Changes, ChangeSource
from monitoring_server.telemetry.component_metrics import ComponentMetrics
from monitoring_server.telemetry.databases import DatabaseClients, Databases
from monitoring_server.telemetry.deployments import Deployments
from monitoring_server.telemetry.evidence import EvidencePages, EvidenceStore
from monitoring_server.telemetry.execution_graph import ExecutionGraphs
from monitoring_server.telemetry.execution_insight import ExecutionInsights
from monitoring_server.telemetry.execution_reading import ExecutionReader
from monitoring_server.telemetry.executions import Executions
from monitoring_server.telemetry.failed_executions import FailedExecutions
from monitoring_server.telemetry.failure_trend import FailureTrends
from monitoring_server.telemetry.function_changes import FunctionChanges
from monitoring_server.telemetry.insights import Insights
from monitoring_server.telemetry.invocation_logs import InvocationLogs
from monitoring_server.telemetry.log_patterns import LogPatternTool
from monitoring_server.telemetry.logs import Logs
from monitoring_server.telemetry.map_runs import MapRunReader
from monitoring_server.telemetry.metric_reading import MetricReader
from monitoring_server.telemetry.metrics import Metrics
from monitoring_server.telemetry.parameters import ParameterChanges
from monitoring_server.telemetry.queues import Queues
from monitoring_server.telemetry.root_causes import Catalog, RootCauses
from monitoring_server.telemetry.services import Services
from monitoring_server.telemetry.shared_causes import SharedCauseFinder
from monitoring_server.telemetry.stack_changes import StackChanges
from monitoring_server.telemetry.trace_reading import TraceReader
from monitoring_server.telemetry.traces import Traces
from monitoring_server.telemetry.trail_changes import TrailChanges

Client = Callable[[str], Any]
"""Gives the client of an AWS service by its boto3 name."""


@dataclass(frozen=True)
class Sources:
    """Where everything comes from, and what of it is ITOps' own machinery."""

    client: Client
    catalog: Catalog
    evidence: EvidenceStore
    now: Callable[[], datetime]
    hidden_parameters: tuple[str, ...] = ("/ITOps/",)
    hidden_names: tuple[str, ...] = ("ITOps-",)
    own_changes: tuple[ChangeSource, ...] = ()
    """Where changes are written down, in place of the services of AWS."""


def telemetry_over(sources: Sources) -> Telemetry:
    """Return everything there is to look at in `sources`."""
    client, now = sources.client, sources.now
    cloudwatch, ecs, logs = client("cloudwatch"), client("ecs"), client("logs")
    functions, traces = client("lambda"), TraceReader(client("xray"))
    executions = ExecutionReader(client("stepfunctions"), logs, now)
    insights = ExecutionInsights(
        executions,
        MapRunReader(client("stepfunctions"), executions),
        InvocationLogs(logs, ecs),
        sources.catalog,
        now=now,
    )
    failures = FailedExecutions(executions, sources.catalog, now)
    changes = sources.own_changes or (
        Deployments(ecs),
        FunctionChanges(functions, sources.hidden_names),
        StackChanges(client("cloudformation"), sources.hidden_names),
        ParameterChanges(client("ssm"), sources.hidden_parameters),
        AlarmChanges(cloudwatch),
        TrailChanges(client("cloudtrail")),
    )
    return Telemetry(
        metrics=Metrics(cloudwatch, now),
        anomalies=MetricAnomalies(MetricReader(cloudwatch), now),
        alarms=Alarms(cloudwatch),
        alarm_histories=AlarmHistories(cloudwatch, now),
        logs=Logs(logs, now),
        log_patterns=LogPatternTool(logs, now),
        traces=Traces(traces, now),
        root_causes=RootCauses(
            ComponentMetrics(MetricReader(cloudwatch)), traces, sources.catalog, now
        ),
        failed_executions=failures,
        failure_trends=FailureTrends(executions, failures, now),
        shared_causes=SharedCauseFinder(failures, insights, sources.catalog),
        executions=Executions(executions, insights),
        execution_graphs=ExecutionGraphs(executions, failures, now),
        queues=Queues(client("sqs"), functions, cloudwatch, now),
        services=Services(ecs),
        databases=Databases(
            DatabaseClients(client("rds"), MetricReader(cloudwatch), Insights(client("pi"))), now
        ),
        changes=Changes(changes, sources.catalog, now),
        evidence=EvidencePages(sources.evidence),
    )
