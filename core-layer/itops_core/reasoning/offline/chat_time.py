"""The time that a question names, without a model: the last 6 hours, yesterday, since 14:00."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from itops_core.domain.question import MOST_HOURS, USUAL_HOURS
from itops_core.domain.values import Value

_WORDS = "one two three four five six seven eight nine ten eleven twelve"
_NUMBERS = {word: number for number, word in enumerate(re.findall(r"\w+", _WORDS), start=1)} | {
    "a": 1,
    "an": 1,
    "few": 3,
    "couple": 2,
    "couple of": 2,
    "half an": 0.5,
    "half a": 0.5,
}
_UNITS = {"minute": 1 / 60, "min": 1 / 60, "hour": 1, "hr": 1, "h": 1, "day": 24, "week": 168}
_COUNT = r"(?P<count>\d{1,9}(?:\.\d{1,3})?|half an?|couple of|" + "|".join(_NUMBERS) + ")"
_UNIT = r"(?P<unit>minutes?|mins?|hours?|hrs?|h|days?|weeks?)"
_LAST = r"(?:in |over |during |within |for |of |from )?(?:the )?(?:last|past|previous)"


class TimeSpan(Value):
    """A stretch of time, and how it is told."""

    since: datetime
    until: datetime
    words: str


class TimeRefusedError(ValueError):
    """A time was named that cannot be looked at."""


Read = Callable[[re.Match[str], datetime], TimeSpan]


def time_in(text: str, now: datetime) -> tuple[TimeSpan | None, str]:
    """Return the time that `text` names, or `None`, and the text without those words."""
    for pattern, read in _PATTERNS:
        found = pattern.search(text)
        if found is not None:
            span = read(found, now)
            return span, f"{text[: found.start()]} {text[found.end() :]}"
    return None, text


def hours_before(hours: float, now: datetime) -> TimeSpan:
    """Return the last `hours`, or raise `TimeRefusedError` where nobody can look that far."""
    if hours <= 0:
        raise TimeRefusedError("a window of no time holds nothing; name 1 hour or more")
    if hours > MOST_HOURS:
        raise TimeRefusedError(
            f"{hours:g} hours are too far back: {MOST_HOURS} hours (14 days) can be looked at"
        )
    return TimeSpan(since=now - timedelta(hours=hours), until=now, words=_told(hours))


def usual(now: datetime) -> TimeSpan:
    """Return what is looked at where nobody names a time."""
    return hours_before(USUAL_HOURS, now)


def _told(hours: float) -> str:
    if hours < 1:
        return f"the last {hours * 60:g} minutes"
    if hours > 48 and hours % 24 == 0:
        return f"the last {hours / 24:g} days"
    return "the last hour" if hours == 1 else f"the last {hours:g} hours"


def _counted(found: re.Match[str], now: datetime) -> TimeSpan:
    text = found["count"]
    count = _NUMBERS[text] if text in _NUMBERS else float(text)
    return hours_before(count * _UNITS[found["unit"].rstrip("s") or "h"], now)


def _single(found: re.Match[str], now: datetime) -> TimeSpan:
    return hours_before(_UNITS[found["unit"].rstrip("s") or "h"], now)


def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _yesterday(found: re.Match[str], now: datetime) -> TimeSpan:
    today = _midnight(now)
    if found["since"]:
        return TimeSpan(since=today - timedelta(days=1), until=now, words="since yesterday (UTC)")
    return TimeSpan(since=today - timedelta(days=1), until=today, words="yesterday (UTC)")


def _today(_found: re.Match[str], now: datetime) -> TimeSpan:
    since = min(_midnight(now), now - timedelta(minutes=5))
    return TimeSpan(since=since, until=now, words="today (UTC)")


def _night(_found: re.Match[str], now: datetime) -> TimeSpan:
    morning = _midnight(now) + timedelta(hours=8)
    since = morning - timedelta(hours=10)
    return TimeSpan(since=since, until=min(morning, now), words="last night (22 to 8 o'clock UTC)")


def _this_week(_found: re.Match[str], now: datetime) -> TimeSpan:
    since = _midnight(now) - timedelta(days=now.weekday())
    return TimeSpan(
        since=min(since, now - timedelta(minutes=5)), until=now, words="this week (UTC)"
    )


def _last_week(_found: re.Match[str], now: datetime) -> TimeSpan:
    monday = _midnight(now) - timedelta(days=now.weekday())
    return TimeSpan(since=monday - timedelta(days=7), until=monday, words="last week (UTC)")


def _since_clock(found: re.Match[str], now: datetime) -> TimeSpan:
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    if hour > 23 or minute > 59:
        raise TimeRefusedError(f"{found[0].strip()!r} is no time of day; name one such as 14:00")
    since = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if since >= now:
        since -= timedelta(days=1)
    return TimeSpan(since=since, until=now, words=f"since {hour:02}:{minute:02} UTC")


def _since_date(found: re.Match[str], now: datetime) -> TimeSpan:
    try:
        since = datetime.fromisoformat(f"{found['date']}T00:00:00+00:00")
    except ValueError as error:
        raise TimeRefusedError(f"{found['date']} is no date") from error
    if since >= now:
        raise TimeRefusedError(f"{found['date']} has not been yet")
    hours_before((now - since).total_seconds() / 3600, now)
    if found["word"] == "since":
        return TimeSpan(since=since, until=now, words=f"since {found['date']} (UTC)")
    until = min(since + timedelta(days=1), now)
    return TimeSpan(since=since, until=until, words=f"on {found['date']} (UTC)")


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){pattern}(?![\w-])", re.IGNORECASE)


_PATTERNS: tuple[tuple[re.Pattern[str], Read], ...] = (
    (_compiled(r"(?:for |in |over |during )?last week"), _last_week),
    (_compiled(rf"{_LAST} {_COUNT}[ -]?{_UNIT}"), _counted),
    (_compiled(rf"{_LAST} {_UNIT}"), _single),
    (_compiled(rf"{_COUNT} ?{_UNIT} (?:ago|back)"), _counted),
    (_compiled(rf"(?:for|in|within|since) {_COUNT} ?{_UNIT}"), _counted),
    (_compiled(r"(?P<since>since )?yesterday"), _yesterday),
    (_compiled(r"(?:since )?(?:today|this morning|this afternoon|this evening)"), _today),
    (_compiled(r"last night|overnight|during the night|in the night|tonight"), _night),
    (_compiled(r"(?:since )?this week"), _this_week),
    (_compiled(r"(?P<word>since|on) (?P<date>\d{4}-\d\d-\d\d)"), _since_date),
    (_compiled(r"since (?P<hour>\d{1,2})(?::(?P<minute>\d\d))?(?: ?utc| o'?clock)?"), _since_clock),
    (_compiled(rf"{_COUNT} ?{_UNIT}"), _counted),
)
