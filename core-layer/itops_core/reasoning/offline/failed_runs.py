"""What the tools told of a pipeline's executions, as the offline reasoner reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from itops_core.domain.investigation import Observation
from itops_core.reasoning.offline.reading import count_of, moment, records, text_of
from itops_core.reasoning.offline.scene import Scene

_SINCE = timedelta(minutes=20)
"""Before the onset: an execution fails minutes before its alarm can know."""


@dataclass(frozen=True)
class FailureFamily:
    """Failures of one state with one error, as `list_failed_executions` groups them."""

    seen: Observation
    told: Mapping[str, Any]

    @property
    def latest(self) -> str:
        """ARN of the newest of them."""
        return text_of(self.told, "latest_execution")

    @property
    def count(self) -> int:
        """How many there are."""
        return count_of(self.told, "count") or 0

    @property
    def first_at(self) -> datetime | None:
        """When the first of them ended."""
        return moment(self.told.get("first_at"))

    @property
    def last_at(self) -> datetime | None:
        """When the last of them ended."""
        return moment(self.told.get("last_at"))


@dataclass(frozen=True)
class FailedRun:
    """A failed execution as `explain_execution_failure` explains it."""

    seen: Observation

    @property
    def arn(self) -> str:
        """The execution that was asked about."""
        return str(self.seen.call.arguments.get("execution_arn", ""))

    @property
    def sections(self) -> Mapping[str, Any]:
        """The parts of the answer."""
        return _mapping(self.seen.content.get("sections"))

    @cached_property
    def failure(self) -> Mapping[str, Any]:
        """The failing state and its error."""
        return _mapping(self.sections.get("failure"))

    @property
    def state(self) -> Mapping[str, Any]:
        """The state that failed first."""
        return _mapping(self.failure.get("state"))

    @property
    def error(self) -> Mapping[str, Any]:
        """The error it failed with, parsed."""
        return _mapping(self.failure.get("error"))

    @property
    def family(self) -> str:
        """The error's family."""
        return text_of(self.error, "family")

    @property
    def advice(self) -> Mapping[str, Any]:
        """What may be done about it."""
        return _mapping(self.sections.get("advice"))

    @property
    def involved(self) -> tuple[dict[str, Any], ...]:
        """The resources that the failure is about."""
        return records(self.sections, "involved")

    @property
    def chain(self) -> tuple[dict[str, Any], ...]:
        """The executions from the one asked about down to the deepest."""
        return records(self.seen.content, "chain")

    @property
    def items(self) -> Mapping[str, Any]:
        """How the items of the Map around the failure fared; empty outside of Maps."""
        return _mapping(self.state.get("items"))

    @property
    def map_run(self) -> Mapping[str, Any]:
        """The run of a distributed Map that it failed in; empty where it failed in none."""
        return _mapping(self.sections.get("map_run"))

    @property
    def place(self) -> str:
        """The failing state, with the items and branches it stands in."""
        around = [
            f"{'item' if one.get('kind') == 'iteration' else 'branch'} {one.get('index')} "
            f"of {one.get('owner')}"
            for one in records(self.state, "where")
        ]
        name = text_of(self.state, "name") or "a state"
        return f"{name} (in {', in '.join(around)})" if around else name

    def entry_of(self, *kinds: str) -> str:
        """Return the first resource of one of `kinds`, as the catalog or else AWS calls it."""
        fitting = [one for one in self.involved if text_of(one, "kind") in kinds]
        named = [one for one in fitting if text_of(one, "by") != "catalog"]
        for one in named or fitting:
            return text_of(one, "entry_id") or text_of(one, "name")
        return ""


@dataclass(frozen=True)
class RunComparison:
    """A failed execution beside a good one, as `compare_executions` tells it."""

    seen: Observation

    @property
    def told(self) -> Mapping[str, Any]:
        """The comparison itself."""
        return _mapping(self.seen.content.get("comparison"))

    @property
    def diverges_at(self) -> str:
        """The first state at which they part."""
        return text_of(_mapping(self.told.get("diverges_at")), "state")

    @property
    def good_started_at(self) -> datetime | None:
        """When the good one began."""
        return moment(self.seen.content.get("good_started_at"))

    def differences(self, *names: str) -> tuple[dict[str, Any], ...]:
        """Return the differences of some of the lists that a comparison has."""
        return tuple(one for name in names for one in records(self.told, name))


def machine_of(scene: Scene) -> str:
    """Return the state machine in question: its ARN, or the pipeline's name."""
    dimensions = scene.alarm.dimensions if scene.alarm else {}
    return scene.target.state_machine or dimensions.get("StateMachineArn", "") or scene.target.name


def failure_families(scene: Scene) -> tuple[FailureFamily, ...]:
    """Return the families of failures, those that began with the symptom first."""
    found = [
        FailureFamily(seen, told)
        for seen in list(scene.answers("list_failed_executions"))[-1:]
        for told in records(seen.content, "families")
    ]
    since = scene.onset - _SINCE
    current = [one for one in found if one.last_at is None or one.last_at >= since]

    def rank(one: FailureFamily) -> tuple[bool, int]:
        return (one.first_at is not None and one.first_at >= since, one.count)

    return tuple(sorted(current or found, key=rank, reverse=True))


def failed_run(scene: Scene) -> FailedRun | None:
    """Return the explanation of the failure in question, if one was asked for."""
    explained = {one.arn: one for one in _explained(scene)}
    for family in failure_families(scene):
        if family.latest in explained:
            return explained[family.latest]
    return next(reversed(explained.values()), None)


def comparison(scene: Scene) -> RunComparison | None:
    """Return how that failure differs from the last good execution, if that was asked for."""
    found = list(scene.answers("compare_executions"))
    return RunComparison(found[-1]) if found else None


def has_recovered(scene: Scene) -> bool:
    """Whether the newest execution succeeded after the last one that failed."""
    for seen in reversed(list(scene.answers("list_failed_executions"))):
        families = failure_families(scene)
        last = max((one.last_at for one in families if one.last_at), default=None)
        for latest in records(seen.content, "latest"):
            began = moment(latest.get("started_at"))
            if text_of(latest, "status") == "SUCCEEDED" and began is not None:
                return last is None or began >= last - _SINCE
        return False
    return False


def _explained(scene: Scene) -> list[FailedRun]:
    runs = [FailedRun(seen) for seen in scene.answers("explain_execution_failure")]
    return [run for run in runs if run.failure]


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
