"""`itops rca`: rank the components that may have caused a symptom, from metrics in files."""

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from itops_cli.benchmark.causes import score_folder
from itops_cli.files import parsed
from itops_cli.options import AsJson
from itops_cli.screen.console import console, print_json, say, tame
from monitoring_server.analysis.metric_tables import parse_graph, parse_metrics
from monitoring_server.analysis.root_causes import Symptom, Telemetry, rank_root_causes

app = typer.Typer(
    help="Rank root causes from metrics in files.", no_args_is_help=True, add_completion=False
)


class Metric(StrEnum):
    """What can be noticed on the target."""

    LATENCY = "latency"
    AVAILABILITY = "availability"


@app.command()
def rank(  # noqa: PLR0913 - one option each, as scripts give them
    *,
    graph: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="Matrix: the row calls the column.")
    ],
    normal: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="Metrics of a normal period.")
    ],
    abnormal: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="Metrics of the incident.")
    ],
    target_node: Annotated[str, typer.Option(help="The component on which it was noticed.")],
    target_metric: Annotated[Metric, typer.Option(help="What was noticed there.")],
    statistic: Annotated[str, typer.Option(help="Average, p50, p90, p95, p99…")] = "Average",
    as_json: AsJson = False,
) -> None:
    """Rank the components that may have caused a symptom, most likely first.

    Nothing is printed but an empty list when all is within what the normal period shows.
    """
    telemetry = Telemetry(parsed(normal, parse_metrics), parsed(abnormal, parse_metrics))
    symptom = Symptom(target_node, target_metric.value, statistic)
    suspects = rank_root_causes(parsed(graph, parse_graph), telemetry, symptom)
    if as_json:
        print_json([asdict(suspect) for suspect in suspects])
        return
    if not suspects:
        say("Nothing is out of the ordinary.")
        return
    table = Table("#", "component", "score", "why", box=box.SIMPLE)
    for place, suspect in enumerate(suspects, start=1):
        shown = str(place), suspect.component, f"{suspect.score:.2f}", suspect.why
        table.add_row(*(Text(tame(cell)) for cell in shown))
    console().print(table)


@app.command()
def bench(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, metavar="DIR")],
    as_json: AsJson = False,
) -> None:
    """Score the ranking on a folder of faults whose cause is known."""
    scores = score_folder(folder)
    if as_json:
        print_json(scores)
        return
    table = Table("case", "metric", "cause", "first", "@1", "@3", box=box.SIMPLE)
    for case in scores["per_case"]:
        named = case["case"], case["metric"], case["cause"], case["first"] or "-"
        ends = f"{case['credit_at_1']:.2f}", f"{case['credit_at_3']:.2f}"
        table.add_row(*(Text(tame(cell)) for cell in (*named, *ends)))
    console().print(table)
    say(
        f"recall@1 {scores['recall_at_1']}, recall@3 {scores['recall_at_3']}, "
        f"specificity {scores['specificity']} over {scores['normal_windows']} normal stretches"
    )
