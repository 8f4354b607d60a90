"""An execution on the terminal: the way it took, why it failed, what to do."""

from collections.abc import Iterator, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from itops_cli.screen.console import console, say, tame
from monitoring_server.analysis.executions.advising import Advice
from monitoring_server.analysis.executions.comparing import Comparison
from monitoring_server.analysis.executions.differences import Difference
from monitoring_server.analysis.executions.explanation import Explanation
from monitoring_server.analysis.executions.families import FailureFamily
from monitoring_server.analysis.executions.picture import Node, Picture

_MARKS = {
    "succeeded": ("✔", "green"),
    "failed": ("✘", "bold red"),
    "caught": ("↷", "yellow"),
    "aborted": ("■", "magenta"),
    "running": ("…", "cyan"),
    "not_taken": ("·", "dim"),
}
_STEPS = {
    "redrive": "Redrive it",
    "rerun": "Run it again with the same input",
    "fix_then_redrive": "Fix first, then redrive",
    "fix_then_rerun": "Fix first, then run it again",
    "look_first": "Look first",
    "nothing": "Nothing to do",
}
_TWICE = {
    "safe": "does nothing twice",
    "unsafe": "does something twice",
    "unknown": "what it does twice is not known",
}
_SHOWN = 40


def show_picture(picture: Picture) -> None:
    """Draw the states in their order, those inside a Map or Parallel below it."""
    told = list(_nested(picture.nodes, "", 0))
    for node, depth in told[:_SHOWN]:
        mark, style = _MARKS[node.outcome]
        times = f"  ×{node.visits}" if node.visits > 1 else ""  # noqa: RUF001
        again = f"  {node.retries} retries" if node.retries else ""
        broken = f"  {node.failed_visits} failed" if node.failed_visits > 1 else ""
        seconds = f"  {node.seconds:g} s" if node.seconds else ""
        name = tame(f"{node.name}", 60)
        root = "  ← failed first" if node.root else ""
        indent = "  " * (depth + 1)
        console().print(
            Text(f"{indent}{mark} {name}", style=style)
            + Text(f"  {node.kind}{times}{seconds}{again}{broken}{root}", style="dim")
        )
    if len(told) > _SHOWN:
        say(f"  … {len(told) - _SHOWN} more states", "dim")


def show_explanation(
    told: Explanation, picture: Picture, advice: Advice, repeated: str = ""
) -> None:
    """Print an explanation: the sentence, the drawing, the facts, the advice.

    `repeated` names the pipeline to repeat, where another one failed first.
    """
    say(tame(told.summary, 900), "bold")
    say()
    show_picture(picture)
    say()
    rows = [(name, text) for name, text in _facts(told) if text]
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for name, text in rows:
        table.add_row(Text(name, style="dim"), Text(tame(text, 600)))
    console().print(table)
    if told.status == "SUCCEEDED":
        return
    say()
    say(f"{_STEPS[advice.step]}: {tame(advice.why, 600)}.", "bold")
    if repeated:
        say(f"  what to repeat is {tame(repeated)}, which was asked about", "dim")
    for line in _repeats(advice):
        say(f"  {line}", "dim")
    for effect in advice.effects[:6]:
        again = ", ".join(effect.repeated_by)
        say(f"  {tame(effect.state)} ({effect.integration}; {again}): {tame(effect.why)}", "dim")
    for gap in told.gaps:
        say(f"  not known: {tame(gap)}", "dim")


def _repeats(advice: Advice) -> Iterator[str]:
    """Yield what each way to repeat it would do."""
    if advice.redrive_possible and advice.redrive_helps:
        yield (
            f"redrive: {_TWICE[advice.redrive_is]}; {tame(advice.redrive_note)}; "
            f"{advice.redrive_transitions} transitions"
        )
    elif advice.redrive_possible:
        yield f"redrive: {tame(advice.redrive_note)}"
    else:
        yield f"no redrive: {tame(advice.redrive_note)}"
    yield (
        f"rerun: {_TWICE[advice.rerun_is]}; {tame(advice.rerun_note)}; "
        f"{advice.rerun_transitions} transitions (${advice.rerun_dollars:.6f})"
    )


def show_comparison(told: Comparison) -> None:
    """Print where two executions part, and what differs."""
    say(tame(told.summary, 900), "bold")
    say()
    show_picture(told.picture)
    for title, found in (
        ("input of the execution", told.input_differences),
        ("input of the state", told.state_input_differences),
        ("output of the state", told.output_differences),
        ("definition", told.definition_differences),
    ):
        _show_differences(title, found)
    table = Table("state", "good s", "bad s", "change s", box=box.SIMPLE)
    for one in told.durations[:10]:
        good, bad = (_seconds(value) for value in (one.good_seconds, one.bad_seconds))
        table.add_row(Text(tame(one.state, 60)), good, bad, f"{one.change_seconds:+g}")
    console().print(table)
    for gap in told.gaps:
        say(f"not known: {tame(gap)}", "dim")


def show_families(families: Sequence[FailureFamily]) -> None:
    """Print families of failures as a table."""
    names = ("", "state machine", "state", "error", "count", "last", "cause")
    table = Table(*names, box=box.SIMPLE)
    for number, one in enumerate(families, start=1):
        last = one.last_at.isoformat(timespec="minutes")
        cells = one.state_machine, one.state, one.error, str(one.count), last, one.template
        table.add_row(str(number), *(Text(tame(cell, 80)) for cell in cells))
    console().print(table)
    for number, one in enumerate(families, start=1):
        say(f"latest of {number}: {tame(one.latest_execution)}", "dim")


def _facts(told: Explanation) -> Iterator[tuple[str, str]]:
    state, error, retries = told.failed_state, told.error, told.retries
    if error is not None:
        yield "error", f"{error.error} ({error.family})"
        yield "request", error.request_id
        yield "stack", " | ".join(error.stack[-3:])
        yield "permission", error.missing_action
        yield "task", error.task_arn
    if state is not None:
        yield "input", state.input
        yield "item", state.item
    if retries is not None and (retries.retries or retries.rule):
        yield "retry rule", retries.rule
        yield "caught by", retries.caught_by
    yield "look into", ", ".join(told.follow)
    yield "confidence", f"{told.confidence:.0%} ({told.events} events)"


def _nested(nodes: Sequence[Node], inside: str, depth: int) -> Iterator[tuple[Node, int]]:
    names = {node.name for node in nodes}
    for node in nodes:
        above = node.inside if node.inside in names and node.inside != node.name else ""
        if above == inside:
            yield node, depth
            if depth < 20:
                yield from _inner(nodes, node.name, depth)


def _inner(nodes: Sequence[Node], name: str, depth: int) -> Iterator[tuple[Node, int]]:
    if any(node.inside == name for node in nodes):
        yield from _nested(nodes, name, depth + 1)


def _show_differences(title: str, found: Sequence[Difference]) -> None:
    if not found:
        return
    table = Table("where", "good", "bad", title=title, title_justify="left", box=box.SIMPLE)
    for one in found:
        table.add_row(*(Text(tame(cell, 120)) for cell in (one.path, one.good, one.bad)))
    console().print(table)


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"
