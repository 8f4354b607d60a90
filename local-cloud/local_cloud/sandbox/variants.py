"""Variants of a scenario: the same fault elsewhere, under other names, numbers, times and words.

Every choice follows from the seed, and what is true is renamed along: who diagnoses a variant
wrongly has learned names, not faults.
"""

from random import Random
from typing import Any

from local_cloud.sandbox.bystanders import with_false_leads
from local_cloud.sandbox.other_names import other_names
from local_cloud.sandbox.renaming import renamed
from local_cloud.sandbox.ringing import rings, was_quiet
from local_cloud.sandbox.scaling import scaled
from local_cloud.sandbox.scenario import Scenario
from local_cloud.sandbox.wordings import said_otherwise

Fields = dict[str, Any]

_ATTEMPTS = 12
_MOMENT = 1_800_000_000.0
"""Whether a variant's alarm rings is tried at some moment; any will do."""
_OTHERWISE = 0.8
"""How often a line that can be said otherwise is."""
_FORMATS = ("plain", "json", "logback", "go")
_TRIED_LATER = {"spike", "sawtooth"}


def vary(scenario: Scenario, seed: int) -> Scenario:
    """Return a variant of `scenario`; the same seed always gives the same one."""
    for attempt in range(_ATTEMPTS):
        chance = Random(f"{seed}:{attempt}")  # noqa: S311 - variety, nothing secret
        variant = _varied(scenario, seed, chance, mild=attempt >= _ATTEMPTS // 2)
        if rings(variant, _MOMENT) and was_quiet(variant, _MOMENT):
            return variant
    chance = Random(f"{seed}:renamed")  # noqa: S311 - variety, nothing secret
    return renamed(scenario, other_names(scenario, chance))


def _varied(scenario: Scenario, seed: int, chance: Random, *, mild: bool) -> Scenario:
    other = renamed(scenario, other_names(scenario, chance))
    if not mild:
        other = scaled(other, chance)
    fields = other.model_dump(mode="json")
    fields["seed"] = chance.randint(1, 1_000_000) + seed % 7
    fields["noise"] = round(fields["noise"] * chance.uniform(0.6, 1.5), 3)
    _retime(fields, chance)
    _reword(fields, other, chance)
    _reformat(fields, chance)
    fields["alarm"]["name"] = f"{chance.choice(('prod', 'p1', 'ops'))}-{chance.randint(100, 999)}"
    fields["alarm"]["description"] = "Look into this."
    with_false_leads(fields, chance)
    for section in ("estate", "components", "effects", "logs", "changes"):
        chance.shuffle(fields[section])
    return Scenario.model_validate(fields)


def _retime(fields: Fields, chance: Random) -> None:
    """Let it be longer ago, unless it comes and goes; changes keep their order of cause."""
    passing = any(effect["shape"] in _TRIED_LATER for effect in fields["effects"]) or any(
        one["when"] == "minutes_passed" for one in fields["physics"]["recovers_when"]
    )
    if not passing:
        fields["onset_minutes_ago"] = round(
            fields["onset_minutes_ago"] * chance.uniform(1.0, 1.3), 2
        )
    for change in fields["changes"]:
        guilty = change["change_id"] == fields["truth"]["change"]
        spread = (0.8, 1.3) if guilty else (0.7, 1.5)
        minutes = change["minutes_before_onset"] * chance.uniform(*spread)
        change["minutes_before_onset"] = round(max(0.2, minutes), 2)


def _reword(fields: Fields, scenario: Scenario, chance: Random) -> None:
    names = frozenset(part.name for part in scenario.parts)
    for log in fields["logs"]:
        log["per_minute"] = round(log["per_minute"] * chance.uniform(0.6, 1.7), 2)
        if chance.random() < _OTHERWISE:
            others = names - {log["service"]}
            log["message"] = said_otherwise(log["message"], others, chance)


def _reformat(fields: Fields, chance: Random) -> None:
    for service in fields["estate"]:
        service["log_format"] = chance.choice(_FORMATS)
        if service["log_group"] is None and chance.random() < 0.5:
            service["log_group"] = f"/{service['cluster']}/{service['name']}"
        service["metric_namespace"] = chance.choice(
            (service["metric_namespace"], "Acme/App", "Platform", "prod-services")
        )
