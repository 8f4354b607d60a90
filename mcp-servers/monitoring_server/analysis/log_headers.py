"""What stands before the message of a log line: time, host, process, level, thread, component.

Recognised by structure alone. A header starts with a time, or with fields that look like numbers
or names with numbers in them before one; what has no time is all message. Fields are then taken
off from the left for as long as they look like a header's.
"""

import json
import re

_LONGEST = 4000
_NESTED = 3
_MESSAGE_FIELDS = ("message", "msg", "@message", "log", "event", "text", "body", "short_message")

_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_CLOCK = r"\d\d?:\d\d:\d\d(?:[.,:]\d+)?"
_ZONE = r"(?:\s?Z|\s?[+-]\d\d:?\d\d|\s(?:UTC|GMT|[ECMP][SD]T))"
_STAMPS = (
    rf"\d{{4}}[-/.]\d\d?[-/.]\d\d?[T _-]{_CLOCK}{_ZONE}?",
    r"\d{4}-\d\d-\d\d-\d\d\.\d\d\.\d\d(?:\.\d+)?",
    rf"\d{{8}}[-T ]{_CLOCK}",
    rf"\d\d?[-/.]\d\d?(?:[-/.]\d\d(?:\d\d)?)?,? {_CLOCK}(?: ?[AP]M)?{_ZONE}?",
    rf"\d\d/{_MONTH}/\d{{4}}:{_CLOCK}{_ZONE}?",
    rf"(?:{_DAY},? )?{_MONTH} +\d\d?,? (?:\d{{4}} )?{_CLOCK}{_ZONE}?(?: \d{{4}})?",
    rf"(?:{_DAY},? )?\d\d? {_MONTH} \d{{4}} {_CLOCK}{_ZONE}?",
    r"\d{6} \d{6}",
    r"\d{4}[-.]\d\d[-.]\d\d",
    r"1\d{9}(?:\.\d+)?|1\d{12}",
    _CLOCK,
)
_TIME = rf"(?:{'|'.join(_STAMPS)})"
_LEVEL = (
    r"(?:TRACE|DEBUG|INFO(?:RMATION)?|NOTICE|WARN(?:ING)?|ERR(?:OR)?|SEVERE|FATAL|CRIT(?:ICAL)?"
    r"|ALERT|EMERG(?:ENCY)?|PANIC|FINE(?:R|ST)?|VERBOSE|FAILURE)"
)
_NAME = r"[\w.$*@/#~<>()-]+"

_LEAD = re.compile(rf"(?:<\d{{1,3}}>\d? ?)?(?:(?:-|\S*[\d._]\S*)\s+){{0,5}}?\W{{0,2}}{_TIME}(?!\w)")
_ACCESS = re.compile(rf"\S+ \S+ \S+ \[\d\d/{_MONTH}/\d{{4}}:[^\]]*\]\s+")
_GLOG = re.compile(r"[IWEFD]\d{4} \d\d:\d\d:\d\d(?:\.\d+)?\s+\d+\s+[^\s\]]+\]\s?")
_LOGCAT = re.compile(r"[VDIWEFA]/[^\s(:]+\s*\(\s*\d+\):\s?")
_PYTHON = re.compile(r"(?:DEBUG|INFO|WARNING|ERROR|CRITICAL):[\w.-]+:\s?")
_LEVEL_FIRST = re.compile(rf"\[?(?:{_LEVEL})\]?:?\s+(?=\W?{_TIME}(?!\w))", re.IGNORECASE)
_LOGFMT = re.compile(r"(?:[\w.@-]+=(?:\"(?:[^\"\\]|\\.)*\"|\S*)\s+){2}")
_LOGFMT_MESSAGE = re.compile(r"(?:^|\s)(?:msg|message)=(?:\"((?:[^\"\\]|\\.)*)\"|(\S+))")

