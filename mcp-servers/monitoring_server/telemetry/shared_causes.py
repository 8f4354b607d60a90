"""Why several pipelines fail at once: what their failures have in common, and what is chance."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from botocore.exceptions import ClientError
from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError
from pydantic import Field

from itops_core.domain.catalog import CatalogEntry
from itops_core.tools.tool_server import ToolResult
from monitoring_server.analysis.executions.families import FailureFamily
from monitoring_server.analysis.sharing import (
    By,
    ChanceOverlap,
    Failing,
    SharedCause,
    shared_causes,
)
from monitoring_server.telemetry.execution_answers import Involved
from monitoring_server.telemetry.execution_insight import Catalog, ExecutionInsights
from monitoring_server.telemetry.execution_surroundings import entry_of
from monitoring_server.telemetry.failed_executions import FailedExecutions

_LOOKED_INTO = 12


class SharedCauses(ToolResult):
    """What explains several failing pipelines, and what they merely share."""

    failing: list[Failing] = Field(description="Each pipeline's commonest failure.")
    causes: list[SharedCause] = Field(description="The surest first; empty where each has its own.")
    overlaps: list[ChanceOverlap]
    note: str = ""
    gaps: list[str]


class SharedCauseFinder:
    """Looks into the failures of several pipelines."""

    def __init__(
        self, failures: FailedExecutions, insights: ExecutionInsights, catalog: Catalog
    ) -> None:
        self._failures = failures
        self._insights = insights
        self._catalog = catalog

    def find_shared_causes(
        self,
        *,
        state_machines: Annotated[
            list[Annotated[str, Field(max_length=300)]] | None,
            Field(max_length=12, description="Names or catalog entries; all that fail, if out."),
        ] = None,
        hours_back: Annotated[int, Field(ge=1, le=336, description="How far back to look.")] = 24,
    ) -> SharedCauses:
        """Find the resource whose failure explains several pipelines; tells chance overlap."""
        gaps: list[str] = []
        families: list[FailureFamily] = []
        for wanted in state_machines or [None]:
            found = self._failures.all_failed(wanted, hours_back)
            families += found.families
            gaps += found.gaps
        entries = self._catalog.list()
        chosen = _commonest(families)
        if len(chosen) > _LOOKED_INTO:
            gaps.append(f"{len(chosen) - _LOOKED_INTO} more failing pipelines were not looked into")
        looked = [self._failing(one, entries, gaps) for one in chosen[:_LOOKED_INTO]]
        failing = [one for one in looked if one is not None]
        causes, overlaps = shared_causes(failing, entries)
        return SharedCauses(
            failing=failing,
            causes=causes,
            overlaps=overlaps,
            note=_note(failing, causes),
            gaps=gaps[:10],
            data_source="states",
            query={"stateMachines": state_machines, "hoursBack": hours_back},
        )

    def _failing(
        self, family: FailureFamily, entries: Sequence[CatalogEntry], gaps: list[str]
    ) -> Failing | None:
        try:
            insight = self._insights.into(family.latest_execution)
        except (ToolError, MCPError, ClientError) as error:
            gaps.append(f"{family.state_machine}: {error}")
            return None
        _, told = insight.deepest
        error = told.error
        return Failing(
            pipeline=_named(insight.top.described.state_machine_arn, entries),
            execution_arn=family.latest_execution,
            state=told.failed_state.name if told.failed_state else family.state,
            error=error.error if error else family.error,
            family=error.family.value if error else "unknown",
            summary=told.summary[:300],
            first_at=family.first_at,
            last_at=family.last_at,
            about=_about(insight.involved),
            deepest=insight.chain[-1].entry_id or insight.chain[-1].state_machine,
        )


def _commonest(families: Sequence[FailureFamily]) -> list[FailureFamily]:
    """Return the commonest failure of each state machine, with the times of all of them."""
    kept: dict[str, FailureFamily] = {}
    for one in families:
        known = kept.get(one.state_machine)
        if known is None:
            kept[one.state_machine] = one
        elif one.latest_execution != known.latest_execution:
            first: datetime = min(known.first_at, one.first_at)
            kept[one.state_machine] = known.model_copy(update={"first_at": first})
    return list(kept.values())


def _about(involved: Sequence[Involved]) -> dict[str, By]:
    return {
        one.entry_id or one.name: "catalog" if one.by == "catalog" else "failure"
        for one in involved
        if one.kind not in ("state_machine", "role")
    }


def _named(machine: str, entries: Sequence[CatalogEntry]) -> str:
    entry = entry_of(entries, machine)
    return entry.entry_id if entry else machine.rsplit(":", 1)[-1]


def _note(failing: Sequence[Failing], causes: Sequence[SharedCause]) -> str:
    if len(failing) < 2:
        return f"{len(failing)} pipelines fail: there is nothing to share."
    names = {one.pipeline for one in failing}
    nested = [one for one in failing if one.deepest != one.pipeline and one.deepest in names]
    if nested and not causes:
        told = ", ".join(f"{one.pipeline} because {one.deepest} does" for one in nested)
        return f"A pipeline fails by the one that it starts: {told}. That is one failure."
    return "" if causes else "Each fails for a reason of its own, as far as can be seen."
