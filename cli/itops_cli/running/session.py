"""One run from its first event to its last: where it looks, who thinks, what is written down."""

import contextlib
import os
import secrets
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from itops_cli.investigation.silence import logs_silenced
from itops_cli.running.plan import Plan
from itops_cli.running.stage import Stage, recorded_stage
from itops_cli.running.tally import Tally
from itops_core.domain.investigation import Observation, ToolCall
from itops_core.domain.values import utc_now
from itops_core.errors import ITOpsError
from itops_core.tools.dispatcher import Dispatcher
from itops_core.tools.journal import FileJournal

Document = dict[str, Any]
"""What a run prints; JSON."""


@dataclass
class Session:
    """A run under way."""

    plan: Plan
    stage: Stage
    run_id: str
    journal: Tally
    dispatcher: Dispatcher
    log: FileJournal
    held: contextlib.ExitStack
    """What is let go of in the end."""
    seen: tuple[Observation, ...] = ()
    """What the round of watching looked at."""

    def escalated(self, incident_id: str, kind: str, reason: str) -> None:
        """Write down that people have to take over."""
        self.journal.went(f"escalated:{kind}")
        self.journal.write("escalation", incident_id=incident_id, kind=kind, reason=reason)

    def write(self, tool: str, **arguments: object) -> Observation:
        """Have the incident server write something, through both layers."""
        return self.dispatcher.write(
            ToolCall(server="incident", tool=tool, arguments=dict(arguments))
        )


def run(plan: Plan, work: Callable[[Session], Document]) -> Document:
    """Return the document of a run; its log is complete however it ends."""
    run_id = f"RUN-{secrets.token_hex(4).upper()}"
    started = utc_now()
    path = plan.log_dir / f"{plan.mode}-{started:%Y%m%dT%H%M%SZ}-{run_id}.jsonl"
    log = FileJournal(path, run_id)
    journal = Tally(log)
    clock = time.monotonic()
    with _ended(journal, log, clock) as ending:
        _begin(plan, journal)
        with logs_silenced(), contextlib.ExitStack() as held:
            stage = held.enter_context(contextlib.closing(_stage(plan)))
            dispatcher = Dispatcher(
                stage.gateways,
                plan.config.writing.model_copy(update={"mode": plan.mode.value}),
                allow_write=plan.allow_write,
                journal=journal,
            )
            session = Session(plan, stage, run_id, journal, dispatcher, log, held)
            document = work(session)
        ending["status"] = document["status"]
    return {
        "run_id": run_id,
        "mode": plan.mode.value,
        "world": stage.world,
        "at": stage.recording.recorded_at,
        **document,
        **journal.total(),
        "log": str(path),
        "log_trouble": log.trouble,
        "seconds": round(time.monotonic() - clock, 2),
    }


def _stage(plan: Plan) -> Stage:
    if plan.mock:
        return recorded_stage(plan)
    from itops_cli.running.live import live_stage  # noqa: PLC0415 - loads AWS' client

    return live_stage(plan)


def _begin(plan: Plan, journal: Tally) -> None:
    journal.write(
        "run_start",
        mode=plan.mode.value,
        world="recorded" if plan.mock else "live",
        allow_write=plan.allow_write,
        reasoner=plan.reasoner,
        device=plan.device,
        runbook=plan.runbook.id if plan.runbook else "",
        overrides=[str(path) for path in plan.overrides],
        process=os.getpid(),
    )


@contextmanager
def _ended(journal: Tally, log: FileJournal, clock: float) -> Generator[Document]:
    """Write the event that ends the run, whatever ends it."""
    ending: Document = {"status": "failed"}
    try:
        yield ending
    except KeyboardInterrupt:
        ending["status"] = "interrupted"
        raise
    except ITOpsError as error:
        ending["error"] = str(error)
        raise
    finally:
        seconds = round(time.monotonic() - clock, 3)
        journal.write("run_end", **ending, **journal.total(), seconds=seconds, log=str(log.path))
        log.close()
