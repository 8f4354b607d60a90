"""The kill switch: one parameter that stops every action, also one that was approved."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from itops_core.domain.values import Value

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

ON = "on"
OFF = "off"


class SwitchReading(Value):
    """What the switch said, and why it counts as off where it does."""

    is_on: bool
    reason: str


class KillSwitch:
    """Read afresh before every decision: a value kept for a minute is a minute too late."""

    def __init__(self, ssm: "SSMClient", parameter: str) -> None:
        self._ssm = ssm
        self._parameter = parameter

    @property
    def is_there(self) -> bool:
        """Whether the deployment has one; without it, actions are off for good."""
        return bool(self._parameter)

    def read(self) -> SwitchReading:
        """Return what it says; anything but `on`, and any trouble in reading it, is off."""
        if not self._parameter:
            return SwitchReading(is_on=False, reason="no kill switch is set up: actions are off")
        try:
            found = self._ssm.get_parameter(Name=self._parameter)["Parameter"].get("Value", "")
        except (ClientError, BotoCoreError) as error:
            return SwitchReading(
                is_on=False,
                reason=f"the kill switch {self._parameter} cannot be read ({_name(error)})",
            )
        if found == ON:
            return SwitchReading(is_on=True, reason="actions are switched on")
        return SwitchReading(is_on=False, reason=f"actions are switched off ({self._parameter})")

    def turn(self, *, on: bool) -> None:
        """Let actions be carried out, or stop every one of them from its next step on."""
        value = ON if on else OFF
        self._ssm.put_parameter(Name=self._parameter, Value=value, Type="String", Overwrite=True)

    def changed_at(self) -> datetime | None:
        """Return when it was turned last, `None` where that cannot be told."""
        try:
            found = self._ssm.get_parameter(Name=self._parameter)["Parameter"]
        except (ClientError, BotoCoreError):
            return None
        at = found.get("LastModifiedDate")
        return at.astimezone(UTC) if at else None


def _name(error: ClientError | BotoCoreError) -> str:
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "ClientError"))
    return type(error).__name__
