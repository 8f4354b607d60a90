"""The forms in which alarms arrive, each read into an `AlarmMessage`.

`AlarmForm` is the union of them; `form_of` tells which one a message has. A form keeps what its
sender documents and passes over fields it does not know: AWS adds to its messages.
Nothing in an alarm's text is trusted beyond being shown: it decides no permission.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from itops_core.domain.alarm import Alarm, AlarmMessage, AlarmState
from itops_core.domain.alarm_metrics import Configuration, Trigger, Watched
from itops_core.domain.refusals import in_words
from itops_core.domain.values import Moment
from itops_core.domain.verdict import Severity
from itops_core.errors import InvalidInputError

_LONGEST = 10_000


def _shortened(sent: object) -> object:
    return sent[:_LONGEST] if isinstance(sent, str) else "" if sent is None else sent


Text = Annotated[str, BeforeValidator(_shortened)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Key = Annotated[str, StringConstraints(min_length=1, max_length=250)]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Child(_Form):
    arn: str = Field(alias="Arn")


class CloudWatchNotification(_Form):
    """What CloudWatch publishes to SNS: metric, metric math, anomaly band and composite alarms."""

    name: Name = Field(alias="AlarmName")
    description: Text = Field(default="", alias="AlarmDescription")
    account: Text = Field(default="", alias="AWSAccountId")
    state: AlarmState = Field(alias="NewStateValue")
    reason: Text = Field(default="", alias="NewStateReason")
    changed_at: Moment = Field(alias="StateChangeTime")
    region: Text = Field(default="", alias="Region")
    arn: Text = Field(default="", alias="AlarmArn")
    trigger: Trigger | None = Field(default=None, alias="Trigger")
    rule: Text = Field(default="", alias="AlarmRule")
    children: tuple[_Child, ...] = Field(default=(), alias="TriggeringChildren")
    suppressed_by: Text = Field(default="", alias="ActionsSuppressedBy")

    def message(self, message_id: str, _received_at: datetime) -> AlarmMessage:
        """Return what it says."""
        watched = self.trigger.watched() if self.trigger else Watched(condition=self.rule)
        parts = self.arn.split(":")
        alarm = Alarm(
            name=self.name,
            account=self.account,
            region=parts[3] if len(parts) > 3 else self.region,
            reason=self.reason,
            description=self.description,
            changed_at=self.changed_at,
            children=tuple(_alarm_name(child.arn) for child in self.children)[:100],
            **watched.model_dump(),
        )
        return AlarmMessage(
            message_id=message_id,
            state=self.state,
            alarm=alarm,
            suppressed_by=_alarm_name(self.suppressed_by),
        )


class _State(_Form):
    value: AlarmState
    reason: Text = ""
    reason_data: Text = Field(default="", alias="reasonData")
    timestamp: Moment
    suppressed_by: Text = Field(default="", alias="actionsSuppressedBy")


class _Detail(_Form):
    name: Name = Field(alias="alarmName")
    state: _State
    configuration: Configuration = Configuration()


class AlarmStateChange(_Form):
    """What EventBridge tells of an alarm: the event "CloudWatch Alarm State Change"."""

    event_id: Name = Field(alias="id")
    kind: Literal["CloudWatch Alarm State Change"] = Field(alias="detail-type")
    account: Text = ""
    region: Text = ""
    detail: _Detail

    def message(self, _message_id: str, _received_at: datetime) -> AlarmMessage:
        """Return what it says; EventBridge keeps its id when it delivers an event again."""
        state = self.detail.state
        told = _object_in(state.reason_data)
        alarm = Alarm(
            name=self.detail.name,
            account=self.account,
            region=self.region,
            reason=state.reason,
            description=self.detail.configuration.description,
            changed_at=state.timestamp,
            children=tuple(
                _alarm_name(str(child.get("arn")))
                for child in told.get("triggeringAlarms") or ()
                if isinstance(child, Mapping)
            )[:100],
            **self.detail.configuration.watched(told, state.reason).model_dump(),
        )
        return AlarmMessage(
            message_id=self.event_id,
            state=state.value,
            alarm=alarm,
            suppressed_by=_alarm_name(state.suppressed_by),
            origin="events",
        )


class PlainAlarm(_Form):
    """The plain form, for scripts: `{"service", "metric", "value", "threshold"}`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    service: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    metric: Key
    value: float = Field(allow_inf_nan=False)
    threshold: float = Field(allow_inf_nan=False)

    def message(self, message_id: str, received_at: datetime) -> AlarmMessage:
        """Return what it says: a line was crossed, in whichever direction."""
        above = self.value >= self.threshold
        alarm = Alarm(
            name=f"{self.service} {self.metric}",
            metric=self.metric,
            threshold=self.threshold,
            comparison="GreaterThanThreshold" if above else "LessThanThreshold",
            reason=f"{self.metric} is {self.value:g}, the threshold is {self.threshold:g}",
            changed_at=received_at,
        )
        return AlarmMessage(
            message_id=message_id,
            state=AlarmState.ALARM,
            alarm=alarm,
            named_service=self.service,
        )


