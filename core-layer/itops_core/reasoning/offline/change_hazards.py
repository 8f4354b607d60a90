"""What lines that were added and taken away do to resources, order and surroundings: pure.

Each function returns the line that shows it, or nothing. None of them knows a language; they
look for what the languages that services are written in have in common.
"""

import re
from collections.abc import Iterable, Sequence

Lines = Sequence[str]

_RELEASES = re.compile(
    r"\.(?:close|Close|release|Release|dispose|end|disconnect|rollback|Done|shutdown|stop|Stop|"
    r"unref)\(|\bdefer \w|\bwith \w|\bfinally\b|using\s*\(|cancel\(\)|removeListener|off\(|"
    r"unsubscribe|clearInterval|putconn|\.delete\(|\.remove\(|\.once\("
)
_ACQUIRES = re.compile(
    r"\.(?:acquire|connect|getConnection|get_connection|checkout|Begin|Conn|Acquire|getconn|open|"
    r"createConnection|Query|QueryContext|Open|Dial|subscribe|on|addListener|addEventListener)\(|"
    r"new \w*(?:Client|Connection|Session|Pool|Thread)\w*\(|\bopen\(|http\.(?:Get|Post)\(|"
    r"setInterval\(|\bgo func"
)
_INDEX_GONE = re.compile(
    r"DROP INDEX|drop_index|remove_index|RemoveIndex|dropIndex|op\.drop_index", re.IGNORECASE
)
_INDEX = re.compile(
    r"CREATE (?:UNIQUE )?INDEX|index ?= ?True|@Index|add_index|db_index|\bindexes?\b\s*[:=(\[]",
    re.IGNORECASE,
)
_LOCKS = re.compile(
    r"\b(?:mu|mutex|\w*[lL]ock|rwlock|sem|semaphore|Mutex|RWMutex)\.(?:\w*[lL]ock|acquire|enter)\(|"
    r"synchronized|select_for_update|FOR UPDATE|ConditionExpression|compareAndSet|\bsetnx\b|"
    r"atomic\.|with \w*lock|@transactional|\.transaction\(",
    re.IGNORECASE,
)
_CACHE = re.compile(
    r"cache|memoi|\bttl\b|\bkey\(|cache_?key|func key|def key|getKey", re.IGNORECASE
)
_READS_SETTING = re.compile(
    r"os\.(?:environ|Getenv|getenv|LookupEnv)|process\.env|System\.getenv|MustGetenv|"
    r"config\.(?:must|require)\w*\(|settings\.[A-Z_]{3,}|valueFrom|secretKeyRef|env\(",
)
_KEYED = re.compile(r"^\s*[\"']?([A-Za-z_][\w.-]*)[\"']?\s*[:=]\s*(\S.*?)\s*,?$")
_VERSION = re.compile(r"\bv?(\d+)\.(\d+)(?:\.\d+)?(?:[-+][\w.]+)?\b")
_WAITS = re.compile(
    r"time\.sleep\(|Thread\.sleep|readFileSync|execSync|\.result\(\)|\.block\(|subprocess\.run|"
    r"requests\.(?:get|post)\(|\.join\(\)|\.Wait\(\)"
)
_DROPS = re.compile(
    r"DROP (?:TABLE|COLUMN)|RENAME (?:TO|COLUMN)|drop_column|drop_table|rename_column|removeColumn|"
    r"RemoveField|RenameField",
    re.IGNORECASE,
)
_HEAVY = re.compile(
    r"\bre\.(?:sub|match|search|compile|findall)|regexp?\.|RegExp|deepcopy|json\.(?:dumps|loads)|"
    r"JSON\.(?:parse|stringify)|\bsort(?:ed)?\(|bcrypt|pbkdf|scrypt|compress|gzip|fsync|Flush\(|"
    r"while \(?true|for \{\s*$|for \(;;\)|(?:\+|\*)\)[*+]",
    re.IGNORECASE,
)
_BOUNDING = re.compile(
    r"Fixed\w*Pool|[Ss]emaphore|max_?(?:workers|size|conn|open|items|entries|threads)|bounded|"
    r"\bLIMIT \d|limit\(|SetMax\w+|setMax\w+|concurrency|make\(chan \w+, ?\d|\.take\(|[\W_]lru",
    re.IGNORECASE,
)
_LASTING = re.compile(
    r"^\s*(?:export )?(?:var|let|const|static|global|private static|public static|[A-Z_]{3,} ?=|"
    r"self\.\w+ ?=|this\.\w+ ?=|\w+ ?= ?(?:\{\}|\[\]|dict\(|list\(|set\(|defaultdict))"
)
_ADDED_TO = re.compile(r"append\(|\.push\(|\.add\(|\.put\(|\.set\(|\[\w[\w.]*\] ?= |\+=")
_BOUNDED = re.compile(
    r"evict|bounded|max_?(?:size|items|entries|len)|\blru\b|\bring\b|maxlen|truncat|\btrim|\bttl\b|expire|"
    r"\.clear\(|pop\(|shift\(|splice\(|WeakMap|\.delete\(|\.remove\(",
    re.IGNORECASE,
)