_AFTER_TIME = re.compile(r"[\])]?\s*(?:[-,;]\s+|:\s)?\s*")
_AGAIN = re.compile(rf"(?:\S*\d\S*\s+)?\W?{_TIME}(?!\w)[\])]?,?\s+")
_PIPES = re.compile(r"\|(?:[^|\s]{0,60}\|)*")
_RACK = re.compile(rf"\S+\s+(?:[A-Z][A-Z_]+\s+){{1,3}}{_LEVEL}\s+")
_PROCESS = r"[^\s:\[\]=-][^\s:\[\]=]*"
_WITH_PID = re.compile(
    rf"[\w.@:/-]+\s+{_PROCESS}(?: {_PROCESS}){{0,2}}\[\d+\](?:\s?\([^)]*\))?:\s*(?:<\w+>:\s*)?"
)
_SYSLOG = re.compile(rf"(?!{_LEVEL}\b)[\w.@:/-]+\s+{_PROCESS}(?:\s?\([^)]*\))?:(?:\s+|$)")
_SYSLOG_TIME = re.compile(rf"\W*(?:<\d+>\d? ?)?(?:\S+\s+)*?(?:{_MONTH} +\d\d? |\d{{4}}-\d\d-\d\dT)")
_FIELDS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\[?(?i:{_LEVEL})\]?(?:\s*[-:,|]\s|:|\s)\s*",
        r"[VDIWEFA]\s+(?=\S+\s*:\s)",
        r"\[?\d+\]?(?:\s*[-:]\s+|\s+)",
        rf"(?:\[[\w .:#/-]*\]|\S*\d\S*)\s+(?=\[?{_LEVEL}\b)",
    )
)
_DASH = re.compile(r"-\s+")
_THREAD = re.compile(r"\[(?:[^\[\]]|\[[^\[\]]*\])*\]\s*")
_REQUEST = re.compile(r"\[(?:req-|-)[^\]]*\]\s+")
_COMPONENT = re.compile(rf"{_NAME}(?:\[[^\]\s]*\])?\s*:\s+|{_NAME}(?:\[[^\]\s]*\])?:$")
_DASHED = re.compile(rf"{_NAME}(?: \*?\d+)?(?:\s+\[[^\]]*\])?\s+-\s+")
_COLUMN = re.compile(r"[\w.$-]+\s{2,}")
_DOTTED = re.compile(r"[a-z_]\w*(?:\.\w+){2,}\s+")


def message_of(line: str) -> str:
    """Return the message of a line: without its header, or the message field of a structure."""
    text = line[:_LONGEST].strip()
    for _ in range(_NESTED):
        inner = _structured(text)
        if inner is None:
            return _unheaded(text)
        text = inner.strip()
    return text


def _structured(text: str) -> str | None:
    start = text.find("{")
    if text.endswith("}") and (start == 0 or (start > 0 and not _unheaded(text)[1:2].isspace())):
        body = text if start == 0 else _unheaded(text)
        if body.startswith("{"):
            return _json_message(body)
    if _LOGFMT.match(text):
        found = _LOGFMT_MESSAGE.search(text)
        if found:
            return (found[1] if found[1] is not None else found[2]).replace('\\"', '"')
    return None


def _json_message(text: str) -> str | None:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict):
        return None
    values = (fields.get(name) for name in _MESSAGE_FIELDS)
    return next((value for value in values if isinstance(value, str) and value.strip()), None)


def _unheaded(text: str) -> str:
    for whole in (_GLOG, _LOGCAT, _PYTHON, _ACCESS):
        found = whole.match(text)
        if found:
            return text[found.end() :]
    found = _LEVEL_FIRST.match(text)
    text = text[found.end() :] if found else text
    found = _LEAD.match(text)
    if not found:
        return text
    rest = text[found.end() :]
    if rest.startswith("|"):
        return _PIPES.sub("", rest, count=1)
    rest = _cut(_AGAIN, _cut(_AGAIN, _cut(_AFTER_TIME, rest)))
    shapes = (_RACK, _WITH_PID, _SYSLOG) if _SYSLOG_TIME.match(text) else (_RACK, _WITH_PID)
    for shape in shapes:
        found = shape.match(rest)
        if found:
            return rest[found.end() :]
    return _without_fields(rest)


def _without_fields(rest: str) -> str:
    levelled = False
    for _ in range(6):
        seen = rest
        if not levelled:
            rest = _cut(_FIELDS[1], _cut(_FIELDS[0], rest))
            levelled = rest != seen
        for field in (*_FIELDS[2:], _DASH):
            rest = _cut(field, rest)
        if rest == seen:
            break
    return _without_thread(rest, levelled)


def _without_thread(rest: str, levelled: bool) -> str:
    thread = _THREAD.match(rest)
    if not thread:
        return _without_name(rest, levelled)
    after = rest[thread.end() :]
    dash = _DASH.match(after)
    if dash:
        return after[dash.end() :]
    inner = after if levelled else _cut(_FIELDS[0], after)
    named = _without_name(inner, levelled or inner != after)
    return named if named != after else rest


def _without_name(rest: str, levelled: bool) -> str:
    """Return `rest` without a component; one without a level before or behind it stays."""
    for shape in (_DASHED, _COMPONENT, _COLUMN, _DOTTED):
        found = shape.match(rest)
        if found:
            tail = rest[found.end() :]
            if not levelled:
                tail = _cut(_FIELDS[0], tail)
            if levelled or shape is _DASHED or len(tail) < len(rest) - found.end():
                return _cut(_DASH, _cut(_REQUEST, tail))
    return rest


def _cut(shape: re.Pattern[str], text: str) -> str:
    found = shape.match(text)
    return text[found.end() :] if found else text
