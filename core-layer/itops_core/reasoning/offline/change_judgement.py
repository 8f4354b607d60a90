"""Could this change have caused this very fault? Judged from what it touches, not from nearness.

Pure: a change and a picture of the failure in, a likelihood ratio with its reason in words out.
Above 1 the change explains what is seen better than chance does, below 1 worse. Timing and reach
alone never make a culprit: it takes something in the change that would do this.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import Field

from itops_core.domain.values import Moment, Value, canonical_json
from itops_core.reasoning.offline.change_effects import Diff, effects_of
from itops_core.reasoning.offline.reading import moment, text_of

BLAMED_AT = 8.0
"""A change this many times as likely as chance, and clearly above the next, is to blame."""
_ABOVE_NEXT = 2.0
_SLACK_MINUTES = 2.0
_TIMING = ((6, 2.5), (20, 2.0), (45, 1.4), (90, 0.8), (240, 0.4), (24 * 60, 0.15))
_SLOW_BURN = ((15, 0.7), (45, 1.0), (360, 1.6), (24 * 60, 1.0), (14 * 24 * 60, 0.4))
"""Leaks and what fills up take their time: minutes, and the weight of so long before."""
_BURNS_SLOWLY = {"memory_climbing", "disk_high", "db_storage_low", "log_disk_full"}
_MAY_BURN_SLOWLY = {
    "tasks_oom_killed", "log_out_of_memory", "log_database_connections", "connections_high",
}  # fmt: skip
"""What a leak ends in, and a limit that was lowered, too."""
_NO_CODE_DOES = {
    "certificate": (
        {"log_certificate", "certificate_expiring"},
        "no change makes a certificate expire",
    ),
    "names": ({"log_name_resolution"}, "names fail to resolve that it does not touch"),
    "traffic": ({"traffic_up", "log_overloaded"}, "more traffic than before comes from outside"),
    "network": ({"log_network", "network_errors_up"}, "the network is what fails"),
    "provider": ({"log_provider", "log_throttled"}, "somebody else refuses or fails"),
}  # fmt: skip
_EVERYDAY = {
    "error", "errors", "failed", "failure", "request", "response", "timeout", "timed", "status",
    "http", "https", "info", "warn", "warning", "debug", "fatal", "level", "message", "service",
    "exception", "null", "none", "true", "false", "return", "string", "value", "data", "with",
    "from", "after", "before", "while", "which", "that", "this", "have", "does", "exist", "cannot",
    "could", "should", "handler", "handled", "server", "client", "internal", "runtime", "called",
    "name", "type", "code", "file", "line", "main", "test", "func", "const", "self", "context",
    "invalid", "missing", "unknown", "connection", "upstream", "dial", "call", "path", "system",
    "json", "user", "time", "java", "python", "node", "index", "items", "item", "count", "order",
    "orders", "pkg", "src", "services", "api", "config", "rolled", "registered", "image",
    "parameter",
    "function", "deployment", "environment", "panic", "error:", "memory", "address", "pointer",
    "dereference", "reference", "operation", "retry", "retries", "table", "write", "read", "metric",
    "slow", "exceeded", "limit",
}  # fmt: skip
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{3,}|[A-Za-z][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)+")
_NAMED = re.compile(r"_|[a-z][A-Z]|[A-Z]{2}[a-z]|\d|[A-Z]{3,}")
_QUOTED = re.compile(r"[\"'`]([A-Za-z_][\w.-]{2,})[\"'`]")
_STACK = re.compile(r"([\w/.-]+\.(?:go|py|java|kt|js|ts|rb|cpp|cs|php|rs|scala))\b")


_ACCESS = {"log_access_denied", "log_authorizer", "run_denied"}
_STOPS_WORK = {"traffic_down", "consumption_stopped", "queue_age_up", "log_consumer_stopped"}
_CUTS_OFF = {"log_network", "log_connection_refused", "log_downstream_timeout", "network_errors_up"}
_LESS_ROOM = {"throttles_up", "capacity_lowered", "log_table_throttled", "below_desired",
              "desired_zero", "log_function_concurrency"}  # fmt: skip
_CALLS: tuple[tuple[re.Pattern[str], set[str]], ...] = (
    (re.compile(r"(?:iam|kms|sts|organizations):\w+|\w*(?:Policy|Permission|Grant)\b"), _ACCESS),
    (
        re.compile(r"secretsmanager:\w+|\w*(?:RotateSecret|PutSecret|DeleteSecret|Password)\w*"),
        {"log_credentials_rejected", "log_access_denied", "log_configuration", "start_failed"},
    ),
    (re.compile(r"route53\w*:\w+|\w*(?:HostedZone|DhcpOptions|ResolverRule)\w*"),
     {"log_name_resolution"}),
    (re.compile(r"\w*(?:SecurityGroup|NetworkAcl|RouteTable|NatGateway|VpcEndpoint|\bRoute\b)\w*"),
     _CUTS_OFF),
    (re.compile(r"dynamodb:Update\w+|lambda:\w*Concurrency|ecs:UpdateService|\w*autoscaling:\w+"),
     _LESS_ROOM),
    (
        re.compile(r"\w*EventSourceMapping\w*|events:Disable\w*|scheduler:\w+|\w*DisableRule"),
        _STOPS_WORK,
    ),
    (re.compile(r"sqs:SetQueueAttributes"),
     {"log_receipt_expired", "dead_letters_up", "received_not_deleted", "log_duplicate"}),
    (
        re.compile(r"apigateway:\w+|\w*(?:UsagePlan|Authorizer|UpdateStage|UpdateIntegration)\w*"),
        {"client_errors_up", "throttles_up", "log_throttled", "log_api_configuration",
         "log_authorizer"},
    ),
    (re.compile(r"acm:\w+|\w*Certificate\w*"), {"log_certificate", "certificate_expiring"}),
    (re.compile(r"elasticache:\w+"), {"cache_misses_up", "log_cache_failed"}),
)  # fmt: skip
"""Calls to AWS, as CloudTrail writes them down, and what those would show."""


class ChangeEntry(Value):
    """One change as `list_recent_changes` tells it, with its diff where there is one."""

    change_id: str
    kind: str = Field(description="deployment, commit, flag, parameter, …")
    at: Moment = Field(description="When it took effect; when it was made, if that is not known.")
    what: str = ""
    who: str = ""
    service: str = Field(default="", description="What it was rolled out to.")
    files: tuple[str, ...] = ()
    diff: str = ""


class Picture(Value):
    """The failure that a change is held against."""

    component: str
    onset: Moment
    texts: tuple[str, ...] = Field(default=(), description="What failing lines say since then.")
    symptoms: frozenset[str] = Field(default=frozenset(), description="Seen, by the library's ids.")
    feeling_it: tuple[str, ...] = Field(default=(), description="Others that show symptoms.")


class Judgement(Value):
    """What is thought of one change."""

    change_id: str
    likelihood_ratio: float
    reason: str
    signs: tuple[str, ...] = Field(default=(), description="What in the change would do this.")


def entry_of(record: Mapping[str, Any]) -> ChangeEntry | None:
    """Return a change from one entry of `list_recent_changes`, or `None` without a time.

    Its `detail` may hold `service` (or `function`), `message`, `files` and `diff`; what `changed`
    there, or its `before` and `after`, is read as a diff where there is none.
    """
    at = moment(record.get("at"))
    if at is None:
        return None
    detail = record.get("detail")
    told: dict[str, Any] = detail if isinstance(detail, dict) else {}
    files = told.get("files") or told.get("files_changed")
    words = (text_of(record, "what"), text_of(told, "message"))
    return ChangeEntry(
        change_id=str(record.get("change_id") or ""),
        kind=text_of(record, "kind"),
        at=at,
        what=" ".join(dict.fromkeys(word for word in words if word)),
        who=text_of(record, "who"),
        service=text_of(told, "service") or text_of(told, "function"),
        files=tuple(str(name) for name in files) if isinstance(files, list) else (),
        diff=text_of(told, "diff") or "\n".join(_differences(told)),
    )


def judged(change: ChangeEntry, picture: Picture) -> Judgement:
    """Return how well `change` explains `picture`."""
    minutes = (picture.onset - change.at).total_seconds() / 60
    if minutes < -_SLACK_MINUTES:
        return _judgement(change, 0.02, "it was made after the failure began")
    diff = Diff(change.diff, change.files)
    if idle := _idle(change, diff):
        return _judgement(change, 0.03, idle)
    ratio, reasons = 0.35, []
    for factor, sign in _signs(change, diff, picture):
        ratio *= factor
        reasons.append(sign)
    explained = ratio > 0.35
    for factor, why in _circumstances(change, picture, minutes, explained=explained):
        ratio *= factor
        if factor < 0.6:
            reasons.append(why)
    told = "; ".join(reasons[:3]) or "nothing in it would do this"
    return _judgement(change, ratio, told, tuple(reasons) if explained else ())


def ranked_changes(changes: Iterable[ChangeEntry], picture: Picture) -> tuple[Judgement, ...]:
    """Return all of `changes` as judged, the likeliest cause first."""
    judgements = [judged(change, picture) for change in changes]
    return tuple(sorted(judgements, key=lambda one: (-one.likelihood_ratio, one.change_id)))


def culprit(judgements: Iterable[Judgement]) -> Judgement | None:
    """Return the change that is to blame, if one stands out."""
    ordered = sorted(judgements, key=lambda one: -one.likelihood_ratio)
    if not ordered or ordered[0].likelihood_ratio < BLAMED_AT:
        return None
    second = next((one for one in ordered[1:] if one.change_id != ordered[0].change_id), None)
    stands_out = second is None or (
        ordered[0].likelihood_ratio >= _ABOVE_NEXT * second.likelihood_ratio
    )
    return ordered[0] if stands_out else None


def _judgement(
    change: ChangeEntry, ratio: float, reason: str, signs: tuple[str, ...] = ()
) -> Judgement:
    return Judgement(
        change_id=change.change_id, likelihood_ratio=round(ratio, 4), reason=reason, signs=signs
    )


def _idle(change: ChangeEntry, diff: Diff) -> str:
    """Return why a change does nothing to a running system, or nothing where it may."""
    if diff.is_idle:
        return "it touches only pages, tests or looks"
    if diff.is_cosmetic:
        return "its lines differ in comments, logging or spacing alone"
    if change.kind in ("alarm", "alarm_state"):
        return "it is about an alarm, not about what it watches"
    return ""


def _signs(change: ChangeEntry, diff: Diff, picture: Picture) -> Iterator[tuple[float, str]]:
    """Yield what in a change would bring about what is seen."""
    shared = _shared(change, diff, picture)
    strongest: tuple[float, str] | None = None
    for effect, proof in effects_of(diff):
        if effect.explains & picture.symptoms:
            found = (effect.factor, f"{effect.says}: {proof}")
            strongest = max(strongest or found, found)
    if strongest:
        yield strongest
    if called := _called(change, picture):
        yield 12.0, called
    if traced := _traced(change, picture):
        yield 12.0, f"failing lines come from {traced}, which it touches"
    if shared:
        words = ", ".join(sorted(shared)[:3])
        names = shared & _identifiers(picture)
        factor = 1.0 + 3.0 * len(names) + 0.5 * min(2, len(shared - names))
        yield min(12.0, factor), f"failing lines name what it touches: {words}"


def _called(change: ChangeEntry, picture: Picture) -> str:
    """Return how a call to AWS that somebody made would do this."""
    for pattern, explains in _CALLS:
        found = pattern.search(change.what) or pattern.search(change.kind)
        if found and explains & picture.symptoms:
            return f"{found.group(0)} does such things"
    return ""


def _traced(change: ChangeEntry, picture: Picture) -> str:
    """Return the file that a stack names and the change touches."""
    touched = {name.rsplit("/", 1)[-1]: name for name in change.files}
    for text in picture.texts:
        for name in _STACK.findall(text):
            if name.rsplit("/", 1)[-1] in touched:
                return touched[name.rsplit("/", 1)[-1]]
    return ""


def _shared(change: ChangeEntry, diff: Diff, picture: Picture) -> set[str]:
    """Return the telling words that failing lines and the change have in common."""
    own = _parts(picture.component) | _parts(change.service)
    for other in picture.feeling_it:
        own |= _parts(other)
    said = {word.lower() for text in picture.texts for word in _WORD.findall(text)}
    touched = set(diff.words) | {word.lower() for word in _WORD.findall(change.what)}
    loose = {part for word in touched for part in word.replace("-", "_").split("_")}
    common = said & (touched | {part for part in loose if len(part) > 4})
    return {word for word in common if word not in _EVERYDAY and word not in own}


def _identifiers(picture: Picture) -> set[str]:
    """Return the words of failing lines that are names of code or data, not of everyday speech."""
    found: set[str] = set()
    for text in picture.texts:
        found |= {word.lower() for word in _WORD.findall(text) if _NAMED.search(word)}
        found |= {word.lower() for word in _QUOTED.findall(text)}
    return found | {part for word in found for part in word.split("_") if len(part) > 5}


def _parts(name: str) -> set[str]:
    whole = name.lower()
    return {whole, whole.replace("-", "_"), *re.split(r"[^a-z0-9]+", whole)}


def _circumstances(
    change: ChangeEntry, picture: Picture, minutes: float, *, explained: bool
) -> Iterator[tuple[float, str]]:
    """Yield what speaks for or against a change beside its content: when, where, what kind."""
    weight = _timing(picture, minutes)
    yield weight, f"it was made {minutes:.0f} minutes before"
    yield _reach(change, picture), f"it was rolled out to {change.service or 'something else'}"
    diff = Diff(change.diff, change.files)
    if diff.is_upgrade:
        yield 0.25, "it only moves versions of libraries"
    elif diff.is_looks:
        yield 0.1, "it is about how pages look"
    if not explained:
        for symptoms, why in _NO_CODE_DOES.values():
            if symptoms & picture.symptoms:
                yield 0.15, why
                break
    elif picture.symptoms & {"log_certificate"} and _says_expired(picture):
        yield 0.05, "no change makes a certificate expire"


def _timing(picture: Picture, minutes: float) -> float:
    """Return how much it counts that a change was made so long before."""
    fast, slow = (
        next((weight for most, weight in table if minutes <= most), 0.03)
        for table in (_TIMING, _SLOW_BURN)
    )
    if picture.symptoms & _BURNS_SLOWLY:
        return slow
    return max(fast, slow) if picture.symptoms & _MAY_BURN_SLOWLY else fast


def _says_expired(picture: Picture) -> bool:
    return any(re.search(r"expired|notAfter", text, re.IGNORECASE) for text in picture.texts)


def _reach(change: ChangeEntry, picture: Picture) -> float:
    """Return how much it counts whom a change was rolled out to."""
    names = _parts(picture.component)
    words = f"{change.service} {change.what} {' '.join(change.files)} {change.change_id}".lower()
    if change.service and change.service.lower() in names:
        return 2.0
    if picture.component.lower() in words:
        return 1.6
    if change.service and change.service in picture.feeling_it:
        return 0.6
    if change.service:
        return 0.15
    return 0.8


def _differences(told: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a record says is different, written as a diff."""
    changed = told.get("changed")
    pairs = dict(changed) if isinstance(changed, dict) else {}
    if "before" in told or "after" in told:
        pairs[str(told.get("parameter") or "value")] = told
    for name, one in pairs.items():
        if isinstance(one, dict):
            for sign, key in (("-", "before"), ("+", "after")):
                if one.get(key) is not None:
                    value = one[key]
                    written = value if isinstance(value, str) else canonical_json(value)
                    yield f"{sign}{name}: {written}"
