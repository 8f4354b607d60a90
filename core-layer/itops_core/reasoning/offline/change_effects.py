"""What a change could do to a running system, read from its diff: pure, and without a guess.

Each effect says which symptoms it would bring. Names of nobody's code stand here: what is looked
for is what code and settings look like that does such things.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from itops_core.reasoning.offline import change_hazards as hazards

_WORD = re.compile(r"[A-Za-z_][\w-]{3,}")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")
_TUNED = re.compile(
    r"retr|attempt|back-?_?off|delay|time_?-?out|deadline|pool|max_?|limit|concurren|capacity|"
    r"worker|thread|batch|chunk|buffer|queue|ttl|rate|replica|size|window|interval|units|memory|cpu",
    re.IGNORECASE,
)
_CALL = re.compile(
    r"\b(?:query|select|insert|update|exec|fetch|find|get|put|post|load|read|write|call|invoke|"
    r"request|lookup|send)\w*\s*\(|\bSELECT\b|\.(?:get|put|find|query)\w*\(|await ",
    re.IGNORECASE,
)
_LOOP = re.compile(
    r"\bfor\b|\bforeach\b|\.forEach\(|\.map\(|\bwhile\b|\bfor await\b", re.IGNORECASE
)
_GUARD = re.compile(
    r"(?:if|unless|guard|when)\b.{0,60}(?:nil|null|none|undefined|empty|missing|len\(|size|isset|"
    r"exists?|is not|!=|==|<|>)|\?\.|\?\?|Optional|getOrDefault|\.get\([^)]*,|try\b|except\b|"
    r"catch\b|assert|require|validate",
    re.IGNORECASE,
)
_BATCH = re.compile(
    r"batch|bulk|chunk|group|pipeline|coalesc|\bmulti|many\(|executemany", re.IGNORECASE
)
_HOSTS = re.compile(r"[a-z0-9][\w-]*(?:\.[\w-]+){2,}|https?://[^\s\"']+", re.IGNORECASE)
_IDLE = re.compile(
    r"(?:^|/)(?:docs?|documentation|test|tests|testdata|__tests__|spec|examples?|\.github|"
    r"fixtures|stories)/|_test\.\w+$|\.test\.\w+$|test_\w+\.py$|\.(?:md|rst|txt|css|scss|svg|png|"
    r"snap|golden)$|CODEOWNERS|LICENSE|\.gitignore|\.golangci|\.editorconfig|\.prettierrc|"
    r"eslintrc|README|CHANGELOG|(?:^|/)(?:staging|dev|local)/",
    re.IGNORECASE,
)
_LOCK = re.compile(
    r"(?:^|/)(?:go\.(?:mod|sum)|package(?:-lock)?\.json|yarn\.lock|pnpm-lock\.yaml|poetry\.lock|"
    r"requirements[\w.-]*\.txt|Pipfile(?:\.lock)?|Cargo\.(?:toml|lock)|pom\.xml|build\.gradle\w*|"
    r"Gemfile(?:\.lock)?)$"
)
_LOOKS = re.compile(r"\.(?:tsx|jsx|html|vue|svelte|tmpl|css)$|theme|palette|style", re.IGNORECASE)
_COMMENT = re.compile(r"^\s*(?:#(?!include)|//|/\*|\*|<!--|\"\"\")")
_COSMETIC = re.compile(
    r"^\s*(?:#|//|/\*|\*|--|<!--|\"\"\"|import\b|from \S+ import|using\b|package\b|LOG_|"
    r"log(?:ger)?\.|logging\.|console\.|print|\}|\{|\)|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Diff:
    """The lines that a change took away and those that it added, and the files they are in."""

    text: str
    files: tuple[str, ...] = ()

    @cached_property
    def added(self) -> tuple[str, ...]:
        """The lines that came."""
        return self._lines("+")

    @cached_property
    def removed(self) -> tuple[str, ...]:
        """The lines that went."""
        return self._lines("-")

    @cached_property
    def is_idle(self) -> bool:
        """Whether it touches only what no running system reads: pages, tests, looks."""
        return bool(self.files) and all(
            _IDLE.search(name) and not _LOCK.search(name) for name in self.files
        )

    @cached_property
    def is_upgrade(self) -> bool:
        """Whether it only moves versions of what is depended on, each by a small step."""
        only = bool(self.files) and all(_LOCK.search(name) for name in self.files)
        return only and not hazards.major_step(self.added, self.removed)

    @cached_property
    def is_looks(self) -> bool:
        """Whether it is about how pages look."""
        return bool(self.files) and all(_LOOKS.search(name) for name in self.files)

    @cached_property
    def is_cosmetic(self) -> bool:
        """Whether its lines differ in comments, logging or spacing alone."""
        if not self.added and not self.removed:
            return False
        came = sorted(_squeezed(line) for line in self.added if not _COSMETIC.match(line))
        went = sorted(_squeezed(line) for line in self.removed if not _COSMETIC.match(line))
        return [line for line in came if line] == [line for line in went if line]

    @cached_property
    def words(self) -> frozenset[str]:
        """The identifiers that differ, and those in the names of its files."""
        came, went = _words(self.added), _words(self.removed)
        names = {word.lower() for name in self.files for word in _WORD.findall(name)}
        return frozenset((came ^ went) | names) or frozenset(came | went)

    @cached_property
    def context(self) -> tuple[str, ...]:
        """The lines that stayed, and what says where they are."""
        return tuple(line for line in self.text.splitlines() if line[:1] not in ("+", "-"))

    def _lines(self, sign: str) -> tuple[str, ...]:
        return tuple(
            line[1:]
            for line in self.text.splitlines()
            if line.startswith(sign) and not line.startswith(sign * 3)
        )


@dataclass(frozen=True)
class Effect:
    """Something a change would do, how it is recognised, and what it would show."""

    says: str
    does: Callable[[Diff], str]
    explains: frozenset[str]
    factor: float


def effects_of(diff: Diff) -> Iterator[tuple[Effect, str]]:
    """Yield what a diff would do, each with the words that show it."""
    for effect in _EFFECTS:
        if proof := effect.does(diff):
            yield effect, proof.strip()[:120]


def _squeezed(line: str) -> str:
    return re.sub(r"[\s,;]+", "", line)


def _words(lines: tuple[str, ...]) -> set[str]:
    return {word.lower() for line in lines for word in _WORD.findall(line)}


def _guard_removed(diff: Diff) -> str:
    kept = {_squeezed(line) for line in diff.added}
    gone = [
        line
        for line in diff.removed
        if _GUARD.search(line) and not _COSMETIC.match(line) and _squeezed(line) not in kept
    ]
    fresh = [line for line in diff.added if _GUARD.search(line) and not _COSMETIC.match(line)]
    return gone[0] if len(gone) > len(fresh) else ""


def _calls_in_a_loop(diff: Diff) -> str:
    loops = [at for at, line in enumerate(diff.added) if _LOOP.search(line)]
    for at in loops:
        for line in diff.added[at : at + 5]:
            if _CALL.search(line) and not any(
                _squeezed(line) == _squeezed(o) for o in diff.removed
            ):
                return line
    return ""


def _batch_removed(diff: Diff) -> str:
    gone = sum(bool(_BATCH.search(line)) for line in diff.removed)
    left = sum(bool(_BATCH.search(line)) and not _COSMETIC.match(line) for line in diff.added)
    first = next((line for line in diff.removed if _BATCH.search(line)), "")
    return first if gone > left and any(_CALL.search(line) for line in diff.added) else ""


def _tuned(diff: Diff, *, down: bool) -> str:
    """Return a setting whose number fell (or rose), as its line now is."""
    for before in diff.removed:
        if _COSMETIC.match(before) and "=" not in before and ":" not in before:
            continue
        name = _named(before)
        for after in diff.added:
            if not name or _named(after) != name or not _TUNED.search(before):
                continue
            pairs = zip(_NUMBER.findall(before), _NUMBER.findall(after), strict=False)
            if any((float(new) < float(old)) if down else (float(new) > float(old))
                   for old, new in pairs):  # fmt: skip
                return f"{before.strip()} → {after.strip()}"
    return ""


def _tuning_gone(diff: Diff) -> str:
    """Return a line about retries, limits or waiting that is not there any more."""
    kept = {name for line in diff.added if (name := _named(line))}
    for line in diff.removed:
        telling = re.search(
            r"sleep|back-?off|jitter|retry|time_?out|limit|delay", line, re.IGNORECASE
        )
        if telling and not _COSMETIC.match(line) and _named(line) not in kept:
            return line
    return ""


def _named(line: str) -> str:
    found = re.search(r"[A-Za-z_][\w.-]*", line.replace("var ", "").replace("const ", ""))
    return found.group(0).lower() if found else ""


def _grows(diff: Diff) -> str:
    return hazards.grows(_code(diff.added), diff.context)


def _renamed(diff: Diff) -> str:
    """Return a quoted name (a field, key or column) that another one took the place of."""
    quoted = re.compile(r"[\"'`](\w[\w.-]*)[\"'`]")
    went = {name for line in diff.removed for name in quoted.findall(line)}
    came = {name for line in diff.added for name in quoted.findall(line)}
    gone, fresh = went - came, came - went
    return f"{sorted(gone)[0]} → {sorted(fresh)[0]}" if gone and fresh else ""


def _schema(diff: Diff) -> str:
    return next(
        (
            line
            for line in (*diff.added, *diff.removed)
            if re.search(
                r"\b(?:SELECT|INSERT INTO|UPDATE|ALTER TABLE|DROP|CREATE (?:TABLE|INDEX))\b", line
            )
        ),
        "",
    )


def _hosts_differ(diff: Diff) -> str:
    went = {host.lower() for line in diff.removed for host in _HOSTS.findall(line)}
    came = {host.lower() for line in diff.added for host in _HOSTS.findall(line)}
    return ", ".join(sorted(came ^ went)[:2]) if came != went and went else ""


def _access(diff: Diff) -> str:
    telling = re.compile(
        r"\b(?:policy|role|permission|Allow|Deny|Action|Principal|grant|revoke|iam|scope|acl)\b",
        re.I,
    )
    return next((line for line in (*diff.removed, *diff.added) if telling.search(line)), "")


def _trust(diff: Diff) -> str:
    telling = re.compile(
        r"ca_?(?:cert|bundle|file)|root_?ca|verify|certificate|truststore|pinn", re.I
    )
    return next((line for line in (*diff.removed, *diff.added) if telling.search(line)), "")


def _secret(diff: Diff) -> str:
    telling = re.compile(r"secret|password|credential|token|api_?key", re.I)
    return next((line for line in (*diff.removed, *diff.added) if telling.search(line)), "")


_SLOW = {"latency_up", "work_per_request_up",
         "log_downstream_timeout", "log_function_timeout", "log_gateway_timeout",
         "duration_near_limit", "integration_slow", "cpu_high", "connections_high",
         "db_cpu_high", "db_statement_reads", "log_overloaded"}  # fmt: skip
_REFUSED = {"log_table_throttled", "throttles_up", "log_throttled", "capacity_used_up", "log_quota",
            "log_retry_storm", "log_hot_partition"}  # fmt: skip
_BROKEN = {"log_application_error", "log_bad_data", "tasks_crashed", "log_function_start"}
_MEMORY = {"log_out_of_memory", "memory_high", "memory_climbing", "tasks_oom_killed"}
_WAITING = {"log_stuck", "log_database_connections", "log_downstream_timeout",
            "log_write_conflict", "log_overloaded", "log_retry_storm", "conditional_failures_up",
            "log_connection_refused", "log_receipt_expired"}  # fmt: skip

_MIXED_UP = {"log_write_conflict", "conditional_failures_up", "log_stuck"}
_SETUP = {"log_configuration", "start_failed", "log_function_start", "log_connection_refused"}
_POOL = {
    "log_file_descriptors",
    "log_database_connections",
    "connections_high",
    "log_overloaded",
    "log_downstream_timeout",
}
_CACHED = {"cache_misses_up", "log_cache_failed", "cache_evictions_up"}


def _code(lines: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(line for line in lines if not _COMMENT.match(line))


def _of_lines(look: Callable[[hazards.Lines, hazards.Lines], str]) -> Callable[[Diff], str]:
    return lambda diff: look(_code(diff.added), _code(diff.removed))


def _cache_differs(diff: Diff) -> str:
    places = (*diff.files, *(line for line in diff.context if line.startswith("@@")))
    return hazards.cache_differs(_code(diff.added), _code(diff.removed), places)


_EFFECTS = (
    Effect("it takes something and does not give it back", _of_lines(hazards.not_released),
           frozenset(_POOL | _MEMORY | {"log_stuck"}), 10.0),
    Effect("it drops an index", _of_lines(hazards.index_gone),
           frozenset(_SLOW | {"log_database_connections"}), 12.0),
    Effect("it takes away a lock or condition", _of_lines(hazards.lock_gone),
           frozenset(_BROKEN | _MIXED_UP), 10.0),
    Effect("it adds a lock", _of_lines(hazards.lock_new),
           frozenset(_SLOW | _MIXED_UP | _WAITING), 3.0),
    Effect("it changes what a cache keeps, or by which key", _cache_differs,
           frozenset(_CACHED), 10.0),
    Effect("it passes by a cache", _cache_differs,
           frozenset(_SLOW | _REFUSED), 3.0),
    Effect("it reads a setting that was not read before", _of_lines(hazards.needs_setting),
           frozenset(_SETUP | _BROKEN), 6.0),
    Effect("it spells a setting otherwise", _of_lines(hazards.key_differs),
           frozenset(_SETUP | _BROKEN | {"log_bad_data"}), 10.0),
    Effect("it gives a setting another value", _of_lines(hazards.value_differs),
           frozenset(_SETUP | {"consumption_stopped", "queue_age_up", "log_name_resolution",
                               "log_access_denied", "log_credentials_rejected", "log_bad_data",
                               "log_downstream_error", "client_errors_up"}), 6.0),
    Effect("it moves to another major version", _of_lines(hazards.major_step),
           frozenset(_BROKEN | _SETUP), 10.0),
    Effect("it waits where it did not", _of_lines(hazards.waits), frozenset(_SLOW | _WAITING), 5.0),
    Effect("it computes more", _of_lines(hazards.heavy), frozenset(_SLOW), 7.0),
    Effect("it takes away what kept something small", _of_lines(hazards.bound_gone),
           frozenset(_MEMORY | _POOL | _REFUSED), 8.0),
    Effect("it drops or renames a table or column",
           lambda diff: hazards.schema_gone(_code(diff.added)),
           frozenset(_BROKEN | {"log_bad_data"}), 12.0),
    Effect("it takes away a check", _guard_removed, frozenset(_BROKEN), 12.0),
    Effect("it asks for each item by itself in a loop", _calls_in_a_loop,
           frozenset(_SLOW | _REFUSED | {"log_database_connections"}), 10.0),
    Effect("it no longer works in batches", _batch_removed, frozenset(_SLOW | _REFUSED), 8.0),
    Effect("it lowers a limit", lambda diff: _tuned(diff, down=True),
           frozenset(_WAITING | _REFUSED | _MEMORY | _SLOW | {"throttles_up"}), 8.0),
    Effect("it raises a limit", lambda diff: _tuned(diff, down=False),
           frozenset(_SLOW | _REFUSED | {"log_database_connections", "connections_high"}), 2.5),
    Effect("it takes away waiting or retrying", _tuning_gone,
           frozenset(_WAITING | _REFUSED), 6.0),
    Effect("it keeps more and more in memory", _grows, frozenset(_MEMORY), 12.0),
    Effect("it renames what others read", _renamed,
           frozenset({"log_bad_data", "log_application_error", "log_configuration",
                      "log_message_rejected", "consumption_stopped"}), 6.0),
    Effect("it asks the database for something else", _schema,
           frozenset({"log_application_error", "log_bad_data", "db_cpu_high", "latency_up",
                      "db_statement_reads", "log_downstream_timeout"}), 4.0),
    Effect("it changes an address", _hosts_differ,
           frozenset({"log_name_resolution", "log_connection_refused", "log_network",
                      "log_downstream_error", "log_certificate"}), 3.0),
    Effect("it changes who may do what", _access,
           frozenset({"log_access_denied", "log_authorizer"}), 8.0),
    Effect("it changes which certificates are trusted", _trust,
           frozenset({"log_certificate"}), 2.0),
    Effect("it changes a secret", _secret,
           frozenset({"log_credentials_rejected", "log_access_denied", "log_configuration"}), 5.0),
)  # fmt: skip
