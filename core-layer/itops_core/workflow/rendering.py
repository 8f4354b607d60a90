"""The report as Markdown, for people, tickets and postmortems."""

import re
from typing import Any

Json = dict[str, Any]
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|])")


def markdown(report: Json) -> str:
    """Return a report as Markdown. What came from outside is shown as text, never as markup."""
    parts = [
        f"# {report['incident_id']}: {_told(report['title'])}",
        _told(report["summary"]),
        _table(report),
        *_cause(report),
        *_section("What could not be seen", [_gap(gap) for gap in report["gaps"]]),
        *_section("What was asked of people", [_approval(asked) for asked in report["approvals"]]),
        *_section("What was done", [_action(action) for action in report["actions"]]),
        *_verification(report["verification"]),
        *_hand_off(report["escalation"]),
        *_section(
            "How long it took",
            [f"{name}: {seconds:.1f} s" for name, seconds in report["phase_seconds"].items()],
        ),
        *_section("What it cost", _cost(report["cost"], report["budget"])),
        *_section("Timeline", [_line(event) for event in report["timeline"]]),
    ]
    return "\n\n".join(parts) + "\n"


def _table(report: Json) -> str:
    names = ("service", "severity", "status", "detected_by", "opened_at", "closed_at")
    rows = [f"| {name.replace('_', ' ')} | {_told(report.get(name) or '-')} |" for name in names]
    return "\n".join(["| | |", "|---|---|", *rows])


def _cause(report: Json) -> list[str]:
    cause = report["cause"]
    if cause is None:
        return []
    headline = f"{cause['outcome']}, {cause['confidence']:.0%} sure ({cause['reasoner']})"
    if cause["component"]:
        headline = (
            f"**{_told(cause['component'])}: {_told(cause['fault'])}**, {headline}. "
            f"{_told(cause['mechanism'])}"
        )
    claims = [
        f"{_told(claim['text'])} ({', '.join(c['evidence_id'] for c in claim['citations'])})"
        for claim in cause["claims"]
    ]
    rivals = [
        f"{_told(rival['component'])}: {_told(rival['fault'])}, "
        f"{rival['confidence']:.0%}: {_told(rival['ruled_out_by'])}"
        for rival in cause["rivals"]
    ]
    second = cause["second_opinion"]
    return [
        "## Cause",
        headline,
        *([f"Second opinion: {_told(second['effect'])}"] if second else []),
        *([_list(claims)] if claims else []),
        *_section("What else was considered", rivals),
    ]


def _gap(gap: Json) -> str:
    return f"{_told(gap['source'])}: {_told(gap['reason'])}"


def _approval(asked: Json) -> str:
    words = [
        f"{_told(word['decided_by'])} {'approved' if word['approved'] else 'denied'}: "
        f"{_told(word['reason'])}"
        for word in asked["decisions"]
    ]
    return "; ".join(
        [f"{asked['approval_id']} {asked['status']}: {_told(asked['summary'])}", *words]
    )


def _action(action: Json) -> str:
    call = action["action"]
    given = ", ".join(f"{name}={value}" for name, value in call["parameters"].items())
    what = f"{action['status']}: {_told(call['name'])}({_told(given)})"
    change = f"before {_told(action['before'])}, after {_told(action['after'])}"
    return f"{what} on {_told(action['resource'])}; {change}. {_told(action['message'])}".strip()


def _verification(measured: Json | None) -> list[str]:
    if measured is None:
        return []
    probes = [
        f"{_told(probe['subject'])} {_told(probe['name'])}: {probe['before']} → {probe['after']}, "
        f"{_told(probe['explanation'])}"
        for probe in measured["probes"]
    ]
    return [f"## Verification: {measured['outcome']}", _list(probes)]


def _hand_off(escalation: Json | None) -> list[str]:
    if escalation is None:
        return []
    first = [_told(line) for line in escalation["hand_off"].get("do_first", [])]
    return ["## Handed to people", _told(escalation["reason"]), *_section("Do first", first)]


def _cost(cost: Json, budget: Json) -> list[str]:
    tokens = cost["input_tokens"] + cost["cached_input_tokens"] + cost["output_tokens"]
    return [
        f"Steps: {cost['steps']} of {budget['steps']}",
        f"Tool calls: {cost['tool_calls']} of {budget['tool_calls']}",
        f"Tokens: {tokens:,} of {budget['tokens']:,}, "
        f"{cost['cached_input_tokens']:,} of them from the cache",
        f"US dollars: {cost['dollars']:.4f} of {budget['dollars']:.2f}",
        f"Seconds in steps: {cost['seconds_in_steps']:.1f} of {budget['seconds']}",
    ]


def _line(event: Json) -> str:
    return (
        f"{event['at']} {_told(event['kind'])} ({_told(event['actor'])}): {_told(event['message'])}"
    )


def _section(title: str, lines: list[str]) -> list[str]:
    return [f"## {title}", _list(lines)] if lines else []


def _list(lines: list[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _told(text: object) -> str:
    """Return text from outside on one line, its markup made harmless."""
    return _MARKUP.sub(r"\\\1", re.sub(r"\s+", " ", str(text)).strip())
