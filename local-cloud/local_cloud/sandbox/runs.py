"""Faults that are active now, kept in SSM so that they survive a restart."""

import base64
import json
import zlib
from typing import Any

from pydantic import Field

from itops_core.domain.values import Value
from itops_core.errors import NotFoundError
from local_cloud.sandbox.components import ComponentSpec
from local_cloud.sandbox.estate import ServiceSpec
from local_cloud.sandbox.parts import Part
from local_cloud.sandbox.scenario import Scenario
from local_cloud.sandbox.story import Story, Turning
from local_cloud.sandbox.world import ServiceState, World

ACTIVE = "/sandbox/active"


class Baseline(Value):
    """How ECS described a service when the fault was injected."""

    deployment: str
    task_definition: str
    desired_count: int
    tasks: tuple[str, ...] = ()


class Run(Value):
    """One injected scenario: where it stands in time, and what it started from."""

    name: str = Field(description="The slug, with `.suffix` where one was given.")
    scenario: Scenario
    onset: float
    injected_at: float
    rebuilt: tuple[str, ...] = Field(description="Parts whose telemetry this run provides.")
    guests: tuple[str, ...] = Field(description="Parts that are not of the seeded estate.")
    baseline: dict[str, Baseline]
    facts: dict[str, dict[str, float | str]] = Field(
        default_factory=dict, description="How components stood when it was injected."
    )
    tasks: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="ARNs of tasks of which one alone tells something."
    )
    revisions: dict[str, str] = Field(
        description="Task definition ARN, or revision of a function, by change id."
    )
    turnings: tuple[tuple[float, float], ...] = ()

    @property
    def alarm_name(self) -> str:
        """The alarm that tells of it."""
        return self.scenario.alarm.name

    @property
    def turned_at(self) -> float:
        """When the world last changed its course: at the injection, or since."""
        return max([self.injected_at, *(at for at, _ in self.turnings)])

    @property
    def intensity(self) -> float:
        """How hard the fault is meant to bite now."""
        return self.turnings[-1][1] if self.turnings else 1.0

    def turned(self, at: float, intensity: float) -> "Run":
        """Return this run from `at` on with another intensity."""
        return self.model_copy(update={"turnings": (*self.turnings[-7:], (at, intensity))})

    def story(self) -> Story:
        """Return its telemetry as a function of time."""
        turnings = [Turning(at, intensity) for at, intensity in self.turnings]
        return Story(self.scenario, self.onset, turnings, seed=self.name)

    def own_parts(self) -> tuple[Part, ...]:
        """Return the parts whose telemetry this run provides."""
        return (*self.own_services(), *self.own_components(), *self.scenario.pipelines)

    def own_services(self) -> tuple[ServiceSpec, ...]:
        """Return the ECS services among them."""
        return tuple(one for one in self.scenario.estate if one.name in self.rebuilt)

    def own_components(self) -> tuple[ComponentSpec, ...]:
        """Return the others."""
        return tuple(one for one in self.scenario.components if one.name in self.rebuilt)


class RunStore:
    """Active runs by name; unpacked again only when they changed."""

    def __init__(self, world: World) -> None:
        self._ssm = world.ssm
        self._remove = world.remove_parameter
        self._known: dict[str, tuple[int, Run]] = {}

    def save(self, run: Run) -> None:
        """Store a run, in place of the one of that name."""
        self._ssm.put_parameter(
            Name=f"{ACTIVE}/{run.name}",
            Value=_packed(run),
            Type="String",
            Tier="Intelligent-Tiering",
            Overwrite=True,
        )

    def get(self, name: str) -> Run:
        """Return one run, or raise `NotFoundError` with the active ones."""
        active = {run.name: run for run in self.list()}
        if name not in active:
            raise NotFoundError(f"{name!r} is not active; active: {', '.join(active) or 'none'}")
        return active[name]

    def save_if_current(self, run: Run) -> None:
        """Store a run, unless it was cleared or injected anew since it was read."""
        stored = {one.name: one for one in self.list()}.get(run.name)
        if stored is not None and stored.injected_at == run.injected_at:
            self.save(run)

    def delete(self, name: str) -> None:
        """Forget a run; there may be none."""
        self._remove(f"{ACTIVE}/{name}")

    def list(self) -> tuple[Run, ...]:
        """Return all active runs, by name."""
        pages = self._ssm.get_paginator("get_parameters_by_path").paginate(
            Path=ACTIVE, Recursive=True
        )
        found = {raw["Name"]: self._read(raw) for page in pages for raw in page["Parameters"]}
        self._known = found
        return tuple(run for _, run in found.values())

    def _read(self, raw: dict[str, Any]) -> tuple[int, Run]:
        known = self._known.get(raw["Name"])
        stamp = hash((raw["Version"], raw["Value"]))
        return known if known and known[0] == stamp else (stamp, _unpacked(raw["Value"]))


def baseline_of(states: dict[str, ServiceState]) -> dict[str, Baseline]:
    """Return how things stand, in the form a run remembers."""
    return {
        name: Baseline(
            deployment=state.deployment,
            task_definition=state.task_definition,
            desired_count=state.desired_count,
            tasks=state.tasks,
        )
        for name, state in states.items()
    }


def _packed(run: Run) -> str:
    text = run.model_dump_json(exclude_defaults=True)
    return base64.b85encode(zlib.compress(text.encode(), 9)).decode()


def _unpacked(value: str) -> Run:
    return Run.model_validate(json.loads(zlib.decompress(base64.b85decode(value))))
