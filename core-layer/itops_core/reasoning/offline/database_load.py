"""What Performance Insights shows of a database: what its sessions wait for, and who makes them."""

import re
from collections.abc import Iterator

from itops_core.reasoning.offline.database_readings import Load, Readings, Share
from itops_core.reasoning.offline.sightings import Sighting

_DOMINANT = 0.45
_LEADING = 0.3
_WRITES = re.compile(
    r"^\s*(?:with\b.*\b)?(?:insert|update|delete|copy|merge|truncate|create (?:unique )?index|"
    r"alter table|refresh materialized)\b",
    re.IGNORECASE | re.DOTALL,
)
_READS = re.compile(r"^\s*(?:with\b.*)?\bselect\b", re.IGNORECASE | re.DOTALL)
_VACUUM = re.compile(r"\bvacuum\b", re.IGNORECASE)
_IN_TRANSACTION = re.compile(
    r"idle in transaction|^\s*(?:begin|start transaction)\b", re.IGNORECASE
)
_WAITS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("db_waits_cpu", re.compile(r"^CPU", re.IGNORECASE)),
    ("db_waits_client", re.compile(r"^Client:|ClientRead|idle", re.IGNORECASE)),
    ("db_waits_wal", re.compile(r"WAL|XactSync|log file sync|redo", re.IGNORECASE)),
    ("db_waits_temp", re.compile(r"BufFile|temp", re.IGNORECASE)),
    ("db_waits_read", re.compile(r"DataFileRead|DataFilePrefetch|read", re.IGNORECASE)),
    (
        "db_waits_write",
        re.compile(r"DataFile(?:Write|Extend|Flush|Sync|ImmediateSync)|write", re.IGNORECASE),
    ),
    ("db_waits_internal", re.compile(r"^(?:LWLock|BufferPin|buffer_)|latch|mutex", re.IGNORECASE)),
    ("db_waits_lock", re.compile(r"^Lock:|tuple|transactionid|row lock", re.IGNORECASE)),
)
_CHECKPOINT = re.compile(r"checkpoint", re.IGNORECASE)


def load_sightings(read: Readings) -> Iterator[Sighting]:
    """Yield what the load tells; nothing where Performance Insights has nothing."""
    load = read.load
    if load is None:
        return
    if load.values:
        yield _height(load)
    busy = not load.values or max(load.values) >= 1.5
    yield from _waits(load, busy=busy)
    yield from _statements(load, busy=busy)


def _height(load: Load) -> Sighting:
    now, first = load.values[-1], max(load.values[0], 0.1)
    peak = max(load.values)
    limit = load.vcpus
    high = peak >= limit if limit else peak >= 4 and (peak >= 2 * first or min(load.values) >= 4)
    told = f", {limit:g} vCPUs" if limit else ""
    return Sighting(
        symptom="db_load_high",
        present=bool(high),
        strength=1.0 if high or peak < 3 else 0.5,
        detail=f"db.load {load.values[0]:g} → {now:g} average active sessions{told}",
        citations=load.cited(*(one.name for one in load.waits[:1])),
    )


def _waits(load: Load, *, busy: bool) -> Iterator[Sighting]:
    shares: dict[str, list[Share]] = {}
    for wait in load.waits:
        symptom = next((name for name, form in _WAITS if form.search(wait.name)), "")
        if symptom:
            shares.setdefault(symptom, []).append(wait)
    for symptom, _ in _WAITS:
        waits = shares.get(symptom, [])
        whole = sum(one.share for one in waits)
        present = whole >= _LEADING and busy
        if not load.waits:
            continue
        yield Sighting(
            symptom=symptom,
            present=present,
            strength=(1.0 if whole >= _DOMINANT else 0.6) if present else 1.0 if busy else 0.3,
            detail=", ".join(f"{one.name} {one.share * 100:.0f} %" for one in waits[:2]),
            citations=load.cited(*(one.name for one in (waits or load.waits)[:1])),
        )
    checkpoints = [wait for wait in load.waits if _CHECKPOINT.search(wait.name)]
    if checkpoints and sum(one.share for one in checkpoints) >= 0.1:
        yield Sighting(
            symptom="db_checkpoints",
            present=True,
            detail=f"{checkpoints[0].name} {checkpoints[0].share * 100:.0f} % of the load",
            citations=load.cited(checkpoints[0].name),
        )


def _statements(load: Load, *, busy: bool) -> Iterator[Sighting]:
    if not load.statements:
        return
    top = load.statements[0]
    dominates = top.share >= _DOMINANT and busy
    citations = load.cited(top.name)
    detail = f"{top.name[:140]} ({top.share * 100:.0f} % of the load of all statements)"
    yield Sighting(
        symptom="db_statement_dominates",
        present=dominates,
        strength=1.0 if dominates or top.share < _LEADING else 0.5,
        detail=detail,
        citations=citations,
    )
    if _IN_TRANSACTION.search(top.name) and any("Client" in wait for wait in top.waits):
        yield Sighting(
            symptom="db_sessions_in_transaction",
            present=busy,
            detail=detail,
            citations=citations,
        )
        return
    if not dominates:
        return
    for symptom, form in (
        ("db_statement_vacuums", _VACUUM),
        ("db_statement_writes", _WRITES),
        ("db_statement_reads", _READS),
    ):
        if form.search(top.name):
            yield Sighting(symptom=symptom, present=True, detail=detail, citations=citations)
            return
