"""Failed executions of all state machines, in families, and whether they work again since."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from botocore.exceptions import ClientError
from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError
from pydantic import Field

from itops_core.tools.aws_errors import NothingThereError
from itops_core.tools.paging import Cursor, items_page
from itops_core.workflow.executions import follower_of
from monitoring_server.analysis.executions.blame import blame, facts_of
from monitoring_server.analysis.executions.families import Failed, families_of
from monitoring_server.analysis.executions.walking import read_record
from monitoring_server.telemetry.execution_answers import FailureList, LatestRun
from monitoring_server.telemetry.execution_insight import Catalog
from monitoring_server.telemetry.execution_reading import ExecutionReader
from monitoring_server.telemetry.windows import End, window

_MACHINES = 60
_FAILURES_EACH = 40
_LOOKED_INTO = 30
_LATEST = 10
_TAIL_EVENTS = 60
_SHOWN = 20
_SHOWN_CHARACTERS = 5500
_PLACES = 1000
"""A cursor is a state machine's place times this, plus the place of a family among theirs."""


@dataclass
class _Found:
    """Failures while they are gathered, and what was left out."""

    failures: list[Failed] = field(default_factory=list[Failed])
    uncounted: int = 0
    gaps: list[str] = field(default_factory=list[str])
    is_cut: bool = False


