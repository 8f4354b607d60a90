"""Many faults whose alarms go off at once, on services of their own."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from local_cloud import sandbox
from local_cloud.address import Address

SCENARIO = Path(__file__).parent
_INJECT_AT_ONCE = 4


class Storm:
    """Faults that have struck already, and whose alarms nobody has heard of yet.

    The intake does not listen to the alarms' topic while they are prepared.
    """

    def __init__(self, address: Address, count: int, scenario: str | Path = SCENARIO) -> None:
        self._address = address
        self._sns = address.client("sns")
        self._topic = address.outputs["AlarmsTopicArn"]
        listeners = self._sns.list_subscriptions_by_topic(TopicArn=self._topic)["Subscriptions"]
        for listener in listeners:
            self._sns.unsubscribe(SubscriptionArn=listener["SubscriptionArn"])
        self._endpoints = [(listener["Protocol"], listener["Endpoint"]) for listener in listeners]
        with ThreadPoolExecutor(_INJECT_AT_ONCE) as pool:
            self.runs = tuple(pool.map(partial(_injected, address, scenario), range(count)))

    def break_loose(self) -> None:
        """Let every alarm go off again, now heard: CloudWatch tells the topic within seconds."""
        for protocol, endpoint in self._endpoints:
            self._sns.subscribe(TopicArn=self._topic, Protocol=protocol, Endpoint=endpoint)
        cloudwatch = self._address.client("cloudwatch")
        for run in self.runs:
            cloudwatch.set_alarm_state(
                AlarmName=run.alarm_name, StateValue="OK", StateReason="the storm begins"
            )


def _injected(address: Address, scenario: str | Path, number: int) -> sandbox.Run:
    return sandbox.inject(address, scenario, suffix=f"n{number:03d}")
