"""How a line of a log looks: as frameworks, platforms and databases write it."""

import random
from collections.abc import Callable
from datetime import UTC, datetime

from itops_core.domain.values import canonical_json
from local_cloud.sandbox.parts import LogFormat, Part, RoutineLog
from local_cloud.sandbox.placeholders import filled, uuid_of

_PLATFORM = ("REPORT ", "START ", "END ", "INIT_START ", "INIT_REPORT ", "RequestId: ")
_POSTGRES = {"INFO": "LOG", "WARN": "WARNING", "DEBUG": "DEBUG", "ERROR": "ERROR", "FATAL": "FATAL"}


def written(part: Part, log: RoutineLog, at: float, chance: random.Random) -> str:
    """Return the line that `log` makes at that moment, in the format of its part."""
    message = filled(log.message, chance)
    moment = datetime.fromtimestamp(at, UTC)
    return _FORMATS[part.log_format](part, log.level, message, moment)


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _plain(part: Part, level: str, message: str, moment: datetime) -> str:
    return f"{_stamp(moment)} {level} [{part.name}] {message}"


def _json(part: Part, level: str, message: str, moment: datetime) -> str:
    return canonical_json(
        {"timestamp": _stamp(moment), "level": level, "service": part.name, "message": message}
    )


def _bare(_part: Part, _level: str, message: str, _moment: datetime) -> str:
    return message


def _lambda_python(part: Part, level: str, message: str, moment: datetime) -> str:
    """The platform's own lines stand alone; the runtime's logger puts level, time and id before."""
    if _is_platforms(message):
        return message
    shown = "WARNING" if level == "WARN" else "CRITICAL" if level == "FATAL" else level
    return f"[{shown}]\t{_stamp(moment)}\t{_request_id(part, moment)}\t{message}"


def _lambda_node(part: Part, level: str, message: str, moment: datetime) -> str:
    if _is_platforms(message):
        return message
    return f"{_stamp(moment)}\t{_request_id(part, moment)}\t{level}\t{message}"


def _is_platforms(message: str) -> bool:
    return message.startswith(_PLATFORM) or "Task timed out after" in message


def _logback(_part: Part, level: str, message: str, moment: datetime) -> str:
    stamp = moment.strftime("%Y-%m-%d %H:%M:%S,") + f"{moment.microsecond // 1000:03d}"
    thread = int(moment.timestamp() * 7) % 24 + 1
    return f"{stamp} {level:<5} [http-nio-8080-exec-{thread}] {message}"


def _postgres(part: Part, level: str, message: str, moment: datetime) -> str:
    process = int(moment.timestamp() * 3) % 28000 + 1000
    user = part.name.replace("-", "_")
    shown = _POSTGRES[level]
    who = f"10.0.2.17(42118):app@{user}:[{process}]"
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC:{who}:{shown}:  {message}"


def _go(_part: Part, level: str, message: str, moment: datetime) -> str:
    shown = level.lower()
    return f'time="{moment:%Y-%m-%dT%H:%M:%SZ}" level={shown} msg="{message}"'


_FORMATS: dict[LogFormat, Callable[[Part, str, str, datetime], str]] = {
    "plain": _plain,
    "json": _json,
    "bare": _bare,
    "lambda_python": _lambda_python,
    "lambda_node": _lambda_node,
    "logback": _logback,
    "postgres": _postgres,
    "go": _go,
}


def _request_id(part: Part, moment: datetime) -> str:
    told = f"{part.name}:{moment.timestamp():.3f}"
    bits = random.Random(told).getrandbits(128)  # noqa: S311 - rehearsed, nothing secret
    return uuid_of(bits)
