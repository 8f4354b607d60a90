"""One caller at a time is at an action, and only for as long as nobody else may begin."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from itops_core.domain.remediation import ActionStatus
from operations_server import ledger
from tests.support.accounts import Account, Tables
from tests.support.chaos.clock import Clock
from tests.support.shop_estate import RESTART, Shop, open_shop

pytest_plugins = ("tests.emulator",)


@pytest.fixture
def shop(account: Account, tables: Tables) -> Shop:
    return open_shop(account, tables)


@dataclass(frozen=True)
class SlowReader:
    """ECS, every look at which takes its time."""

    inner: Any
    clock: Clock

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def asked(**question: Any) -> Any:  # noqa: ANN401
            self.clock.sleep(15)
            return getattr(self.inner, name)(**question)

        return asked


def test_a_write_that_took_too_long_to_prepare_is_left_to_the_next_caller(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(ledger, "time", clock)
    incident = shop.incident_with(RESTART)
    slow = shop.another()
    vars(slow)["ecs"] = SlowReader(shop.ecs, clock)

    left = slow.carry_out(RESTART, incident)
    done = shop.carry_out(RESTART, incident)

    assert (left.status, done.status) == (ActionStatus.STARTED, ActionStatus.DONE)
    assert len(shop.writer.updates) == 1
