"""Failed Step Functions executions: why they failed, and how they differ from good ones."""

from typing import Annotated, Any

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import BaseModel, Field

from itops_core.domain.values import canonical_json
from itops_core.tools.paging import Cursor
from monitoring_server.analysis.executions.comparing import Comparison, compare_records
from monitoring_server.analysis.executions.picture import Picture, picture_of
from monitoring_server.telemetry.execution_answers import (
    ExecutionComparison,
    ExecutionFailure,
)
from monitoring_server.telemetry.execution_insight import ExecutionInsights, Insight
from monitoring_server.telemetry.execution_reading import Execution, ExecutionReader

_PAGE_CHARACTERS = 6800
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

    def __init__(self, reader: ExecutionReader, insights: ExecutionInsights) -> None:
        self._reader = reader
        self._insights = insights

    def explain_execution_failure(
        self, execution_arn: ExecutionArn, *, cursor: Cursor = None
    ) -> ExecutionFailure:
        """Explain why an execution failed: state, parsed error, retries, log lines, what to do."""
        found = self._insights.into(execution_arn)
        told = found.deepest[1]
        shown, following = _page(_sections(found), int(cursor or 0))
        summaries = dict.fromkeys((found.levels[0][1].summary, told.summary))
        return ExecutionFailure(
            execution_arn=execution_arn,
            summary=" ".join(summaries)[:_SUMMARY_CHARACTERS],
            confidence=told.confidence,
            chain=found.chain,
            sections=shown,
            trace_id=found.top.described.trace_id,
            gaps=found.gaps[:8],
            data_source="logs" if found.top.described.is_express else "states",
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


def _sections(found: Insight) -> list[tuple[str, Any]]:
    deepest, told = found.deepest
    dumped = told.model_dump(mode="json", exclude_defaults=True)
    picture = picture_of(deepest.record, deepest.definition)
    sections: list[tuple[str, Any]] = [
        ("failure", {"state": dumped.get("failed_state"), "error": dumped.get("error")}),
        ("map_run", found.map_run),
        ("involved", found.involved),
        ("advice", found.advice),
        ("logs", found.lines),
        ("retries", dumped.get("retries")),
        ("catalog", found.surroundings),
        ("handled", dumped.get("handled")),
        ("path", dumped.get("path")),
        ("picture", Picture(nodes=picture.nodes[:_NODES], edges=picture.edges[:_EDGES])),
    ]
    return [(name, content) for name, content in sections if content]


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