def not_released(added: Lines, removed: Lines) -> str:
    """Return where something is taken that is not given back, or no longer is."""
    freed = _count(_RELEASES, added) - _count(_RELEASES, removed)
    taken = _count(_ACQUIRES, added) - _count(_ACQUIRES, removed)
    if freed < 0:
        return _first(_RELEASES, removed)
    if taken > 0 and not _count(_RELEASES, added):
        return _first(_ACQUIRES, added)
    return ""


def grows(added: Lines, context: Lines) -> str:
    """Return where something that lasts is added to and never emptied."""
    if any(_BOUNDED.search(line) for line in (*added, *context)):
        return ""
    lasting = any(_LASTING.match(line) for line in added)
    return _first(_ADDED_TO, added) if lasting else ""


def index_gone(added: Lines, removed: Lines) -> str:
    """Return where an index is dropped."""
    if line := _first(_INDEX_GONE, added):
        return line
    return _first(_INDEX, removed) if _count(_INDEX, removed) > _count(_INDEX, added) else ""


def lock_gone(added: Lines, removed: Lines) -> str:
    """Return the lock or condition that is not there any more."""
    return _first(_LOCKS, removed) if _count(_LOCKS, removed) > _count(_LOCKS, added) else ""


def lock_new(added: Lines, removed: Lines) -> str:
    """Return the lock that was not there before."""
    return _first(_LOCKS, added) if _count(_LOCKS, added) > _count(_LOCKS, removed) else ""


def cache_differs(added: Lines, removed: Lines, places: Lines) -> str:
    """Return where a cache, or the key under which it keeps things, is another one or gone.

    `places` are names of files and functions, which may say what the lines are about.
    """
    if _count(_CACHE, removed) > _count(_CACHE, added):
        return _first(_CACHE, removed)
    if _count(_CACHE, removed):
        return _first(_CACHE, added)
    is_there = any(_CACHE.search(line) for line in places)
    return next((line for line in added if line.strip()), "") if is_there and removed else ""


def needs_setting(added: Lines, removed: Lines) -> str:
    """Return where a setting is read that was not read before."""
    more = _count(_READS_SETTING, added) > _count(_READS_SETTING, removed)
    return _first(_READS_SETTING, added) if more else ""


def key_differs(added: Lines, removed: Lines) -> str:
    """Return a setting whose name is another one while its value stayed, as a slip makes it."""
    before = {found[2]: found[1] for line in removed if (found := _KEYED.match(line))}
    names = {found[1] for line in added if (found := _KEYED.match(line))}
    for line in added:
        found = _KEYED.match(line)
        old = before.get(found[2]) if found else None
        slipped = old is not None and _last(old) != _last(found[1] if found else "")
        if found and old and slipped and old not in names and len(found[2]) > 2:
            return f"{old} → {found[1]}"
    return ""


def value_differs(added: Lines, removed: Lines) -> str:
    """Return a setting that has another text than before: a name, an address, a mode."""
    before = {found[1]: found[2] for line in removed if (found := _KEYED.match(line))}
    for line in added:
        found = _KEYED.match(line)
        old = before.get(found[1]) if found else None
        if found and old and old != found[2] and not re.search(r"[\d(){}\[\]]", old + found[2]):
            return f"{found[1]}: {old} → {found[2]}"
    return ""


def major_step(added: Lines, removed: Lines) -> str:
    """Return the dependency that made more than a small step."""
    before = {_stem(line): found for line in removed if (found := _VERSION.search(line))}
    for line in added:
        found, old = _VERSION.search(line), before.get(_stem(line))
        if found and old and (found[1] != old[1] or (found[1] == "0" and found[2] != old[2])):
            return f"{old[0]} → {found[0]}: {line.strip()}"
    return ""


def waits(added: Lines, removed: Lines) -> str:
    """Return where something now waits that did not."""
    return _first(_WAITS, added) if _count(_WAITS, added) > _count(_WAITS, removed) else ""


def heavy(added: Lines, removed: Lines) -> str:
    """Return where more is computed than before."""
    return _first(_HEAVY, added) if _count(_HEAVY, added) > _count(_HEAVY, removed) else ""


def bound_gone(added: Lines, removed: Lines) -> str:
    """Return what kept something from growing and is not there any more."""
    fewer = _count(_BOUNDING, removed) > _count(_BOUNDING, added)
    return _first(_BOUNDING, removed) if fewer else ""


def schema_gone(added: Lines) -> str:
    """Return where a table or column is dropped or renamed."""
    return _first(_DROPS, added)


def _last(name: str) -> str:
    return name.rsplit(".", 1)[-1].lower()


def _stem(line: str) -> str:
    return _VERSION.sub("", line).strip()


def _count(form: re.Pattern[str], lines: Iterable[str]) -> int:
    return sum(bool(form.search(line)) for line in lines)


def _first(form: re.Pattern[str], lines: Iterable[str]) -> str:
    return next((line for line in lines if form.search(line)), "")
