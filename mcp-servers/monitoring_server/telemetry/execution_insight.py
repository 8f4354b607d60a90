"""Everything that is known of a failed execution: followed down, with logs, catalog and advice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from botocore.exceptions import ClientError
from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError

from itops_core.domain.catalog import CatalogEntry
from monitoring_server.analysis.executions.advising import Advice, Below, advise
from monitoring_server.analysis.executions.causes import Family
from monitoring_server.analysis.executions.explaining import explain_record
from monitoring_server.analysis.executions.explanation import Explanation
from monitoring_server.analysis.executions.redriving import Circumstances
from monitoring_server.telemetry.execution_answers import Involved, Level, MapRun, Surroundings
from monitoring_server.telemetry.execution_reading import Execution, ExecutionReader
from monitoring_server.telemetry.execution_surroundings import (
    entry_of,
    involved_in,
    repeatable_in,
    surroundings,
)
from monitoring_server.telemetry.invocation_logs import InvocationLogs, JoinedLine
from monitoring_server.telemetry.map_runs import MapRunReader

_DEEPEST = 5


class Catalog(Protocol):
    """Who owns what, and what leans on what."""

    def list(self) -> Sequence[CatalogEntry]:
        """Return all entries."""
        ...


@dataclass(frozen=True)
class Insight:
    """One look into an execution; `levels` lead from it down to the one that failed first."""

    levels: list[tuple[Execution, Explanation]]
    map_run: MapRun | None
    lines: list[JoinedLine]
    advice: Advice
    involved: list[Involved]
    surroundings: Surroundings | None
    chain: list[Level]
    gaps: list[str] = field(default_factory=list[str])

    @property
    def top(self) -> Execution:
        """The execution that was asked about."""
        return self.levels[0][0]

    @property
    def deepest(self) -> tuple[Execution, Explanation]:
        """The execution that failed first, and why."""
        return self.levels[-1]


class ExecutionInsights:
    """Looks into executions from every side."""

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

    def into(self, execution_arn: str) -> Insight:
        """Return what is known of an execution; what could not be had stands in the gaps."""
        gaps: list[str] = []
        runs: list[MapRun] = []
        levels = self._followed(self._reader.read(execution_arn), runs, gaps)
        top, (deepest, told) = levels[0][0], levels[-1]
        lines = self._invocations.of(told, gaps)
        entries = self._catalog.list()
        return Insight(
            levels=levels,
            map_run=runs[-1] if runs else None,
            lines=lines,
            advice=self._advised(levels, entries),
            involved=involved_in(
                told,
                [line.message for line in lines],
                entries,
                deepest.described.state_machine_arn,
            ),
            surroundings=surroundings(entries, top.described.state_machine_arn),
            chain=[_level(execution, one, entries) for execution, one in levels],
            gaps=[*top.gaps, *gaps, *told.gaps],
        )

    def _followed(
        self, top: Execution, runs: list[MapRun], gaps: list[str]
    ) -> list[tuple[Execution, Explanation]]:
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
        return levels

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

    def _advised(
        self, levels: list[tuple[Execution, Explanation]], entries: Sequence[CatalogEntry]
    ) -> Advice:
        """Return what to do about the execution asked about, by the one that failed first."""
        below: Below | None = None
        for execution, told in reversed(levels[1:]):
            below = Below(
                execution=_machine_of(execution),
                advice=self._advice(execution, told, entries, below),
                is_item="/" in _machine_of(execution),
            )
        return self._advice(*levels[0], entries, below)

    def _advice(
        self,
        execution: Execution,
        told: Explanation,
        entries: Sequence[CatalogEntry],
        below: Below | None,
    ) -> Advice:
        described = execution.described
        circumstances = Circumstances(
            kind="EXPRESS" if described.is_express else "STANDARD",
            now=self._now(),
            redrive_status=described.redrive_status,
            redrive_status_reason=described.redrive_reason,
            redrive_offered=described.redrive_status is not None,
            repeatable=repeatable_in(entries),
        )
        return advise(told, execution.record, execution.definition, circumstances, below)


def _machine_of(execution: Execution) -> str:
    return execution.described.state_machine_arn.rsplit(":", 1)[-1]


def _level(execution: Execution, told: Explanation, entries: Sequence[CatalogEntry]) -> Level:
    entry = entry_of(entries, execution.described.state_machine_arn)
    return Level(
        execution_arn=execution.described.arn,
        state_machine=_machine_of(execution),
        status=told.status,
        state=told.failed_state.name if told.failed_state else "",
        error=told.error.error if told.error else "",
        entry_id=entry.entry_id if entry else "",
    )
