"""Variants: valid, true to their fault, the same for the same seed, and really different."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local_cloud.sandbox import list_scenarios
from local_cloud.sandbox.injection import library
from local_cloud.sandbox.ringing import rings, was_quiet
from local_cloud.sandbox.scenario import Scenario, load
from local_cloud.sandbox.variants import vary
from local_cloud.sandbox.wordings import families, said_otherwise

LIBRARY = {slug: load(slug, library()) for slug in list_scenarios()}
SEEDS = st.integers(min_value=0, max_value=10**6)
MOMENT = 1_795_000_000.0


def names_of(scenario: Scenario) -> set[str]:
    pieces = {name for pipeline in scenario.pipelines for name in pipeline.names()}
    return {part.name for part in scenario.parts} | pieces


@settings(max_examples=40, deadline=None)
@given(slug=st.sampled_from(sorted(LIBRARY)), seed=SEEDS)
def test_a_variant_is_valid_and_its_truth_is_about_something_in_it(slug: str, seed: int) -> None:
    original, variant = LIBRARY[slug], vary(LIBRARY[slug], seed)

    assert Scenario.model_validate(variant.model_dump(mode="json")) == variant
    assert bool(variant.truth.component) is bool(original.truth.component)
    assert variant.truth.components <= names_of(variant) | original.truth.components
    assert variant.truth.fault == original.truth.fault
    assert variant.truth.acceptable_actions == original.truth.acceptable_actions


@settings(max_examples=15, deadline=None)
@given(slug=st.sampled_from(sorted(LIBRARY)), seed=SEEDS)
def test_the_same_seed_gives_the_same_bytes(slug: str, seed: int) -> None:
    first, second = vary(LIBRARY[slug], seed), vary(LIBRARY[slug], seed)

    assert first.model_dump_json() == second.model_dump_json()


@pytest.mark.parametrize("slug", sorted(LIBRARY))
def test_no_name_of_the_original_is_left_in_the_names_of_a_variant(slug: str) -> None:
    variant = vary(LIBRARY[slug], 11)

    assert not names_of(variant) & names_of(LIBRARY[slug])
    assert variant.alarm.name != LIBRARY[slug].alarm.name


@pytest.mark.parametrize("slug", sorted(LIBRARY))
def test_a_variants_alarm_rings_because_of_its_fault(slug: str) -> None:
    variant = vary(LIBRARY[slug], 23)

    assert rings(variant, MOMENT)
    assert was_quiet(variant, MOMENT)


def test_a_line_is_said_otherwise_by_its_family_and_keeps_whom_it_is_about() -> None:

    chances = [Random(seed) for seed in range(20)]  # noqa: S311 - variety, nothing secret
    line = "refused: https://identity.internal:8443/token failed, reason: certificate has expired"
    said = {said_otherwise(line, frozenset(), chance) for chance in chances}

    assert len(said) == 3
    assert all("identity.internal" in one for one in said)
    assert said_otherwise("all is well", frozenset(), chances[0]) == "all is well"


def test_every_wording_is_one_of_its_own_family_or_of_none_before_it() -> None:
    for number, family in enumerate(families()):
        for earlier in families()[:number]:
            assert not any(earlier.tells(said) for said in family.say), (family.family, earlier)
