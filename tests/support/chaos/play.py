"""One run of the whole workflow in this process, with or without faults.

Real are: the definition of the state machine, every function that it calls, the API that people
decide by, the reconciler, the tool servers and the protocol to them, the reasoner, policies, gate,
ledger, stores and audit log. They are called by their handlers, and reach AWS through boto3.

Played are: what stands behind boto3 (DynamoDB by the tables in memory that investigations without a
cloud use; Step Functions by the interpreter of the state machine; what is acted upon by a recorded
sandbox that changes when it is written to), the clock, and the process: all functions share one,
one tool call comes after another, and a worker that dies goes on without effect. Functions that
share a process share what they keep in memory: clients, and for a second where circuits stand.
Servers that only read answer a question about an untouched estate as they did the first time, and
the reasoner thinks of the same case what it thought before.

`test_crash_recovery.py` does the same to the real local cloud. `test_scenarios.py` and
`test_remedies_that_fail.py` hold the ways that stories go here against those that the same
scenarios go there, state by state.
"""

import gc
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest

from itops_cli.investigation.silence import logs_silenced
from itops_core.tools import toolbox
from itops_core.wiring import reasoners as reasoner_wiring
from itops_core.wiring import tools as tool_wiring
from tests.support.accounts import forget_wiring
from tests.support.chaos.clock import Clock, install
from tests.support.chaos.cloud import ENVIRONMENT
from tests.support.chaos.director import Director
from tests.support.chaos.estate import BEGINNING
from tests.support.chaos.faults import Plan
from tests.support.chaos.front import Front
from tests.support.chaos.given import Play
from tests.support.chaos.remembering import RememberingReasoner
from tests.support.chaos.stories import Story


class Stage:
    """Where plays are given, one after the other; the functions stay warm in between."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._clock = Clock()
        self._front = Front()
        self._circuits: list[Any] = []
        install(self._clock, patch)
        patch.setattr(boto3, "client", self._front.client)
        patch.setattr(boto3, "resource", self._front.resource)
        patch.setattr(tool_wiring, "BreakerStorage", self._remembered(tool_wiring.BreakerStorage))
        patch.setattr(toolbox, "_AT_ONCE", 1)
        patch.setattr(reasoner_wiring, "OfflineReasoner", RememberingReasoner)
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)

    def _remembered(self, kind: Any) -> Callable[..., Any]:  # noqa: ANN401
        def made(*arguments: Any) -> Any:  # noqa: ANN401
            self._circuits.append(kind(*arguments))
            return self._circuits[-1]

        return made

    def give(self, story: Story, plan: Plan = Plan()) -> Play:  # noqa: B008 - it is a value
        """Give one play, from the alarm until nothing more happens."""
        self._clock.at = BEGINNING
        for circuit in self._circuits:
            circuit._read_at = float("-inf")
        play = Play(story, plan)
        director = Director(play, self._clock)
        self._front.cloud = play.cloud
        with logs_silenced():
            director.open()
            director.direct()
        return play


@contextmanager
def stage() -> Generator[Stage]:
    """Yield a stage; what is patched for it is put back at the end."""
    with pytest.MonkeyPatch.context() as patch:
        forget_everything()
        # What is loaded by now stays: a tenth of a play went into looking whether it is garbage.
        gc.freeze()
        try:
            yield Stage(patch)
        finally:
            gc.unfreeze()
    forget_everything()


def forget_everything() -> None:
    """Forget all objects that were made from the environment, those of the functions, too."""
    forget_wiring()
    for module in _wired():
        for thing in vars(module).values():
            forget = getattr(thing, "cache_clear", None)
            if forget is not None and getattr(thing, "__module__", "") == module.__name__:
                forget()


def _wired() -> list[Any]:
    ours = ("itops_core.wiring", "incident_api")
    ends = (".handler", ".composition", ".upkeep")
    return [
        module
        for name, module in list(sys.modules.items())
        if name.startswith(ours) or (name.endswith(ends) and "_" in name.partition(".")[0])
    ]
