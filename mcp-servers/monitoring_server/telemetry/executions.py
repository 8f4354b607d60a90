"""Failed Step Functions executions: which there are, why they failed, how they differ from good."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Protocol

from botocore.exceptions import ClientError
from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError
from pydantic import BaseModel, Field

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.values import canonical_json
from itops_core.tools.paging import Cursor, items_page
from monitoring_server.analysis.executions.advising import Advice, Circumstances, advise
from monitoring_server.analysis.executions.blame import blame, facts_of
from monitoring_server.analysis.executions.comparing import Comparison, compare_records
from monitoring_server.analysis.executions.explaining import explain_record
from monitoring_server.analysis.executions.explanation import Explanation
from monitoring_server.analysis.executions.families import Failed, families_of
from monitoring_server.analysis.executions.picture import Picture, picture_of
from monitoring_server.analysis.executions.walking import read_record
from monitoring_server.telemetry.execution_answers import (
    ExecutionComparison,
    ExecutionFailure,
    FailureList,
    Level,
    Surroundings,
)
from monitoring_server.telemetry.execution_reading import Execution, ExecutionReader
from monitoring_server.telemetry.invocation_logs import InvocationLogs, JoinedLine

_MACHINES = 60
_FAILURES_EACH = 40
_LOOKED_INTO = 30
_TAIL_EVENTS = 60
_SHOWN = 20
_SHOWN_CHARACTERS = 5500
_PAGE_CHARACTERS = 6800
_DEEPEST = 5
_SUMMARY_CHARACTERS = 900
_NODES, _EDGES = 40, 60

ExecutionArn = Annotated[
    str,
    Field(
        pattern=r"^arn:[a-z-]+:states:\S+:(execution|express):\S+$",
        max_length=400,
        description="Execution ARN.",
    ),
]


class Catalog(Protocol):
    """Who owns what, and what leans on what."""

    def list(self) -> Sequence[CatalogEntry]:
        """Return all entries."""
        ...


class Executions:
    """Looks into Step Functions."""

    def __init__(
        self,
        reader: ExecutionReader,
        invocations: InvocationLogs,
        catalog: Catalog,
        now: Callable[[], datetime],
    ) -> None:
        self._reader = reader
        self._invocations = invocations
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
        cursor: Cursor = None,
    ) -> FailureList:
        """List failed executions of all state machines, grouped by state, error and cause."""
        since = self._now() - timedelta(hours=hours_back)
        gaps: list[str] = []
        machines = self._machines(state_machine)
        failures: list[Failed] = []
        for arn, kind in machines:
            failures += self._failures(arn, kind, since, gaps)
        page = items_page(families_of(failures), cursor, _SHOWN, _SHOWN_CHARACTERS)
        return FailureList(
            families=page.items,
            failed=len(failures),
            state_machines=len(machines),
            gaps=gaps[:10],
            data_source="states",
            query={"stateMachine": state_machine, "since": since.isoformat(timespec="seconds")},
            truncated=page.cursor is not None,
            cursor=page.cursor,
        )

    def explain_execution_failure(
        self, execution_arn: ExecutionArn, *, cursor: Cursor = None
    ) -> ExecutionFailure:
        """Explain why an execution failed: state, parsed error, retries, log lines, what to do."""
        top = self._reader.read(execution_arn)
        levels, gaps = self._followed(top)
        told = levels[-1][1]
        lines = self._invocations.of(told, gaps)
        sections = self._sections(top, levels[0][1], lines, levels[-1])
        shown, following = _page(sections, int(cursor or 0))
        summaries = dict.fromkeys((levels[0][1].summary, told.summary))
        return ExecutionFailure(
            execution_arn=execution_arn,
            summary=" ".join(summaries)[:_SUMMARY_CHARACTERS],
            confidence=told.confidence,
            chain=[_level(execution, one) for execution, one in levels],
            sections=shown,
            trace_id=top.described.trace_id,
            gaps=[*top.gaps, *gaps, *told.gaps][:8],
            data_source="logs" if top.described.is_express else "states",
            query={"executionArn": execution_arn},
            truncated=following is not None,
            cursor=following,
        )

    def compare_executions(
        self,
        execution_arn: ExecutionArn,
        good_execution_arn: Annotated[
            str | None,
            Field(max_length=400, description="The last good one before, if left out."),
        ] = None,
    ) -> ExecutionComparison:
        """Compare an execution with a good one: where they part, data, definition, durations."""
        bad = self._reader.read(execution_arn)
        other = good_execution_arn or self._good(bad)
        good = self._reader.read(other)
        told = compare_records(bad.record, good.record, (bad.definition, good.definition))
        return ExecutionComparison(
            bad=execution_arn,
            good=other,
            comparison=_fitting(told),
            data_source="states",
            query={"executionArn": [execution_arn, other]},
            truncated=told.more_differences > 0,
        )

    def _good(self, bad: Execution) -> str:
        if bad.described.is_express:
            raise ToolError("name good_execution_arn: Step Functions keeps no Express executions")
        found = self._reader.last_good(bad.described)
        if found is None:
            raise ToolError("no execution of this state machine succeeded; name good_execution_arn")
        return found

    def _machines(self, wanted: str | None) -> list[tuple[str, str]]:
        entries = self._entries()
        named = {entry.state_machine_arn: entry for entry in entries if entry.state_machine_arn}
        known = dict(self._reader.machines(_MACHINES))
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
            raise ToolError(f"no state machine {wanted!r}; there are {names}")
        return chosen

    def _entries(self) -> Sequence[CatalogEntry]:
        return self._catalog.list()

    def _failures(self, arn: str, kind: str, since: datetime, gaps: list[str]) -> list[Failed]:
        try:
            if kind == "EXPRESS":
                return self._express_failures(arn, since)
            found = self._reader.failed_of(arn, since, _FAILURES_EACH)
        except (ToolError, MCPError, ClientError) as error:
            gaps.append(f"{arn.rsplit(':', 1)[-1]}: {error}")
            return []
        return [self._failed(one, place < _LOOKED_INTO, gaps) for place, one in enumerate(found)]

    def _failed(self, listed: Any, look: bool, gaps: list[str]) -> Failed:  # noqa: ANN401
        arn = str(listed["executionArn"])
        state = error = message = ""
        if look:
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

    def _followed(self, top: Execution) -> tuple[list[tuple[Execution, Explanation]], list[str]]:
        """Return each execution from the one asked about down to the one that failed first."""
        gaps: list[str] = []
        levels = [(top, explain_record(top.record, top.definition))]
        seen = {top.described.arn}
        while len(levels) < _DEEPEST:
            inner = [
                arn for arn in levels[-1][1].follow if ":execution:" in arn and arn not in seen
            ]
            if not inner:
                break
            try:
                execution = self._reader.read(inner[0])
            except (ToolError, MCPError) as error:
                gaps.append(f"a nested execution cannot be followed: {error}")
                break
            seen.add(inner[0])
            levels.append((execution, explain_record(execution.record, execution.definition)))
        return levels, gaps

    def _sections(
        self,
        top: Execution,
        above: Explanation,
        lines: list[JoinedLine],
        leaf: tuple[Execution, Explanation],
    ) -> list[tuple[str, Any]]:
        deepest, told = leaf
        dumped = told.model_dump(mode="json", exclude_defaults=True)
        picture = picture_of(deepest.record, deepest.definition)
        sections: list[tuple[str, Any]] = [
            ("failure", {"state": dumped.get("failed_state"), "error": dumped.get("error")}),
            ("advice", self._advice(top, above)),
            ("logs", lines),
            ("retries", dumped.get("retries")),
            ("catalog", self._surroundings(top.described.state_machine_arn)),
            ("handled", dumped.get("handled")),
            ("path", dumped.get("path")),
            (
                "picture",
                Picture(nodes=picture.nodes[:_NODES], edges=picture.edges[:_EDGES]),
            ),
        ]
        return [(name, content) for name, content in sections if content]

    def _advice(self, top: Execution, told: Explanation) -> Advice:
        circumstances = Circumstances(
            kind="EXPRESS" if top.described.is_express else "STANDARD",
            now=self._now(),
            redrive_status=top.described.redrive_status,
            redrive_status_reason=top.described.redrive_reason,
        )
        return advise(told, top.record, top.definition, circumstances)

    def _surroundings(self, machine: str) -> Surroundings | None:
        entries = self._entries()
        entry = next((one for one in entries if one.state_machine_arn == machine), None)
        if entry is None:
            return None
        return Surroundings(
            entry_id=entry.entry_id,
            owner=entry.owner,
            tier=entry.tier,
            runbook=entry.runbook,
            leans_on=list(entry.depends_on)[:10],
            leaned_on_by=[one.entry_id for one in entries if entry.entry_id in one.depends_on][:10],
        )


def _page(sections: list[tuple[str, Any]], begin: int) -> tuple[dict[str, Any], str | None]:
    """Return the sections that fit, one at least, and where the next page begins."""
    if begin and begin >= len(sections):
        raise ToolError(f"there are {len(sections)} sections only; leave the cursor out")
    left, shown = _PAGE_CHARACTERS, dict[str, Any]()
    for place, (name, content) in enumerate(sections[begin:], start=begin):
        left -= len(canonical_json(content))
        if left < 0 and shown:
            return shown, str(place)
        shown[name] = _json(content)
    return shown, None


def _json(content: Any) -> Any:  # noqa: ANN401
    if isinstance(content, BaseModel):
        return content.model_dump(mode="json", exclude_defaults=True)
    return [_json(one) for one in content] if isinstance(content, list) else content


def _fitting(told: Comparison) -> Comparison:
    """Return a comparison that a model can afford: what was taken, what changed most."""
    taken = tuple(node for node in told.picture.nodes if node.visits)[:12]
    names = {node.name for node in taken}
    edges = tuple(
        edge for edge in told.picture.edges if edge.taken and {edge.source, edge.target} <= names
    )
    changed = tuple(one for one in told.durations if abs(one.change_seconds) > 0.05)[:5]
    return told.model_copy(
        update={
            "picture": Picture(nodes=taken, edges=edges[:12]),
            "durations": changed,
            "input_differences": told.input_differences[:6],
            "state_input_differences": told.state_input_differences[:6],
            "output_differences": told.output_differences[:4],
            "definition_differences": told.definition_differences[:6],
        }
    )


def _level(execution: Execution, told: Explanation) -> Level:
    return Level(
        execution_arn=execution.described.arn,
        state_machine=execution.described.state_machine_arn.rsplit(":", 1)[-1],
        status=told.status,
        state=told.failed_state.name if told.failed_state else "",
        error=told.error.error if told.error else "",
    )


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