class GenericAlarm(_Form):
    """The generic form, for other monitoring systems; `dedup_key` tells repeats and the end."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Name = Field(description="What is wrong, in a line.")
    service: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    severity: Severity | None = Field(default=None, description="Left out: triage decides.")
    status: Literal["firing", "resolved"] = "firing"
    labels: dict[Key, Annotated[str, StringConstraints(max_length=1000)]] = Field(
        default_factory=dict, max_length=50
    )
    starts_at: Moment | None = None
    dedup_key: Key

    def message(self, message_id: str, received_at: datetime) -> AlarmMessage:
        """Return what it says."""
        labels = "\n".join(f"{name}: {value}" for name, value in sorted(self.labels.items()))
        firing = self.status == "firing"
        alarm = Alarm(
            name=self.title,
            metric=self.labels.get("metric", ""),
            dedup_key=self.dedup_key,
            condition=self.labels.get("condition", ""),
            description=labels[:_LONGEST],
            changed_at=min(self.starts_at or received_at, received_at) if firing else received_at,
        )
        return AlarmMessage(
            message_id=message_id,
            state=AlarmState.ALARM if firing else AlarmState.OK,
            alarm=alarm,
            named_service=self.service,
            severity=self.severity,
            told_at=received_at,
        )


AlarmForm = CloudWatchNotification | AlarmStateChange | PlainAlarm | GenericAlarm

_TELLING: tuple[tuple[str, type[AlarmForm]], ...] = (
    ("AlarmName", CloudWatchNotification),
    ("detail-type", AlarmStateChange),
    ("dedup_key", GenericAlarm),
    ("title", GenericAlarm),
    ("metric", PlainAlarm),
)
"""The field by which each form is known, looked for in this order."""

WEBHOOK = "webhook#"
"""So begins the name of a message that came by a webhook."""

_CLOCKS_APART = timedelta(minutes=5)
"""A message may tell of a time that is so far ahead of the clock here."""

_EXPECTED = (
    "a CloudWatch alarm notification, an event CloudWatch Alarm State Change, the plain form "
    "(service, metric, value, threshold) or the generic form (title, service, dedup_key, …)"
)


def form_of(content: object) -> AlarmForm:
    """Return a message in its form; raise `InvalidInputError` with what is wrong about it."""
    if not isinstance(content, Mapping):
        raise InvalidInputError(f"an alarm message is a JSON object: {_EXPECTED}")
    form = next((form for field, form in _TELLING if field in content), None)
    if form is None:
        raise InvalidInputError(f"the message is none of the known forms: {_EXPECTED}")
    try:
        return form.model_validate(dict(content))
    except (ValidationError, RecursionError) as error:
        raise InvalidInputError(f"the message is no {form.__name__}: {_faults(error)}") from error


def read_message(content: object, message_id: str, received_at: datetime) -> AlarmMessage:
    """Return what a message says; raise `InvalidInputError` with what is wrong about it."""
    form = form_of(content)
    try:
        message = form.message(message_id, received_at)
    except ValidationError as error:
        raise InvalidInputError(f"the message cannot be used: {_faults(error)}") from error
    told_of = form.starts_at if isinstance(form, GenericAlarm) else None
    _refuse_future(told_of or message.alarm.changed_at, received_at)
    return message


def as_webhook(message: AlarmMessage, message_id: str) -> AlarmMessage:
    """Return a message as one that came by a webhook, under the name of what was signed."""
    return message.model_copy(update={"message_id": message_id, "origin": "webhook"})


def _refuse_future(told: datetime, received_at: datetime) -> None:
    """Refuse a time that is still to come: until then, nothing newer of the alarm would count."""
    if told - received_at > _CLOCKS_APART:
        raise InvalidInputError(
            f"the alarm tells of {told:%Y-%m-%d %H:%M:%S} UTC, which lies in the future: "
            f"the message came at {received_at:%Y-%m-%d %H:%M:%S} UTC"
        )


def _faults(error: ValidationError | RecursionError) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return "; ".join(in_words(error, "the message", most=8))


def _object_in(text: str) -> Mapping[str, Any]:
    try:
        content = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, Mapping) else {}


def _alarm_name(arn: str) -> str:
    """Return the name in an alarm's ARN; names may hold colons."""
    parts = arn.split(":alarm:", 1)
    return parts[-1][:300]
