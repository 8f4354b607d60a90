"""Failed Step Functions executions: why they failed, and how they differ from good ones."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any

from botocore.exceptions import ClientError
from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError
from pydantic import BaseModel, Field

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.values import canonical_json
from itops_core.tools.paging import Cursor
from monitoring_server.analysis.executions.advising import Advice, Circumstances, advise
from monitoring_server.analysis.executions.causes import Family
from monitoring_server.analysis.executions.comparing import Comparison, compare_records
from monitoring_server.analysis.executions.explaining import explain_record
from monitoring_server.analysis.executions.explanation import Explanation
from monitoring_server.analysis.executions.picture import Picture, picture_of
from monitoring_server.telemetry.execution_answers import (
    ExecutionComparison,
    ExecutionFailure,
    Level,
    MapRun,
)
from monitoring_server.telemetry.execution_reading import Execution, ExecutionReader
from monitoring_server.telemetry.execution_surroundings import (
    entry_of,
    involved_in,
    repeatable_in,
    surroundings,
)
from monitoring_server.telemetry.failed_executions import Catalog
from monitoring_server.telemetry.invocation_logs import InvocationLogs, JoinedLine
from monitoring_server.telemetry.map_runs import MapRunReader

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


class Executions:
    """Looks into Step Functions."""

    def __init__(
        self,
        reader: ExecutionReader,
        map_runs: MapRunReader,
        invocations: InvocationLogs,
        catalog: Catalog,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._reader = reader
        self._map_runs = map_runs
        self._invocations = invocations
        self._catalog = catalog
        self._now = now

    def explain_execution_failure(
        self, execution_arn: ExecutionArn, *, cursor: Cursor = None
    ) -> ExecutionFailure:
        """Explain why an execution failed: state, parsed error, retries, log lines, what to do."""
        top = self._reader.read(execution_arn)
        levels, runs, gaps = self._followed(top)
        told = levels[-1][1]
        lines = self._invocations.of(told, gaps)
        entries = self._entries()
        sections = self._sections(levels, lines, entries)
        sections[1:1] = [("map_run", run) for run in runs[-1:]]
        shown, following = _page(sections, int(cursor or 0))
        summaries = dict.fromkeys((levels[0][1].summary, told.summary))
        return ExecutionFailure(
            execution_arn=execution_arn,
            summary=" ".join(summaries)[:_SUMMARY_CHARACTERS],
            confidence=told.confidence,
            chain=[_level(execution, one, entries) for execution, one in levels],
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
            good_started_at=good.described.started_at,
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

    def _entries(self) -> Sequence[CatalogEntry]:
        return self._catalog.list()

    def _followed(
        self, top: Execution
    ) -> tuple[list[tuple[Execution, Explanation]], list[MapRun], list[str]]:
        """Return each execution from the one asked about down to the one that failed first."""
        gaps: list[str] = []
        runs: list[MapRun] = []
        levels = [(top, explain_record(top.record, top.definition))]
        seen = {top.described.arn}
        while len(levels) < _DEEPEST:
            try:
                inner = self._below(levels[-1], runs, gaps)
                if not inner or inner in seen:
                    break
                execution = self._reader.read(inner)
            except (ToolError, MCPError, ClientError) as error:
                gaps.append(f"a nested execution cannot be followed: {error}")
                break
            seen.add(inner)
            levels.append((execution, explain_record(execution.record, execution.definition)))
        return levels, runs, gaps

    def _below(
        self, level: tuple[Execution, Explanation], runs: list[MapRun], gaps: list[str]
    ) -> str:
        """Return the execution that a failure came from: a nested one, or a child of a Map Run."""
        execution, told = level
        nested = next((arn for arn in told.follow if ":execution:" in arn), "")
        if nested or told.error is None:
            return nested
        run = next((arn for arn in told.follow if ":mapRun:" in arn), "")
        if not run and told.error.family is Family.ITEMS:
            run = self._map_runs.of_execution(execution.described.arn)
        if not run:
            return ""
        runs.append(self._map_runs.read(run, gaps))
        return runs[-1].first_failed

    def _sections(
        self,
        levels: list[tuple[Execution, Explanation]],
        lines: list[JoinedLine],
        entries: Sequence[CatalogEntry],
    ) -> list[tuple[str, Any]]:
        (top, above), (deepest, told) = levels[0], levels[-1]
        dumped = told.model_dump(mode="json", exclude_defaults=True)
        picture = picture_of(deepest.record, deepest.definition)
        sections: list[tuple[str, Any]] = [
            ("failure", {"state": dumped.get("failed_state"), "error": dumped.get("error")}),
            ("involved", involved_in(told, entries, deepest.described.state_machine_arn)),
            ("advice", self._advice(top, above, entries)),
            ("logs", lines),
            ("retries", dumped.get("retries")),
            ("catalog", surroundings(entries, top.described.state_machine_arn)),
            ("handled", dumped.get("handled")),
            ("path", dumped.get("path")),
            (
                "picture",
                Picture(nodes=picture.nodes[:_NODES], edges=picture.edges[:_EDGES]),
            ),
        ]
        return [(name, content) for name, content in sections if content]

    def _advice(self, top: Execution, told: Explanation, entries: Sequence[CatalogEntry]) -> Advice:
        circumstances = Circumstances(
            kind="EXPRESS" if top.described.is_express else "STANDARD",
            now=self._now(),
            redrive_status=top.described.redrive_status,
            redrive_status_reason=top.described.redrive_reason,
            redrive_offered=top.described.redrive_status is not None,
            repeatable=repeatable_in(entries),
        )
        return advise(told, top.record, top.definition, circumstances)


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


def _level(execution: Execution, told: Explanation, entries: Sequence[CatalogEntry]) -> Level:
    entry = entry_of(entries, execution.described.state_machine_arn)
    return Level(
        execution_arn=execution.described.arn,
        state_machine=execution.described.state_machine_arn.rsplit(":", 1)[-1],
        status=told.status,
        state=told.failed_state.name if told.failed_state else "",
        error=told.error.error if told.error else "",
        entry_id=entry.entry_id if entry else "",
    )
