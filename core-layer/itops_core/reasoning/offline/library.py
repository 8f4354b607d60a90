"""The fault library: faults, symptoms, log phrases and metric roles, read once and checked."""

import re
from collections.abc import Collection
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from itops_core.domain.verdict import Severity

_FOLDER = Path(__file__).parents[1] / "faults"
_SPECIAL = {"symptoms.yaml", "phrases.yaml", "metrics.yaml", "calibration.yaml"}


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Symptom(_Entry):
    """Something that can be seen. `usual` is how often it is with other causes."""

    id: str
    usual: float = Field(gt=0, lt=1)
    group: str
    says: str
    says_not: str = ""
    says_alone: str = ""
    """What is said of it where nobody knows that it was not so before."""


class Shown(_Entry):
    """How often a fault shows a symptom, and what has to be seen with it for that to count."""

    seen: float = Field(ge=0, le=1)
    only_with: tuple[str, ...] = ()


class ActionTemplate(_Entry):
    """An action that undoes a fault; parameters are filled in from what was observed."""

    name: str
    parameters: dict[str, str]
    because: str
    only_with: tuple[str, ...] = ()
    narrower: bool = False
    """It touches no more than the part that is ill: the first choice where that part is known."""


class Fault(_Entry):
    """One way in which things break, and how that shows."""

    id: str
    title: str
    category: str
    prior: float = Field(gt=0, lt=1)
    kinds: tuple[str, ...]
    mechanism: str
    shows: dict[str, Shown]
    needs: tuple[str, ...] = ()
    """Symptoms without which it is never the verdict."""
    at: str = "component"
    """Where the fault lies, if it may be elsewhere: `dependency` is what it leans on, `consumer`
    who works for it, `source` whose dead letters it holds, `peer` itself or whom it talks to,
    `caller` whoever should call it; a pipeline's faults name what its failing state calls."""
    of_kind: str = ""
    """What kind of component that is, if only one kind can be."""
    blames_change: bool = False
    is_healthy: bool = False
    severity: Severity | None = None
    """At least this bad."""
    actions: tuple[ActionTemplate, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _plain_numbers(cls, values: dict[str, Any]) -> dict[str, Any]:
        shows: dict[str, Any] = values.get("shows", {})
        full = {
            key: value if isinstance(value, dict) else {"seen": value}
            for key, value in shows.items()
        }
        return {**values, "shows": full}


class MetricRole(_Entry):
    """What metrics of one kind are about."""

    id: str
    patterns: tuple[str, ...]
    reveals: tuple[str, ...]
    statistic: str

    @cached_property
    def expression(self) -> re.Pattern[str]:
        """All patterns in one."""
        return re.compile("|".join(f"(?:{pattern})" for pattern in self.patterns), re.IGNORECASE)


class LogFamily(_Entry):
    """One way in which logs word a failure."""

    id: str
    patterns: tuple[str, ...]
    any_level: bool = False
    generic: bool = False
    """Counts only where no more specific family does."""
    unless: tuple[str, ...] = ()
    """Does not count beside these."""

    @cached_property
    def expression(self) -> re.Pattern[str]:
        """All patterns in one."""
        return re.compile("|".join(f"(?:{pattern})" for pattern in self.patterns), re.IGNORECASE)

    def vagueness(self, message: str) -> int:
        """Return how far down the first pattern stands that a message matches."""
        matching = (
            at
            for at, pattern in enumerate(self.patterns)
            if re.search(pattern, message, re.IGNORECASE)
        )
        return next(matching, len(self.patterns))


class Calibration(_Entry):
    """What turns weights into probabilities; `calibration.yaml` explains each."""

    temperature: float = Field(gt=0)
    highest: float = Field(gt=0, lt=1)
    unknown_prior: float = Field(gt=0, lt=1)
    discount: float = Field(ge=0, le=1)
    unexplained: float = Field(gt=0, lt=1)
    calm: float = Field(gt=0, lt=1)
    elsewhere: float = Field(gt=0, le=1)
    deeper: float = Field(gt=0)


class Library(_Entry):
    """Everything that is known before anything is seen."""

    symptoms: dict[str, Symptom]
    faults: tuple[Fault, ...]
    families: tuple[LogFamily, ...]
    roles: tuple[MetricRole, ...]
    known_metrics: dict[str, tuple[str, ...]]
    calibration: Calibration

    @cached_property
    def calm(self) -> dict[str, float]:
        """How often each symptom is seen where nothing is wrong; the likeliest over all kinds."""
        found: dict[str, float] = {}
        for fault in self.faults:
            for symptom, shown in fault.shows.items() if fault.is_healthy else ():
                found[symptom] = max(shown.seen, found.get(symptom, 0.0))
        return found

    @model_validator(mode="after")
    def _only_known_symptoms(self) -> Self:
        named = {symptom for fault in self.faults for symptom in (*fault.shows, *fault.needs)}
        named |= {symptom for role in self.roles for symptom in role.reveals}
        named |= {family.id for family in self.families}
        if unknown := named - set(self.symptoms):
            raise ValueError(f"symptoms.yaml does not know {sorted(unknown)}")
        return self

    def for_kinds(self, kinds: Collection[str]) -> tuple[Fault, ...]:
        """Return the faults that a component of one of `kinds` can have, each once.

        What is of unknown kind can have all but those of pipelines, which say what they are.
        """
        fitting = (
            fault
            for fault in self.faults
            if (set(kinds) & set(fault.kinds) if kinds else fault.kinds != ("pipeline",))
        )
        found: dict[str, Fault] = {}
        for fault in fitting:
            found.setdefault(fault.id, fault)
        return tuple(found.values())

    def fault(self, fault_id: str, kinds: Collection[str] = ()) -> Fault | None:
        """Return one fault as components of `kinds` have it, or `None`.

        What is one fault to people may show in another way in another kind of component.
        """
        known = [fault for fault in self.faults if fault.id == fault_id]
        return next(
            (fault for fault in known if set(kinds) & set(fault.kinds)), (known or [None])[0]
        )

    def role_of(self, metric: str) -> MetricRole | None:
        """Return what a metric of that name is about, or `None`."""
        return next((role for role in self.roles if role.expression.search(metric)), None)


@lru_cache
def library() -> Library:
    """Return the fault library of this installation."""
    metrics = _read(_FOLDER / "metrics.yaml")
    files = [_read(path) for path in sorted(_FOLDER.glob("*.yaml")) if path.name not in _SPECIAL]
    return Library(
        symptoms={
            key: Symptom(id=key, **values)
            for file in (_read(_FOLDER / "symptoms.yaml"), *files)
            for key, values in file.get("symptoms", {}).items()
        },
        faults=tuple(Fault.model_validate(fault) for file in files for fault in file["faults"]),
        families=tuple(
            LogFamily(id=key, **values)
            for file in (*files, _read(_FOLDER / "phrases.yaml"))
            for key, values in file.get("families", {}).items()
        ),
        roles=tuple(
            MetricRole(id=key, **values)
            for file in (*files, metrics)
            for key, values in file.get("roles", {}).items()
        ),
        known_metrics={
            namespace: tuple(names)
            for file in (metrics, *files)
            for namespace, names in file.get("known", {}).items()
        },
        calibration=Calibration.model_validate(_read(_FOLDER / "calibration.yaml")),
    )


def _read(path: Path) -> Any:  # noqa: ANN401 - checked by the models above
    # The C loader, where there is one, reads the library three times as fast.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506


@lru_cache
def stop_reasons() -> dict[str, re.Pattern[str]]:
    """Return how ECS words why tasks end, per symptom."""
    worded: dict[str, list[str]] = _read(_FOLDER / "phrases.yaml")["stop_reasons"]
    return {
        symptom: re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)
        for symptom, patterns in worded.items()
    }
