"""Lambda functions: their state, and what giving them more memory or concurrency would do."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.remediation import BlastSize
from itops_core.domain.traffic import TrafficMetric
from itops_core.domain.values import Value, sha256_of
from itops_core.remediation.assessment import Outlook
from itops_core.settings import Remediation

NO_RESERVATION = -1
"""A function without a reservation shares the account's concurrency with all others."""

_LEFT_FOR_OTHERS = 100
"""AWS keeps so much of the account's concurrency unreserved."""

_BOUND = frozenset({"memory_mb", "reserved_concurrency", "code_sha256"})
_SHOWN = {*_BOUND, "peak_concurrency", "update_status"}


class FunctionState(Value):
    """A function as it is now."""

    arn: str
    function_name: str
    memory_mb: int
    reserved_concurrency: int
    code_sha256: str = ""
    update_status: str = "Successful"
    configuration_changed_at: datetime | None = None
    """When its code or configuration, memory among it, last changed; not its concurrency."""
    peak_concurrency: int | None = None
    """Of the last minutes; `None` where nothing was measured."""
    unreserved: int | None = None
    """What the account has left for all functions without a reservation."""

    @property
    def resource(self) -> str:
        """What is changed."""
        return self.arn

    @property
    def name(self) -> str:
        """How people call it."""
        return self.function_name

    @property
    def state_hash(self) -> str:
        """Other code, memory or concurrency is not what they said yes to."""
        return sha256_of([self.arn, self.code_sha256, self.memory_mb, self.reserved_concurrency])

    @property
    def shown(self) -> dict[str, Any]:
        """What is recorded as before and after, and shown on a card."""
        return self.model_dump(mode="json", include=_SHOWN)

    @property
    def bound(self) -> frozenset[str]:
        """Its code, and what it is given."""
        return _BOUND

    @property
    def traffic_metrics(self) -> tuple[tuple[TrafficMetric, ...], ...]:
        """How often it is called."""
        called = TrafficMetric(
            namespace="AWS/Lambda",
            metric="Invocations",
            dimensions={"FunctionName": self.function_name},
            unit="invocations",
        )
        return ((called,),)

    def is_entry(self, entry: CatalogEntry) -> bool:
        """Whether the catalog means this function."""
        return entry.kind == "lambda" and entry.resource in {self.function_name, self.arn}

    def rests_on(self, recorded: Mapping[str, Any]) -> bool:
        """Whether it is configured as `recorded`: nobody has changed it since."""
        now = (self.memory_mb, self.reserved_concurrency)
        return now == (recorded.get("memory_mb"), recorded.get("reserved_concurrency"))


def memory_outlook(state: FunctionState, wanted: int, most: int, *, undo: bool) -> Outlook:
    """Return what running with `wanted` MB would do. Undoing may go down, and any step."""
    fault = None if undo else _busy(state)
    if fault is None and wanted == state.memory_mb:
        fault = f"{state.function_name} has {wanted} MB already"
    elif fault is None and not undo and not state.memory_mb < wanted <= most:
        fault = f"memory_mb must lie above {state.memory_mb}, and be at most {most}"
    return Outlook(
        after={**state.shown, "memory_mb": wanted},
        note=(
            f"From {state.memory_mb} to {wanted} MB, and CPU in proportion; every call starts in "
            "a fresh environment once. Published versions keep theirs."
        ),
        fault=fault,
    )


def concurrency_outlook(state: FunctionState, wanted: int, most: int, *, undo: bool) -> Outlook:
    """Return what reserving `wanted` would do; a reservation is a guarantee and a limit."""
    fault = None if undo else _busy(state)
    if fault is None and wanted == state.reserved_concurrency:
        fault = f"{state.function_name} {_told(wanted)} already"
    elif fault is None and not undo:
        fault = _not_to_be_reserved(state, wanted, most)
    throttles = (
        wanted != NO_RESERVATION
        and state.peak_concurrency is not None
        and wanted < state.peak_concurrency
    )
    return Outlook(
        after={**state.shown, "reserved_concurrency": wanted},
        note=f"It {_told(state.reserved_concurrency)}; it then {_told(wanted)}.",
        fault=fault,
        riskier=(
            f"{state.peak_concurrency} ran at once lately, so some calls would be refused"
            if throttles
            else None
        ),
        blast=BlastSize.MEDIUM if throttles else BlastSize.SMALL,
    )


def next_memory(state: FunctionState, rules: Remediation) -> int:
    """Return how much memory it is given when nobody says."""
    grown = round(state.memory_mb * rules.memory_factor)
    return max(min(grown, rules.max_memory_mb), state.memory_mb)


def next_concurrency(state: FunctionState, rules: Remediation) -> int | None:
    """Return how much is reserved for it when nobody says, or `None`: nothing tells."""
    reserved = state.reserved_concurrency
    base = max(reserved, state.peak_concurrency or 0)
    if base < 1:
        return None
    return min(round(base * rules.concurrency_factor), rules.max_reserved_concurrency)


def _not_to_be_reserved(state: FunctionState, wanted: int, most: int) -> str | None:
    if wanted == 0:
        return "0 stops the function altogether: that is no remedy"
    if wanted > most:
        return f"reserved_concurrency may be at most {most}"
    taken = wanted - max(state.reserved_concurrency, 0)
    if state.unreserved is not None and state.unreserved - taken < _LEFT_FOR_OTHERS:
        free = max(state.unreserved - _LEFT_FOR_OTHERS + max(state.reserved_concurrency, 0), 0)
        return f"the account has room for {free}: {_LEFT_FOR_OTHERS} stay with other functions"
    return None


def _busy(state: FunctionState) -> str | None:
    if state.update_status == "InProgress":
        return f"{state.function_name} is being updated right now"
    return None


def _told(reserved: int) -> str:
    if reserved == NO_RESERVATION:
        return "shares the account's concurrency"
    return f"has {reserved} reserved"