class FailedExecutions:
    """Lists what failed."""

    def __init__(
        self, reader: ExecutionReader, catalog: Catalog, now: Callable[[], datetime]
    ) -> None:
        self._reader = reader
        self._catalog = catalog
        self._now = now

    def list_failed_executions(
        self,
        state_machine: Annotated[
            str | None,
            Field(max_length=300, description="Name, ARN or catalog entry."),
        ] = None,
        *,
        hours_back: Annotated[int, Field(ge=1, le=336, description="How far back to look.")] = 24,
        end: End = None,
        cursor: Cursor = None,
    ) -> FailureList:
        """List failed executions of all state machines, grouped by state, error and cause."""
        asked = window(hours_back * 60, end, self._now())
        since, until = asked.start, asked.end if end else None
        begin, place = divmod(int(cursor or 0), _PLACES)
        known = self.machines(state_machine)
        machines = known[begin : begin + _MACHINES]
        found = self._gathered(machines, since, until)
        found.failures = [one for one in found.failures if not self._went_on(one)]
        page = items_page(families_of(found.failures), str(place), _SHOWN, _SHOWN_CHARACTERS)
        following = str(begin * _PLACES + int(page.cursor)) if page.cursor else None
        if following is None and begin + _MACHINES < len(known):
            following = str((begin + _MACHINES) * _PLACES)
            left = len(known) - begin - _MACHINES
            found.gaps.insert(0, f"{left} more state machines come with the cursor")
        return FailureList(
            families=page.items,
            latest=self._latest([one for one, _ in machines], found, state_machine is not None),
            failed=len(found.failures) + found.uncounted,
            state_machines=len(machines),
            gaps=found.gaps[:10],
            data_source="states",
            query={
                "stateMachine": state_machine,
                "since": since.isoformat(timespec="seconds"),
                **({"until": until.isoformat(timespec="seconds")} if until else {}),
            },
            truncated=following is not None or found.is_cut,
            cursor=following,
        )

    def all_failed(self, state_machine: str | None, hours_back: int) -> FailureList:
        """Return the same in one piece, for who can read it: every family of every machine."""
        since = self._now() - timedelta(hours=hours_back)
        machines = self.machines(state_machine)
        found = self._gathered(machines, since)
        return FailureList(
            families=families_of(found.failures),
            latest=self._latest([one for one, _ in machines], found, state_machine is not None),
            failed=len(found.failures) + found.uncounted,
            state_machines=len(machines),
            gaps=found.gaps,
            data_source="states",
            query={"stateMachine": state_machine, "since": since.isoformat(timespec="seconds")},
            truncated=found.is_cut,
        )

    def _gathered(
        self, machines: list[tuple[str, str]], since: datetime, until: datetime | None = None
    ) -> _Found:
        found = _Found()
        for arn, kind in machines:
            self._failures(arn, kind, (since, until), found)
        return found

    def machines(self, wanted: str | None) -> list[tuple[str, str]]:
        """Return the ARN and the kind of every state machine, or of the one that is wanted."""
        entries = self._catalog.list()
        named = {entry.state_machine_arn: entry for entry in entries if entry.state_machine_arn}
        known = dict(self._reader.machines())
        known |= {arn: "STANDARD" for arn in named if arn not in known}
        if wanted is None:
            return sorted(known.items())
        chosen = [
            (arn, kind)
            for arn, kind in known.items()
            if wanted in {arn, arn.rsplit(":", 1)[-1]}
            or (arn in named and named[arn].entry_id == wanted)
        ]
        if not chosen:
            names = ", ".join(sorted(arn.rsplit(":", 1)[-1] for arn in known)[:15]) or "none"
            raise NothingThereError(f"no state machine {wanted!r}; there are {names}")
        return chosen

    def _went_on(self, failed: Failed) -> bool:
        """Whether another execution took over the same incident: this one is no news then."""
        follower = follower_of(failed.execution_arn)
        try:
            return follower is not None and self._reader.exists(follower)
        except (ToolError, MCPError):
            return False

    def _failures(
        self, arn: str, kind: str, span: tuple[datetime, datetime | None], found: "_Found"
    ) -> None:
        name = arn.rsplit(":", 1)[-1]
        since, until = span
        try:
            if kind == "EXPRESS":
                listed_ones = self._express_failures(arn, since)
                found.failures += [
                    one for one in listed_ones if until is None or one.started_at < until
                ]
                return
            listed = self._reader.failed_of(arn, since, _FAILURES_EACH + 1, until)
        except (ToolError, MCPError, ClientError) as error:
            found.gaps.append(f"{name}: {error}")
            return
        if len(listed) > _FAILURES_EACH:
            found.is_cut = True
            found.gaps.append(f"{name}: more than {_FAILURES_EACH} failures; ask for fewer hours")
        looked = listed[:_LOOKED_INTO]
        unnamed = len(listed[:_FAILURES_EACH]) - len(looked)
        if unnamed:
            found.uncounted += unnamed
            found.is_cut = True
            found.gaps.append(f"{name}: {unnamed} older failures are counted, not looked into")
        found.failures += [self._failed(one, found.gaps) for one in looked]

    def _latest(self, machines: list[str], found: "_Found", asked: bool) -> list[LatestRun]:
        """Return how the newest execution of each machine that failed, or was named, stands."""
        failing = {one.state_machine for one in found.failures}
        chosen = [one for one in machines if asked or one.rsplit(":", 1)[-1] in failing]
        latest: list[LatestRun] = []
        for arn in chosen[:_LATEST]:
            try:
                newest = self._reader.newest(arn)
            except (ToolError, MCPError, ClientError) as error:
                found.gaps.append(f"{arn.rsplit(':', 1)[-1]}: {error}")
                continue
            if newest is not None:
                latest.append(
                    LatestRun(
                        state_machine=arn.rsplit(":", 1)[-1],
                        status=str(newest["status"]),
                        started_at=newest["startDate"].astimezone(UTC),
                    )
                )
        return latest

    def _failed(self, listed: Any, gaps: list[str]) -> Failed:  # noqa: ANN401
        arn = str(listed["executionArn"])
        state = error = message = ""
        try:
            record = self._reader.tail(arn, _TAIL_EVENTS)
            found = blame(record, None)
            if found is not None:
                facts = facts_of(found.origin, found.failure, None)
                state, error, message = found.origin.name, facts.error, facts.message
            elif record.failure is not None:
                error, message = record.failure.error, record.failure.cause[:200]
        except (ToolError, MCPError) as refusal:
            gaps.append(f"{listed['name']}: {refusal}")
        return Failed(
            execution_arn=arn,
            name=str(listed["name"]),
            state_machine=str(listed["stateMachineArn"]).rsplit(":", 1)[-1],
            status=str(listed["status"]),
            started_at=listed["startDate"].astimezone(UTC),
            stopped_at=listed["stopDate"].astimezone(UTC) if listed.get("stopDate") else None,
            state=state,
            error=error,
            message=message,
        )

    def _express_failures(self, machine: str, since: datetime) -> list[Failed]:
        found = self._reader.express_failures(machine, since, _FAILURES_EACH)
        return [_express(arn, machine, events) for arn, events in found.items()]


def _express(arn: str, machine: str, events: list[Any]) -> Failed:
    record = read_record(sorted(events, key=lambda one: int(one.get("id", 0))))
    found = blame(record, None)
    facts = facts_of(found.origin, found.failure, None) if found else None
    return Failed(
        execution_arn=arn,
        name=arn.rsplit(":", 2)[-2],
        state_machine=machine.rsplit(":", 1)[-1],
        status=record.status,
        started_at=datetime.fromtimestamp(record.started_at or record.last_at, UTC),
        state=found.origin.name if found else "",
        error=facts.error if facts else "",
        message=facts.message if facts else "",
    )
