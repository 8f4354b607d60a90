"""What a database's metrics, load and events show, as sightings.

A limit counts as reached by how things stand at the end of the window, not by a peak that is
over; what RDS reported counts where the metric of it is missing or agrees.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from itops_core.domain.evidence import Citation
from itops_core.reasoning.offline.database_load import load_sightings
from itops_core.reasoning.offline.database_readings import Course, Event, Readings, quantity
from itops_core.reasoning.offline.reading import shortened
from itops_core.reasoning.offline.scene import Scene
from itops_core.reasoning.offline.sightings import Sighting

_GIB = 2**30
_RESTORED = re.compile(
    r"(?:autoscal|finished applying|storage (?:has been )?(?:increased|expanded|scaled)|"
    r"resolved|recovered|back to normal|no longer|caught up|resumed)",
    re.IGNORECASE,
)
_STORAGE = re.compile(
    r"out of storage|storage.{0,40}(?:low|full|critical|insufficient|exhaust|below)|"
    r"insufficient storage|storage-full|free storage (?:space|capacity)",
    re.IGNORECASE,
)
_LAG = re.compile(
    r"replica(?:tion)?.{0,40}(?:lag|behind|delay|stopped|error|terminated)", re.IGNORECASE
)
_CONNECTIONS = re.compile(
    r"max_connections|connection slots|too many (?:clients|connections)", re.IGNORECASE
)
_FAILOVER = re.compile(r"fail(?:ed)?.?over", re.IGNORECASE)
_RESTART = re.compile(
    r"\brestart(?:ed|ing)?\b|shut ?down|recovery of the DB instance|crash", re.IGNORECASE
)
_UNREACHED = re.compile(
    r"no connections accepted|not accept(?:ing)? connections|unavailable|unreachable|not reachable|"
    r"incompatible|loss of (?:network )?connectivity|unresponsive",
    re.IGNORECASE,
)
_CHECKPOINTS = re.compile(r"checkpoint", re.IGNORECASE)
_MEMORY = re.compile(r"out of memory|low memory|memory pressure|oom", re.IGNORECASE)

LIMITS = (
    "db_cpu_high",
    "db_connections_high",
    "db_storage_low",
    "db_lag_high",
    "db_memory_low",
    "db_io_slow",
    "db_credits_used_up",
    "db_cpu_credits_used_up",
    "db_transaction_ids_old",
    "db_slot_behind",
)
"""What cannot be more than full."""
_INDEPENDENT = ("db_cpu_high", "db_connections_high", "db_storage_low", "db_memory_low")
_BEARS_ON_IT = timedelta(minutes=60)
"""What RDS did longer before the symptom is history."""
_BESIDE_LAG = ("db_connections_high", "db_storage_low")
_CLEAR = 0.6

Rule = Callable[[Readings], Iterator[Sighting]]


def database_sightings(scene: Scene) -> Iterator[Sighting]:
    """Yield what is seen of a database; nothing where no database was looked at."""
    read = Readings(scene)
    if not read.were_read and not read.events and read.load is None:
        return
    found: dict[str, Sighting] = {}
    for rule in _RULES:
        for sighting in rule(read):
            known = found.get(sighting.symptom)
            if known is None or (sighting.present, sighting.strength) > (
                known.present,
                known.strength,
            ):
                found[sighting.symptom] = sighting
    for sighting in load_sightings(read):
        found[sighting.symptom] = sighting
    yield from found.values()
    yield from _two_limits(found)
    yield from _normality(read, found)


def _cpu(read: Readings) -> Iterator[Sighting]:
    if cpu := read.metrics.get("CPUUtilization"):
        high = cpu.now >= 80
        strength = 1.0 if cpu.now >= 88 or cpu.now < 65 else 0.7
        yield _of(cpu, "db_cpu_high", present=high, strength=strength)


def _connections(read: Readings) -> Iterator[Sighting]:
    course, limit = read.metrics.get("DatabaseConnections"), read.connection_limit
    reports = _latest(read.events, _CONNECTIONS)
    told = tuple(one for event in reports for one in event.citations)
    if course is None:
        if reports and not _is_restored(read.events, reports[-1]):
            yield _reported("db_connections_high", reports)
        return
    percent = read.connection_percent
    full = course.now / limit if limit else percent / 100 if percent and course.rise > 1.1 else None
    if full is not None and course.now >= 0.7 * course.highest:
        detail = f"{course.told}" + (f" of {limit:,.0f}" if limit else f", {percent:g} % of all")
        yield Sighting(
            symptom="db_connections_high",
            present=full >= 0.85,
            strength=1.0 if full >= 0.9 or full < 0.7 else 0.7,
            detail=detail,
            citations=(*course.citations, *told[:2]),
        )
    elif reports and course.rise >= 1.2:
        yield _of(course, "db_connections_high", present=True, strength=0.9, more=told)
    elif course.rise >= 2.5 and course.now >= 100:
        yield _of(course, "db_connections_high", present=True, strength=0.7)
    else:
        strength = 1.0 if course.rise < 1.5 else 0.4
        yield _of(course, "db_connections_high", present=False, strength=strength)


def _storage(read: Readings) -> Iterator[Sighting]:
    course = read.metrics.get("FreeStorageSpace")
    reports = _latest(read.events, _STORAGE)
    restored = bool(reports) and _is_restored(read.events, reports[-1])
    if course is not None:
        left = course.now / course.highest if course.highest > 0 else 1.0
        falling = course.last < course.first
        low = falling and (left <= 0.2 or (left <= 0.5 and course.now < 5 * _GIB))
        low = low or course.now < 1 * _GIB
        yield _of(course, "db_storage_low", present=low, strength=1.0 if low or left > 0.6 else 0.5)
        if reports and (left > 0.6 or restored):
            return
    if reports and not restored:
        yield _reported("db_storage_reported", reports)
        if course is None:
            yield _reported("db_storage_low", reports, strength=0.9)


def _lag(read: Readings) -> Iterator[Sighting]:
    course = read.metrics.get("ReplicaLag") or read.metrics.get("AuroraReplicaLag")
    reports = _latest(read.events, _LAG)
    if course is not None:
        seconds = course.now / (1000 if course.unit == "Milliseconds" else 1)
        high = seconds >= 30 and course.now >= 0.3 * course.highest
        clear = seconds >= 100 or seconds < 10
        yield _of(course, "db_lag_high", present=high, strength=1.0 if clear else 0.7)
        if not high:
            return
    if reports and not _is_restored(read.events, reports[-1]):
        yield _reported("db_lag_reported", reports)
        if course is None:
            yield _reported("db_lag_high", reports, strength=0.9)


def _memory(read: Readings) -> Iterator[Sighting]:
    free, swap = read.metrics.get("FreeableMemory"), read.metrics.get("SwapUsage")
    reports = _latest(read.events, _MEMORY)
    gone = free is not None and free.rise <= 0.35 and free.now < 2 * _GIB
    scarce = free is not None and free.now < 0.15 * _GIB
    swaps = swap is not None and swap.rise >= 3 and swap.now >= 0.5 * _GIB
    told = tuple(one for event in reports for one in event.citations)
    if free is not None and (gone or scarce or swaps):
        strength = 1.0 if (gone or scarce) and (swaps or reports) else 0.8
        shown = swap if swaps and not gone and swap else free
        yield _of(shown, "db_memory_low", present=True, strength=strength, more=told)
    elif swaps and swap is not None:
        yield _of(swap, "db_memory_low", present=True, strength=0.8, more=told)
    elif free is not None:
        yield _of(free, "db_memory_low", present=False)
    elif reports:
        yield _reported("db_memory_low", reports, strength=0.8)


def _disk(read: Readings) -> Iterator[Sighting]:
    queue = read.metrics.get("DiskQueueDepth")
    slow = [
        one
        for name in ("ReadLatency", "WriteLatency")
        if (one := read.metrics.get(name)) and one.now >= 0.02 and one.rise >= 4
    ]
    queued = queue is not None and queue.now >= 8 and queue.rise >= 4
    known = queue or next(
        (one for name in ("ReadLatency", "WriteLatency") if (one := read.metrics.get(name))), None
    )
    if known is None:
        return
    shown = queue if queued and queue else slow[0] if slow else known
    both = queued and bool(slow)
    present = queued or bool(slow)
    strength = 1.0 if both or not present else 0.8
    yield _of(shown, "db_io_slow", present=present, strength=strength)


def _credits(read: Readings) -> Iterator[Sighting]:
    for name in ("BurstBalance", "EBSIOBalance%", "EBSByteBalance%"):
        if (course := read.metrics.get(name)) and course.now <= 15:
            yield _of(course, "db_credits_used_up", present=True)
    course = read.metrics.get("CPUCreditBalance")
    if course and (course.now <= 5 or (course.now <= 30 and course.rise <= 0.2)):
        yield _of(course, "db_cpu_credits_used_up", present=True)


def _housekeeping(read: Readings) -> Iterator[Sighting]:
    if (course := read.metrics.get("MaximumUsedTransactionIDs")) and course.now > 0:
        old = course.now >= 1_000_000_000
        strength = 1.0 if course.now >= 1_400_000_000 or not old else 0.8
        yield _of(course, "db_transaction_ids_old", present=old, strength=strength)
    for name in ("OldestReplicationSlotLag", "ReplicationSlotDiskUsage"):
        if (course := read.metrics.get(name)) and course.now >= 5 * _GIB and course.rise >= 1.5:
            yield _of(course, "db_slot_behind", present=True)
    if (course := read.metrics.get("Deadlocks")) and course.highest > 0:
        yield _of(course, "db_deadlocks", present=True)
    lag = read.metrics.get("CheckpointLag")
    if reports := _latest(read.events, _CHECKPOINTS):
        yield _reported("db_checkpoints", reports)
    elif lag and lag.now >= 600:
        yield _of(lag, "db_checkpoints", present=True, strength=0.7)


def _work(read: Readings) -> Iterator[Sighting]:
    writes = [
        one
        for name in ("TransactionLogsGeneration", "WriteIOPS", "WriteThroughput")
        if (one := read.metrics.get(name))
    ]
    more = [one for one in writes if max(one.rise, one.highest / max(one.then, 1e-9)) >= 2]
    if writes:
        shown = more or writes
        yield Sighting(
            symptom="db_writes_up",
            present=bool(more),
            strength=1.0 if len(more) > 1 or not more else 0.7,
            detail="; ".join(one.told for one in shown[:2]),
            citations=tuple(one for course in shown[:2] for one in course.citations),
        )
    if reads := read.metrics.get("ReadIOPS"):
        yield _of(reads, "db_reads_up", present=reads.rise >= 2 or reads.now >= 10_000)


def _happenings(read: Readings) -> Iterator[Sighting]:
    for symptom, pattern in (
        ("db_failed_over", _FAILOVER),
        ("db_restarted", _RESTART),
        ("db_out_of_reach", _UNREACHED),
    ):
        if reports := _latest(read.events, pattern):
            late = reports[-1].at >= read.scene.onset - _BEARS_ON_IT
            yield _reported(symptom, reports, strength=1.0 if late else 0.25)


_RULES: tuple[Rule, ...] = (
    _cpu, _connections, _storage, _lag, _memory, _disk, _credits, _housekeeping, _work,
    _happenings,
)  # fmt: skip


def _two_limits(found: dict[str, Sighting]) -> Iterator[Sighting]:
    """Yield whether two limits are reached that do not explain one another."""
    reached = [name for name in _INDEPENDENT if _is_clear(found, name)]
    waits = {name for name in found if name.startswith("db_waits_") and found[name].present}
    if "db_cpu_high" in reached and waits and "db_waits_cpu" not in waits:
        # Sessions that wait for something else make work; it is not what the CPU is short for.
        reached.remove("db_cpu_high")
    alone = not _is_clear(found, "db_writes_up")
    if _is_clear(found, "db_lag_high") and (alone or {*_BESIDE_LAG} & {*reached}):
        reached.append("db_lag_high")
    if len(reached) >= 2:
        first = [found[name] for name in reached[:2]]
        yield Sighting(
            symptom="db_two_limits",
            present=True,
            detail=" and ".join(one.detail for one in first if one.detail),
            citations=tuple(citation for one in first for citation in one.citations),
        )


def _normality(read: Readings, found: dict[str, Sighting]) -> Iterator[Sighting]:
    """Yield whether all is well now, and whether something was wrong before."""
    if not read.were_read:
        return
    wrong = [name for name in LIMITS if name in found and found[name].present]
    reports = [name for name in found if name.endswith("_reported") and found[name].present]
    locked = [name for name in ("db_waits_lock", "db_checkpoints") if _is_clear(found, name)]
    well = not wrong and not reports and not locked
    courses = [read.metrics[name] for name in _SHOWN if name in read.metrics]
    citations = tuple(one for course in courses[:3] for one in course.citations)
    detail = "; ".join(course.told for course in courses[:5])
    strength = 1.0 if not wrong or any(_is_clear(found, name) for name in wrong) else 0.6
    yield Sighting(
        symptom="db_normal", present=well, strength=strength, detail=detail, citations=citations
    )
    was = _was_wrong(read) if well else None
    over = f"{was.metric} was at {quantity(_extreme(was), was.unit)}" if was else ""
    restored = [event.message for event in read.events if _RESTORED.search(event.message)]
    told = "; ".join(part for part in (over, *restored[-1:]) if part and well)
    yield Sighting(
        symptom="symptom_persists",
        present=not well,
        strength=strength,
        wording=_standing(read.name, told, well=well),
        detail=detail,
        citations=citations,
    )
    if was:
        detail = f"{over}, now {quantity(was.now, was.unit)}"
        yield Sighting(symptom="db_recovered", present=True, detail=detail, citations=was.citations)


def _standing(name: str, over: str, *, well: bool) -> str:
    if not well:
        return f"{name} is out of its normal bounds now."
    before = f" What was out of bounds was transient and has recovered: {over}." if over else ""
    return (
        f"Everything that is measured of {name} is within normal bounds now, and no failure is "
        f"to be seen.{before}"
    )


_SHOWN = (
    "CPUUtilization", "DatabaseConnections", "FreeStorageSpace", "ReplicaLag", "FreeableMemory",
    "WriteIOPS", "ReadIOPS",
)  # fmt: skip


def _was_wrong(read: Readings) -> Course | None:
    """Return a metric that was out of bounds within the window and is not any more."""
    for name, bound in (("CPUUtilization", 80.0), ("ReplicaLag", 30.0), ("DiskQueueDepth", 8.0)):
        course = read.metrics.get(name)
        if course and course.highest >= bound > course.now:
            return course
    connections, storage = (
        read.metrics.get("DatabaseConnections"),
        read.metrics.get("FreeStorageSpace"),
    )
    if connections and connections.highest >= 1.6 * connections.now:
        return connections
    if storage and storage.lowest <= 0.25 * storage.now:
        return storage
    return None


def _extreme(course: Course) -> float:
    return course.lowest if course.metric.startswith("Free") else course.highest


def _is_clear(found: dict[str, Sighting], name: str) -> bool:
    return name in found and found[name].present and found[name].strength >= _CLEAR


def _latest(events: Sequence[Event], pattern: re.Pattern[str]) -> list[Event]:
    return [event for event in events if pattern.search(event.message)]


def _is_restored(events: Sequence[Event], report: Event) -> bool:
    """Whether RDS said afterwards that it is over."""
    return any(event.at >= report.at and _RESTORED.search(event.message) for event in events)


def _of(
    course: Course,
    symptom: str,
    *,
    present: bool,
    strength: float = 1.0,
    more: tuple[Citation, ...] = (),
) -> Sighting:
    return Sighting(
        symptom=symptom,
        present=present,
        strength=strength,
        detail=course.told,
        citations=(*course.citations, *more[:2]),
    )


def _reported(symptom: str, reports: Sequence[Event], strength: float = 1.0) -> Sighting:
    return Sighting(
        symptom=symptom,
        present=True,
        strength=strength,
        detail=f"RDS event: {shortened(reports[-1].message, 240)}",
        citations=reports[-1].citations,
    )
