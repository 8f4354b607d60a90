"""`itops executions`: which pipelines failed, why, and beside a good run."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import boto3
import typer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError
from pydantic import BaseModel

from itops_cli.catalog import KnownCatalog
from itops_cli.embedded import address_of
from itops_cli.failures import OutOfReachError, aws_errors_told
from itops_cli.files import parsed
from itops_cli.options import AsJson, Folder
from itops_cli.screen.console import print_json, say, tame
from itops_cli.screen.execution import show_comparison, show_explanation, show_families
from itops_cli.screen.execution_around import around_of, show_around, show_way_down
from itops_core.errors import InvalidInputError, NotFoundError
from itops_core.tools.aws_errors import NothingThereError
from monitoring_server.analysis.executions.advising import advise
from monitoring_server.analysis.executions.comparing import compare_records
from monitoring_server.analysis.executions.definitions import Definition, parse_definition
from monitoring_server.analysis.executions.explaining import explain_record
from monitoring_server.analysis.executions.files import events_in
from monitoring_server.analysis.executions.picture import picture_of
from monitoring_server.analysis.executions.record import Record
from monitoring_server.analysis.executions.redriving import Circumstances
from monitoring_server.analysis.executions.walking import read_record
from monitoring_server.telemetry.execution_insight import ExecutionInsights
from monitoring_server.telemetry.execution_reading import (
    Described,
    Execution,
    ExecutionReader,
    NoExecutionError,
)
from monitoring_server.telemetry.failed_executions import FailedExecutions
from monitoring_server.telemetry.invocation_logs import InvocationLogs
from monitoring_server.telemetry.map_runs import MapRunReader

app = typer.Typer(
    help="Which pipelines failed, why, and beside a good run.",
    no_args_is_help=True,
    add_completion=False,
)

OnAws = Annotated[
    bool, typer.Option("--aws", help="Ask AWS with your own credentials, not the local cloud.")
]
History = Annotated[
    Path | None,
    typer.Option("--history", exists=True, dir_okay=False, help="JSON of GetExecutionHistory."),
]
DefinitionFile = Annotated[
    Path | None,
    typer.Option("--definition", exists=True, dir_okay=False, help="The state machine's JSON."),
]
Arn = Annotated[str | None, typer.Argument(metavar="ARN", show_default=False)]


@app.command()
def failed(
    state_machine: Annotated[str | None, typer.Argument(help="Only this one, by name.")] = None,
    hours: Annotated[int, typer.Option(min=1, max=336, help="How far back.")] = 24,
    aws: OnAws = False,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """List failures, grouped by state, error and cause."""
    with _answered():
        sight = _looking(aws, folder)
        tool = FailedExecutions(sight.reader, sight.catalog, lambda: datetime.now(UTC))
        told = tool.all_failed(state_machine, hours)
    if as_json:
        print_json(told.model_dump(mode="json"))
    elif told.families:
        show_families(told.families)
        for gap in told.gaps:
            say(f"not shown: {tame(gap)}", "dim")
    else:
        say(f"Nothing failed in {told.state_machines} state machines.")


@app.command()
def explain(  # noqa: PLR0913 - one option each
    arn: Arn = None,
    *,
    history: History = None,
    definition: DefinitionFile = None,
    aws: OnAws = False,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Explain why an execution failed, from its ARN or from files."""
    if arn is not None and history is None:
        with _answered():
            found = _looking(aws, folder).insights.into(arn)
        told, advice, execution = found.deepest[1], found.advice, found.deepest[0]
    else:
        found = None
        execution = _execution(arn, history, definition, (aws, folder))
        told = explain_record(execution.record, execution.definition)
        circumstances = Circumstances(now=datetime.now(UTC))
        advice = advise(told, execution.record, execution.definition, circumstances)
    picture = picture_of(execution.record, execution.definition)
    if as_json:
        parts: dict[str, BaseModel] = {"explanation": told, "advice": advice, "picture": picture}
        more = around_of(found) if found else {}
        print_json({**{name: part.model_dump(mode="json") for name, part in parts.items()}, **more})
        return
    if found is not None:
        show_way_down(found)
    repeated = found.chain[0].state_machine if found and len(found.chain) > 1 else ""
    show_explanation(told, picture, advice, repeated)
    if found is not None:
        show_around(found)


@app.command()
def compare(  # noqa: PLR0913 - one option each
    arn: Arn = None,
    good: Annotated[
        str | None, typer.Argument(metavar="[GOOD]", help="The last good one, if left out.")
    ] = None,
    *,
    history: History = None,
    good_history: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Of the good execution.")
    ] = None,
    definition: DefinitionFile = None,
    good_definition: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="If it was another one.")
    ] = None,
    aws: OnAws = False,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Compare an execution with a good one: where they part, data, definition, durations."""
    if history is not None and good_history is None:
        raise InvalidInputError("--history is compared with --good-history; give both")
    where = (aws, folder)
    bad = _execution(arn, history, definition, where)
    if good_history is None and good is None:
        with _answered():
            good = _looking(*where).reader.last_good(bad.described)
        if good is None:
            raise NotFoundError("no execution of it ever succeeded; name one to compare with")
    other = _execution(good, good_history, good_definition or definition, where)
    told = compare_records(bad.record, other.record, (bad.definition, other.definition))
    if as_json:
        print_json(told.model_dump(mode="json"))
        return
    show_comparison(told)


def _execution(
    arn: str | None,
    history: Path | None,
    definition: Path | None,
    where: tuple[bool, Path | None],
) -> Execution:
    """Return an execution from files, or from where it ran."""
    if (arn is None) == (history is None):
        raise InvalidInputError("give either the ARN of an execution or --history FILE")
    if arn is not None:
        with _answered():
            return _looking(*where).reader.read(arn)
    machine = parsed(definition, parse_definition) if definition else None
    record = parsed(history, lambda text: _read(text, machine)) if history else Record()
    described = Described(
        arn="",
        state_machine_arn="",
        name=history.name if history else "",
        status=record.status,
        started_at=datetime.fromtimestamp(record.started_at or record.last_at, UTC),
    )
    return Execution(described, record, machine)


def _read(text: str, machine: Definition | None) -> Record:
    record = read_record(events_in(text), machine)
    if not record.events:
        raise InvalidInputError("the history holds no events")
    return record


@dataclass(frozen=True)
class _Sight:
    """What the command line looks through: Step Functions, logs, and the catalog."""

    reader: ExecutionReader
    insights: ExecutionInsights
    catalog: "KnownCatalog"


def _looking(aws: bool, folder: Path | None) -> _Sight:
    address = None if aws else address_of(folder)
    client: Any = address.client if address else boto3.client
    logs, machines = client("logs"), client("stepfunctions")
    reader, catalog = ExecutionReader(machines, logs), KnownCatalog(client("dynamodb"))
    insights = ExecutionInsights(
        reader,
        MapRunReader(machines, reader),
        InvocationLogs(logs, client("ecs")),
        catalog,
        now=lambda: datetime.now(UTC),
    )
    return _Sight(reader, insights, catalog)


@contextmanager
def _answered() -> Generator[None]:
    """Translate what a tool or AWS refuses into the failures of the command line."""
    try:
        with aws_errors_told():
            yield
    except NoExecutionError as error:
        raise NotFoundError(
            f"no execution {error.arn!r}; `itops executions failed` names those that failed"
        ) from error
    except NothingThereError as error:
        raise NotFoundError(str(error)) from error
    except ToolError as error:
        raise InvalidInputError(str(error)) from error
    except MCPError as error:
        raise OutOfReachError(str(error)) from error
