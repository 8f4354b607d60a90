"""Components and API calls of a scenario, written down in AWS's shapes."""

import base64
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime

from local_cloud.address import ACCOUNT, REGION
from local_cloud.sandbox.changes import Change
from local_cloud.sandbox.component_shapes import configuration_of, redrive_policy, table_of
from local_cloud.sandbox.components import ComponentSpec
from local_cloud.sandbox.past import LONG_AGO_SECONDS, changes_of, reconfigured
from local_cloud.sandbox.scenario import Scenario
from local_cloud.sandbox.story import Story
from monitoring_server.recorded.recording import Raw

_RETENTION_SECONDS = "1209600"


def functions(scenario: Scenario, story: Story, now: float) -> Iterator[Raw]:
    """Yield every version of every function, then how it stands."""
    for component in scenario.components:
        if component.kind == "lambda":
            yield from _versions(component, scenario.changes, story.onset, now)


def queues(scenario: Scenario, story: Story, now: float) -> Iterator[dict[str, str]]:
    """Yield every queue, as deep as its metrics say."""
    known = {one.name: one for one in scenario.components}
    for component in scenario.components:
        if component.kind != "queue":
            continue
        target = known.get(component.settings.dead_letter_queue or "")
        policy = {"RedrivePolicy": redrive_policy(component, target)} if target else {}
        yield {
            "QueueArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{component.aws_name}",
            "ApproximateNumberOfMessages": _whole(component, story, "visible", now),
            "ApproximateNumberOfMessagesNotVisible": _whole(component, story, "in_flight", now),
            "ApproximateNumberOfMessagesDelayed": "0",
            "MessageRetentionPeriod": _RETENTION_SECONDS,
            **policy,
        }


def tables(scenario: Scenario) -> Iterator[Raw]:
    """Yield every table, as DescribeTable."""
    for component in scenario.components:
        if component.kind == "table":
            told = table_of(component)
            mode = {"BillingModeSummary": {"BillingMode": told.pop("BillingMode")}}
            arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{component.aws_name}"
            yield {**told, **mode, "TableStatus": "ACTIVE", "TableArn": arn}


def things(scenario: Scenario) -> Iterator[Raw]:
    """Yield every device with its shadow."""
    for component in scenario.components:
        if component.kind == "device":
            settings = component.settings
            yield {
                "thingName": component.aws_name,
                "thingTypeName": settings.fleet,
                "attributes": dict(settings.attributes),
                "shadow": {"state": {"reported": dict(settings.reported)}, "version": 1},
            }


def concurrency(scenario: Scenario) -> dict[str, int]:
    """Return what is reserved for functions, by name."""
    return {
        one.aws_name: one.settings.reserved_concurrency
        for one in scenario.components
        if one.kind == "lambda" and one.settings.reserved_concurrency is not None
    }


def trail_events(scenario: Scenario, onset: float) -> Iterator[Raw]:
    """Yield the API calls among the changes, as CloudTrail has them."""
    for change in scenario.changes:
        if change.call is not None:
            yield _trail_event(change, onset - change.minutes_before_onset * 60)


def _versions(
    component: ComponentSpec, changes: tuple[Change, ...], onset: float, now: float
) -> Iterator[Raw]:
    number, code, at = 1, component.aws_name, now - LONG_AGO_SECONDS
    newest = _configuration(component, str(number), code, at)
    yield newest
    for change in changes_of(changes, component.name):
        component = reconfigured(component, change)
        at = onset - change.minutes_before_onset * 60
        if change.kind == "function_code":
            number, code = number + 1, f"{code} {change.change_id}"
            yield _configuration(component, str(number), code, at)
        newest = _configuration(component, "$LATEST", code, at)
    yield {**newest, "Version": "$LATEST"}


def _configuration(component: ComponentSpec, version: str, code: str, at: float) -> Raw:
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{component.aws_name}"
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    return {
        "FunctionName": component.aws_name,
        "FunctionArn": arn if version == "$LATEST" else f"{arn}:{version}",
        "Version": version,
        "Handler": "index.handler",
        "Role": f"arn:aws:iam::{ACCOUNT}:role/{component.aws_name}",
        "CodeSha256": digest,
        "LastModified": _moment(at).strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
        "State": "Active",
        "LastUpdateStatus": "Successful",
        **configuration_of(component),
    }


def _trail_event(change: Change, at: float) -> Raw:
    source, _, name = (change.call or "").partition(":")
    event_id = hashlib.sha256(change.change_id.encode()).hexdigest()[:32]
    told = {
        "eventVersion": "1.08",
        "eventTime": _moment(at).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": f"{source}.amazonaws.com",
        "eventName": name,
        "awsRegion": REGION,
        "sourceIPAddress": "203.0.113.17",
        "userIdentity": {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/{change.user}"},
        "requestParameters": dict(change.request),
        "readOnly": False,
    }
    return {
        "EventId": event_id,
        "EventName": name,
        "EventSource": f"{source}.amazonaws.com",
        "EventTime": _moment(at),
        "Username": change.user,
        "ReadOnly": "false",
        "Resources": [{"ResourceName": change.resource}] if change.resource else [],
        "CloudTrailEvent": json.dumps(told),
    }


def _whole(component: ComponentSpec, story: Story, key: str, at: float) -> str:
    metric = component.metric(key)
    return "0" if metric is None else str(round(story.value(component, metric, at)))


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
