"""Every rehearsed fault through the whole chain, held against its truth; then in another shop."""

from collections.abc import Callable

import pytest

from itops_cli.demo import wake
from itops_core.domain.incident import Incident
from local_cloud.address import Address
from local_cloud.sandbox import Run, clear, inject, inject_scenario
from local_cloud.sandbox.injection import library
from local_cloud.sandbox.renaming import suffixed
from local_cloud.sandbox.scenario import load
from local_cloud.sandbox.variants import vary
from tests.support.chain import assert_true_to, carried_through, way_of
from tests.support.chaos.stories import PLAIN, outline
from tests.support.scenarios import REHEARSED

SEED = 2026
"""One shop is enough here; the evals visit many."""

AT_THE_FRONT_DOOR = ("payment-oom", "bad-deploy-5xx")
"""What `test_front_door.py` tells as its story in every run."""


@pytest.fixture(scope="module", autouse=True)
def awake(cloud: Address) -> None:
    """Start the tool servers' workers: a machine busy with tests may take too long for a step."""
    wake(cloud)


@pytest.mark.parametrize(
    "slug",
    [
        pytest.param(slug, marks=pytest.mark.slow) if slug in AT_THE_FRONT_DOOR else slug
        for slug in REHEARSED
    ],
)
def test_a_fault_is_diagnosed_and_dealt_with(
    cloud: Address, slug: str, unique: Callable[[str], str]
) -> None:
    run = inject(cloud, slug, suffix=unique("s"))

    ended = _ends_as_it_should(cloud, run)

    if slug in PLAIN:
        # What the chaos suite plays is what the real engine does: the same way, state by state.
        assert outline(way_of(cloud, ended)) == list(PLAIN[slug].way)


@pytest.mark.slow
@pytest.mark.parametrize("slug", REHEARSED)
def test_the_same_fault_in_another_shop_is_dealt_with_just_as_well(
    cloud: Address, slug: str, unique: Callable[[str], str]
) -> None:
    scenario = suffixed(vary(load(slug, library()), SEED), unique("v"))
    run = inject_scenario(cloud, f"variant-{slug}", scenario)

    _ends_as_it_should(cloud, run)


def _ends_as_it_should(cloud: Address, run: Run) -> Incident:
    try:
        outcome = carried_through(cloud, run)
        assert_true_to(outcome)
    finally:
        clear(cloud, run.name)
    return outcome.incident
