"""Tells stories of faults through AWS itself: metrics, log lines, and the alarm that rings.

All of it is labelled: a namespace, log groups and service names of its own, which nothing real
has. Nothing outside of an environment for trying things out.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import ClientError
from pydantic import Field, ValidationError

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.refusals import in_words
from itops_core.domain.values import Value
from itops_core.errors import ForbiddenError, InvalidInputError
from itops_core.stores.catalog import CatalogStore
from test_data_generator.labels import (
    NAMESPACE,
    SERVICES,
    dimensions,
    metric_name,
    name_of,
    notification,
)
from test_data_generator.stories import Effect, LogLine, Story

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_sns import SNSClient

LOG_GROUPS = "/itops/test-data/"
MOST = 20
ENVIRONMENTS = ("sandbox", "demo")
_HISTORY_MINUTES = 60
_LINES = 200
_DATAPOINTS = 500


class Wish(Value):
    """What somebody wants generated."""

    action: Literal["generate_incident", "generate_multiple"]
    count: int = Field(default=1, ge=1, le=MOST)
    seed: int | None = Field(default=None, ge=0)
    scenario: str | None = Field(default=None, description="Left out: chance chooses.")


class Generated(Value):
    """What was written for one incident."""

    scenario: str
    title: str
    service: str
    alarm: str
    message_id: str
    datapoints: int
    log_lines: int


@dataclass(frozen=True)
class Outlets:
    """Where it is written to."""

    cloudwatch: "CloudWatchClient"
    logs: "CloudWatchLogsClient"
    sns: "SNSClient"
    topic_arn: str
    catalog: CatalogStore


@dataclass(frozen=True)
class Generator:
    """Writes what a fault would have left behind, and rings."""

    outlets: Outlets
    stories: Mapping[str, Story]
    environment: str

    def generate(self, wish: Wish, at: datetime) -> tuple[Generated, ...]:
        """Generate what is wished for; the same seed tells the same stories."""
        if self.environment not in ENVIRONMENTS:
            raise ForbiddenError(
                f"the environment is {self.environment!r}: test data belongs into"
                f" {' or '.join(ENVIRONMENTS)} alone"
            )
        chance = Random(wish.seed)  # noqa: S311 - stories, not secrets
        return tuple(self._told(one, at, chance) for one in self._chosen(wish, chance))

    def _chosen(self, wish: Wish, chance: Random) -> Iterator[Story]:
        if wish.scenario is not None and wish.scenario not in self.stories:
            raise InvalidInputError(f"no scenario {wish.scenario!r}; see `itops scenario list`")
        count = wish.count if wish.action == "generate_multiple" else 1
        names = [wish.scenario] * count if wish.scenario else sorted(self.stories)
        if not wish.scenario:
            chance.shuffle(names)
        for name in names[:count]:
            yield self.stories[name]

    def _told(self, story: Story, at: datetime, chance: Random) -> Generated:
        onset = at - timedelta(minutes=min(story.onset_minutes_ago, _HISTORY_MINUTES / 2))
        for service in story.services:
            self.outlets.catalog.put(_entry(story, service, self.environment))
        datapoints = self._measured(story, at, onset, chance)
        lines = sum(self._logged(story, one, at, onset, chance) for one in story.services)
        alarm = f"{SERVICES}{story.slug}-{story.alarm.name}"[:255]
        return Generated(
            scenario=story.slug,
            title=story.title,
            service=name_of(story, story.alarm.service),
            alarm=alarm,
            message_id=self._rung(story, alarm, at),
            datapoints=datapoints,
            log_lines=lines,
        )

    def _measured(self, story: Story, at: datetime, onset: datetime, chance: Random) -> int:
        start = at - timedelta(minutes=_HISTORY_MINUTES)
        data: list[Any] = [
            {
                "MetricName": metric_name(effect.metric),
                "Dimensions": dimensions(story, effect.service),
                "Timestamp": start + timedelta(minutes=minute),
                "Value": effect.value_at((start - onset).total_seconds() / 60 + minute, chance),
            }
            for effect in _with_the_alarms_own(story)
            for minute in range(_HISTORY_MINUTES + 1)
        ]
        for begin in range(0, len(data), _DATAPOINTS):
            chunk = data[begin : begin + _DATAPOINTS]
            self.outlets.cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=chunk)
        return len(data)

    def _logged(
        self, story: Story, service: str, at: datetime, onset: datetime, chance: Random
    ) -> int:
        lines = [
            event
            for log in story.logs
            if log.service == service
            for event in _events(log, onset, at, chance)
        ]
        group = f"{LOG_GROUPS}{name_of(story, service)}"
        self._create("create_log_group", logGroupName=group)
        self._create("create_log_stream", logGroupName=group, logStreamName="generated")
        newest = sorted(lines, key=lambda line: line["timestamp"])[-_LINES:]
        if newest:
            self.outlets.logs.put_log_events(
                logGroupName=group, logStreamName="generated", logEvents=newest
            )
        return len(newest)

    def _create(self, what: str, **named: str) -> None:
        try:
            getattr(self.outlets.logs, what)(**named)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "ResourceAlreadyExistsException":
                raise

    def _rung(self, story: Story, alarm: str, at: datetime) -> str:
        said = self.outlets.sns.publish(
            TopicArn=self.outlets.topic_arn,
            Subject=f"ALARM: {alarm}"[:100],
            Message=json.dumps(notification(story, alarm, self.outlets.topic_arn, at)),
        )
        return said["MessageId"]


def read_wish(event: object) -> Wish:
    """Return what is wished for, or raise `InvalidInputError` that says what would be."""
    try:
        return Wish.model_validate(event)
    except ValidationError as error:
        faults = "; ".join(in_words(error, "it"))
        raise InvalidInputError(f"not a wish for test data: {faults[:500]}") from error


def _with_the_alarms_own(story: Story) -> tuple[Effect, ...]:
    """Return the effects, with one that the alarm rings for where none is about its metric."""
    alarm = story.alarm
    if any((one.service, one.metric) == (alarm.service, alarm.metric) for one in story.effects):
        return story.effects
    below = alarm.comparison.startswith("Less")
    crossed = alarm.threshold * 0.5 if below else alarm.threshold * 1.5 + 1
    own = Effect(service=alarm.service, metric=alarm.metric, to=crossed)
    return (*story.effects, own)


def _events(log: LogLine, onset: datetime, at: datetime, chance: Random) -> Iterator[Any]:
    first = onset + timedelta(minutes=log.after_minutes)
    seconds = max((at - first).total_seconds(), 60.0)
    for number in range(max(1, min(_LINES, int(seconds / 60 * log.per_minute)))):
        moment = first + timedelta(seconds=seconds * (number + chance.random()) / _LINES)
        yield {
            "timestamp": int(min(moment, at).timestamp() * 1000),
            "message": log.written(chance),
        }


def _entry(story: Story, service: str, environment: str) -> CatalogEntry:
    name = name_of(story, service)
    return CatalogEntry(
        entry_id=name,
        kind="other",
        tier=4,
        environment=environment,
        owner="test data",
        description=f"Does not exist: generated from the scenario {story.slug}.",
        log_groups=(f"{LOG_GROUPS}{name}",),
        metric_namespace=NAMESPACE,
        metric_dimensions={one["Name"]: one["Value"] for one in dimensions(story, service)},
        depends_on=tuple(
            name_of(story, other) for other in story.services[1:] if service == story.alarm.service
        ),
    )
