"""The log of a run as a person reads it: one line an event, in the order in which they happened."""

from collections.abc import Iterable
from string import Formatter
from typing import Any

from rich.text import Text

from itops_cli.running.log_reading import Event, Reading
from itops_cli.screen.console import say, say_line, tame

_STYLES = {
    "run_start": "bold",
    "run_end": "bold",
    "reasoning": "cyan",
    "finding": "yellow",
    "incident": "magenta",
    "decision": "magenta",
    "escalation": "bold red",
    "runbook": "cyan",
}
_CHARACTERS = 240


def show_log(events: Iterable[Event], reading: Reading) -> None:
    """Print a log, and in the end what is missing of it."""
    for event in events:
        at = tame(event.get("at", ""), 32)[11:23]
        name = str(event["event"])
        line = Text(f"{at:<12} {name:<12} ", style=_STYLES.get(name, "dim"))
        line.append(tame(_told(event), _CHARACTERS), style="" if name in _STYLES else "dim")
        say_line(line)
    if reading.unreadable:
        some = ", ".join(str(number) for number in reading.unreadable)
        say(f"Lines that are no events were passed over: {some}", "yellow")
    if reading.is_partial:
        say(
            f"The log ends at event {reading.events} without run_end: the run was cut off, or is "
            "still under way.",
            "yellow",
        )


_TOLD = {
    "run_start": "{run_id} {mode} on {world}, {reasoner}; writes allowed: {allow_write}",
    "tool_call": "{server}.{tool} {arguments}",
    "tool_result": "{server}.{tool}: {status} {message} {evidence_id}",
    "llm_request": "{model}: {messages} messages, {characters} characters",
    "llm_response": "{model}: {stop_reason}, {tokens} tokens, {dollars} dollars",
    "reasoning": "{agent} ({reasoner}): {thought}",
    "step": "step {number} of {agent} is kept",
    "finding": "{severity} {component}: {claim}",
    "incident": "{outcome} {incident_id} {title}",
    "decision": "{outcome}: {reason}",
    "escalation": "{kind}: {reason}",
    "runbook": "{runbook}: {title}",
    "run_end": "{status}: {tool_calls} tool calls, {tokens} tokens, {dollars} $; {path} {error}",
}
"""How each event is told; a field that it lacks reads as nothing."""


class _Fields(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""


def _told(event: Event) -> str:
    fields = {name: _plain(told) for name, told in event.items()}
    template = _TOLD[str(event["event"])]
    if not any(fields.get(name) for _, name, _, _ in Formatter().parse(template) if name):
        return "(it holds no details)"
    return template.format_map(_Fields(fields))


def _plain(told: object) -> str:
    if told is None:
        return ""
    if isinstance(told, list):
        return " > ".join(map(str, told))
    return str(told)
