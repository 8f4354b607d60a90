"""The remediation catalogue: what can be done at all, as data from `config/actions.yaml`."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

import yaml
from pydantic import Field

from itops_core.domain.remediation import Action, BlastSize, Risk
from itops_core.domain.values import Value
from itops_core.errors import InvalidInputError
from itops_core.remediation.traffic import TrafficRules
from itops_core.settings import bundled

_PLACEHOLDER = re.compile(r"\{(parameters|before)\.(\w+)\}")


class ParameterSpec(Value):
    """One parameter of an action and what it accepts."""

    type: Literal["string", "integer"]
    description: str
    pattern: str | None = None
    minimum: int | None = None
    maximum: int | None = None
    sized: bool = Field(
        default=False, description="A preview may leave it out: code picks it from live state."
    )

    def fault_in(self, value: object) -> str | None:
        """Return what is wrong with `value`, or `None`."""
        if self.type == "integer":
            return self._fault_in_integer(value)
        if not isinstance(value, str):
            return "must be a string"
        if self.pattern and not re.fullmatch(self.pattern, value, re.DOTALL):
            return f"must look like {self.pattern}"
        return None

    def _fault_in_integer(self, value: object) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int):
            return "must be a whole number"
        if self.minimum is not None and value < self.minimum:
            return f"must be at least {self.minimum}"
        if self.maximum is not None and value > self.maximum:
            return f"must be at most {self.maximum}"
        return None


class InverseTemplate(Value):
    """How the action that undoes another is made out of it and of the state before."""

    name: str
    parameters: dict[str, str]


class ActionSpec(Value):
    """One thing that can be done, and all that code needs to know of it."""

    name: str
    description: str
    kind: Literal["ecs_service", "execution", "queue", "lambda", "table", "device", "people"]
    target: str = Field(description="The parameter that names what is changed.")
    parameters: dict[str, ParameterSpec]
    precondition: str
    inverse: InverseTemplate | None
    reversible: bool
    harmless_in_vain: bool = Field(
        default=False,
        description="Where it did not help it is kept: it only costs, and going back could hurt.",
    )
    disturbs_requests: bool = Field(
        default=False,
        description="What reaches the thing may feel it; only then does traffic make it riskier.",
    )
    risk: Risk
    blast: BlastSize
    success_probe: Literal["alarm_and_health", "alarm", "none"]
    cost: str
    iam: tuple[str, ...]

    def target_of(self, action: Action) -> str:
        """Return how `action` names what it changes."""
        if self.kind == "people":
            return "people on call"
        return str(action.parameters.get(self.target, ""))

    def inverse_of(self, action: Action, before: Mapping[str, Any]) -> Action | None:
        """Return what undoes `action` if the state was `before`, or `None`: nothing does."""
        if self.inverse is None:
            return None
        known = {"parameters": action.parameters, "before": dict(before)}
        filled = {key: _filled(text, known) for key, text in self.inverse.parameters.items()}
        return Action(name=self.inverse.name, parameters=filled)


class BlastThresholds(Value):
    """How many dependants make a blast radius small or medium; more make it large."""

    small_up_to: int = Field(ge=0)
    medium_up_to: int = Field(ge=0)

    def size_of(self, dependants: int) -> BlastSize:
        """Return the size of a blast radius that reaches so many dependants."""
        if dependants <= self.small_up_to:
            return BlastSize.SMALL
        return BlastSize.MEDIUM if dependants <= self.medium_up_to else BlastSize.LARGE


class Catalogue(Value):
    """Every action there is, and which mode may use which."""

    actions: dict[str, ActionSpec]
    modes: dict[str, tuple[str, ...]]
    blast_radius: BlastThresholds
    traffic: TrafficRules

    def spec(self, name: str) -> ActionSpec:
        """Return the action called `name`, or raise `InvalidInputError`."""
        if name not in self.actions:
            known = ", ".join(sorted(self.actions))
            raise InvalidInputError(f"there is no action {name!r}; there are {known}")
        return self.actions[name]

    def check(self, action: Action, *, may_be_sized: bool = False) -> ActionSpec:
        """Return the entry of `action`, or raise `InvalidInputError` that says what it takes.

        Where it `may_be_sized`, the numbers that code can pick may be missing.
        """
        spec = self.spec(action.name)
        missing = sorted(set(spec.parameters) - set(action.parameters))
        faults = [
            f"{key} is missing"
            for key in missing
            if not (may_be_sized and spec.parameters[key].sized)
        ]
        for key, value in action.parameters.items():
            known = spec.parameters.get(key)
            fault = "is not a parameter of it" if known is None else known.fault_in(value)
            if fault:
                faults.append(f"{key} {fault}")
        if faults:
            raise InvalidInputError(f"{action.name}: {'; '.join(faults)}")
        return spec

    def allows(self, mode: str, name: str) -> bool:
        """Whether `mode` may use the action at all."""
        return name in self.modes.get(mode, ())


def parse_catalogue(text: str) -> Catalogue:
    """Return the catalogue written in `text`; raise `ValueError` where it contradicts itself."""
    raw: dict[str, Any] = yaml.safe_load(text)
    actions = {name: {"name": name, **fields} for name, fields in raw["actions"].items()}
    catalogue = Catalogue.model_validate({**raw, "actions": actions})
    for mode, names in catalogue.modes.items():
        for name in names:
            if name not in catalogue.actions:
                raise ValueError(f"mode {mode} names an action that does not exist: {name}")
    for spec in catalogue.actions.values():
        if spec.target not in spec.parameters:
            raise ValueError(f"{spec.name} has no parameter {spec.target}, which names its target")
        if spec.inverse is not None:
            _check_inverse(spec, spec.inverse, catalogue)
    return catalogue


@lru_cache
def catalogue() -> Catalogue:
    """Return the catalogue of this process."""
    return parse_catalogue((bundled("config") / "actions.yaml").read_text(encoding="utf-8"))


def _check_inverse(spec: ActionSpec, inverse: InverseTemplate, known: Catalogue) -> None:
    if inverse.name not in known.actions:
        raise ValueError(f"the inverse of {spec.name} does not exist: {inverse.name}")
    if set(inverse.parameters) != set(known.actions[inverse.name].parameters):
        raise ValueError(f"the inverse of {spec.name} does not fit {inverse.name}")
    for text in inverse.parameters.values():
        for source, key in _PLACEHOLDER.findall(text):
            if source == "parameters" and key not in spec.parameters:
                raise ValueError(f"the inverse of {spec.name} uses {key}, which it does not take")


def _filled(text: str, known: Mapping[str, Mapping[str, Any]]) -> Any:  # noqa: ANN401
    """Return `text` with its placeholders replaced; one that stands alone keeps its type."""
    whole = _PLACEHOLDER.fullmatch(text)
    if whole:
        return known[whole[1]][whole[2]]
    return _PLACEHOLDER.sub(lambda found: str(known[found[1]][found[2]]), text)
