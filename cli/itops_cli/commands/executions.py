"""`itops executions`: which pipelines failed, why, and beside a good run."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import boto3
import typer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError

from itops_cli.embedded import address_of
from itops_cli.failures import OutOfReachError
from itops_cli.files import parsed
from itops_cli.options import AsJson, Folder
from itops_cli.screen.console import print_json, say
from itops_cli.screen.execution import show_comparison, show_explanation, show_families
from itops_core.domain.catalog import CatalogEntry
from itops_core.errors import InvalidInputError
from monitoring_server.analysis.executions.advising import Circumstances, advise
from monitoring_server.analysis.executions.comparing import compare_records
from monitoring_server.analysis.executions.definitions import Definition, parse_definition
from monitoring_server.analysis.executions.explaining import explain_record
from monitoring_server.analysis.executions.files import events_in
from monitoring_server.analysis.executions.picture import picture_of
from monitoring_server.analysis.executions.record import Record
from monitoring_server.analysis.executions.walking import read_record
from monitoring_server.telemetry.execution_reading import Described, Execution, ExecutionReader
from monitoring_server.telemetry.failed_executions import FailedExecutions
from monitoring_server.telemetry.invocation_logs import InvocationLogs

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
        reader, _ = _looking(aws, folder)
        tool = FailedExecutions(reader, _NoCatalog(), lambda: datetime.now(UTC))
        told = tool.list_failed_executions(state_machine, hours_back=hours)
    if as_json:
        print_json(told.model_dump(mode="json"))
    elif told.families:
        show_families(told.families)
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
    execution = _execution(arn, history, definition, (aws, folder))
    told = explain_record(execution.record, execution.definition)
    picture = picture_of(execution.record, execution.definition)
    described = execution.described
    circumstances = Circumstances(
        kind="EXPRESS" if described.is_express else "STANDARD",
        now=datetime.now(UTC),
        redrive_status=described.redrive_status,
        redrive_status_reason=described.redrive_reason,
        redrive_offered=not described.arn or described.redrive_status is not None,
    )
    advice = advise(told, execution.record, execution.definition, circumstances)
    if as_json:
        parts = {"explanation": told, "advice": advice, "picture": picture}
        print_json({name: part.model_dump(mode="json") for name, part in parts.items()})
        return
    show_explanation(told, picture, advice)


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
            good = _looking(*where)[0].last_good(bad.described)
        if good is None:
            raise InvalidInputError("no execution of it ever succeeded; name one to compare with")
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
            return _looking(*where)[0].read(arn)
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


def _looking(aws: bool, folder: Path | None) -> tuple[ExecutionReader, InvocationLogs]:
    client: Any = boto3.client if aws else address_of(folder).client
    logs = client("logs")
    return ExecutionReader(client("stepfunctions"), logs), InvocationLogs(logs, client("ecs"))


class _NoCatalog:
    """The command line asks Step Functions alone."""

    def list(self) -> tuple[CatalogEntry, ...]:
        """Return nothing."""
        return ()


@contextmanager
def _answered() -> Generator[None]:
    """Translate what a tool refuses into the failures of the command line."""
    try:
        yield
    except ToolError as error:
        raise InvalidInputError(str(error)) from error
    except MCPError as error:
        raise OutOfReachError(str(error)) from error
