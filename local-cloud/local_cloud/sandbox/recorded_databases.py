"""Databases of a scenario as RDS and Performance Insights have them."""

from collections.abc import Iterator
from datetime import UTC, datetime

from local_cloud.address import ACCOUNT, REGION
from local_cloud.sandbox.components import ComponentSpec
from local_cloud.sandbox.databases import DatabaseStory
from local_cloud.sandbox.past import LONG_AGO_SECONDS
from local_cloud.sandbox.scenario import Scenario
from local_cloud.sandbox.story import Story
from monitoring_server.recorded.recording import DatabaseLoad, Raw

_MINUTE = 60


def instances(scenario: Scenario, now: float) -> Iterator[Raw]:
    """Yield every database, as DescribeDBInstances."""
    known = {one.name: one for one in scenario.components if one.kind == "database"}
    for component in known.values():
        settings = component.settings
        source = known.get(settings.replica_of or "")
        replicas = [
            one.aws_name for one in known.values() if one.settings.replica_of == component.name
        ]
        yield {
            "DBInstanceIdentifier": component.aws_name,
            "DbiResourceId": f"db-{component.aws_name.upper()}",
            "DBInstanceArn": f"arn:aws:rds:{REGION}:{ACCOUNT}:db:{component.aws_name}",
            "DBInstanceStatus": "available",
            "Engine": settings.engine,
            "DBInstanceClass": settings.instance_class,
            "AllocatedStorage": settings.allocated_gib,
            "MultiAZ": settings.multi_az,
            "PerformanceInsightsEnabled": bool(_told(scenario, component).statements),
            "InstanceCreateTime": _moment(now - LONG_AGO_SECONDS),
            "ReadReplicaDBInstanceIdentifiers": replicas,
            **({"ReadReplicaSourceDBInstanceIdentifier": source.aws_name} if source else {}),
        }


def events(scenario: Scenario, onset: float, now: float) -> Iterator[Raw]:
    """Yield what RDS said of them."""
    for component in scenario.components:
        for event in _told(scenario, component).events:
            at = onset + event.after_minutes * _MINUTE
            if at <= now:
                yield {
                    "SourceIdentifier": component.aws_name,
                    "SourceType": "db-instance",
                    "Message": event.message,
                    "EventCategories": list(event.categories),
                    "Date": _moment(at),
                }


def loads(scenario: Scenario, story: Story, now: float) -> Iterator[DatabaseLoad]:
    """Yield the load of those that have Performance Insights."""
    begin = now - _MINUTE * scenario.history_minutes
    for component in scenario.components:
        told, metric = _told(scenario, component), component.metric("load")
        if not told.statements or metric is None:
            continue
        minutes = range(int(begin // _MINUTE) + 1, int(now // _MINUTE) + 1)
        yield DatabaseLoad(
            instance=component.aws_name,
            unit="average active sessions",
            points=tuple(
                (float(at * _MINUTE), story.value(component, metric, float(at * _MINUTE)))
                for at in minutes
            ),
            groups={"db.sql_tokenized": _statements(told), "db.wait_event": _waits(told)},
        )


def _statements(told: DatabaseStory) -> tuple[Raw, ...]:
    return tuple(
        {"name": one.sql, "load": one.load, "parts": dict(one.waits)} for one in told.statements
    )


def _waits(told: DatabaseStory) -> tuple[Raw, ...]:
    total: dict[str, float] = {}
    for one in told.statements:
        for wait, load in one.waits.items():
            total[wait] = total.get(wait, 0.0) + load
    return tuple({"name": wait, "load": round(load, 3)} for wait, load in total.items())


def _told(scenario: Scenario, component: ComponentSpec) -> DatabaseStory:
    known = (one for one in scenario.databases if one.service == component.name)
    return next(known, DatabaseStory(service=component.name))


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
