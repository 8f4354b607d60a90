"""Whether an alarm rings still, by CloudWatch's own word: not every alarm tells when it is over."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from itops_core.domain.alarm import AlarmMessage, AlarmState
from itops_core.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

_log = logger("workflow")


class AlarmStates:
    """Asks CloudWatch. What it does not know, or does not answer, rings as its message said."""

    def __init__(self, client: "Callable[[], CloudWatchClient]") -> None:
        self._client = client

    def rings(self, message: AlarmMessage) -> bool:
        """Whether the alarm of `message` is not OK."""
        if not message.alarm.account:
            return message.state is AlarmState.ALARM
        try:
            told = self._client().describe_alarms(
                AlarmNames=[message.alarm.name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
            )
        except (ClientError, BotoCoreError):
            _log.warning("alarm state not known", alarm=message.alarm.name, exc_info=True)
            return message.state is AlarmState.ALARM
        found = [*told.get("MetricAlarms", []), *told.get("CompositeAlarms", [])]
        states = {alarm.get("StateValue") for alarm in found}
        return AlarmState.OK.value not in states
