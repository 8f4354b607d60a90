"""Turning the switch of all actions: off waits for no log, and on comes after its place in it."""

from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from itops_cli.investigation.memory_table import KeySchema, MemoryTable, TableSchema
from itops_core.domain.audit import AuditEntry, AuditEvent
from itops_core.errors import ConflictError
from itops_core.remediation.kill_switch import KillSwitch
from itops_core.remediation.switching import Switching
from itops_core.stores.audit import AuditLog

CHAINS = TableSchema(KeySchema("chain", "item_key"))


@dataclass
class Parameter:
    """Stands where SSM's client does, with one parameter."""

    value: str
    turned: list[str] = field(default_factory=list[str])

    def get_parameter(self, **_asked: object) -> dict[str, Any]:
        return {"Parameter": {"Value": self.value}}

    def put_parameter(self, **told: str) -> None:
        self.value = told["Value"]
        self.turned.append(self.value)


class FullLog(AuditLog):
    """A log that takes nothing more."""

    def append(self, event: AuditEvent) -> AuditEntry:
        raise ConflictError(f"others write to {event.chain} all the time")


def a_table() -> Any:  # noqa: ANN401 - it stands for boto3's table
    return MemoryTable(CHAINS)


def switch_of(parameter: Parameter, name: str = "/ITOps/actions-enabled") -> KillSwitch:
    return KillSwitch(cast(Any, parameter), name)


def test_what_cannot_be_put_on_record_stops_actions_all_the_same_and_lets_none_begin() -> None:
    stopped, never_begun = Parameter("on"), Parameter("off")

    for parameter, on in ((stopped, False), (never_begun, True)):
        with pytest.raises(ConflictError):
            Switching(switch_of(parameter), FullLog(a_table())).turn(on=on, by="ann", reason="x")

    assert not switch_of(stopped).read().is_on
    assert not switch_of(never_begun).read().is_on
    assert never_begun.turned == []


@pytest.mark.parametrize("on", [True, False])
def test_whoever_turns_it_stands_in_the_log_with_the_reason(on: bool) -> None:
    parameter, log = Parameter("off" if on else "on"), AuditLog(a_table())

    Switching(switch_of(parameter), log).turn(on=on, by="ann", reason="a drill")

    (entry,) = log.all_entries().items
    assert switch_of(parameter).read().is_on is on
    assert (entry.actor, entry.details["reason"]) == ("ann", "a drill")


def test_where_there_is_no_switch_there_is_nothing_to_turn() -> None:
    parameter, log = Parameter("off"), AuditLog(a_table())

    with pytest.raises(ConflictError, match="no kill switch"):
        Switching(switch_of(parameter, ""), log).turn(on=True, by="ann", reason="x")

    assert (parameter.turned, log.all_entries().items) == ([], ())
