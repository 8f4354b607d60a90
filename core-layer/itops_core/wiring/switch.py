"""The kill switch of this process, without the rest of what acting needs."""

from functools import lru_cache

from itops_core.remediation.kill_switch import KillSwitch
from itops_core.settings import places
from itops_core.wiring.clients import client


@lru_cache
def kill_switch() -> KillSwitch:
    """Return the switch that stops every action."""
    return KillSwitch(client("ssm"), places().get("KILL_SWITCH_PARAMETER"))
