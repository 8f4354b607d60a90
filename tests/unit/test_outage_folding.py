"""Which alarms fold into one incident: the rule, on small cases and on random estates."""

import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from itops_core.workflow.correlation import Outage, Relation, Topology, place
from tests.support.outages import NOON, RULE, Rung, alarms_of, an_estate, folded, scored

SHOP = Topology(
    {
        "frontend": ("checkout", "catalog"),
        "checkout": ("payment", "inventory"),
        "catalog": ("inventory",),
        "payment": (),
        "inventory": ("table",),
        "table": (),
        "mail": (),
    }
)
SCENARIOS = Path(__file__).parents[2] / "scenarios"


def together(*rung: tuple[str, float], topology: Topology = SHOP) -> list[set[str]]:
    """Return the services of each incident, alarms of (service, seconds) coming in this order."""

    class _Estate:
        pass

    estate: Any = _Estate()
    estate.topology = topology
    alarms = [Rung(name, NOON + timedelta(seconds=at), frozenset()) for name, at in rung]
    where = folded(estate, alarms)
    return sorted(
        ({name for name, one in where.items() if one == each} for each in set(where.values())),
        key=sorted,
    )


def an_outage(lead: str, *others: str, incident_id: str = "I1") -> Outage:
    ailing = dict.fromkeys((lead, *others), NOON)
    return Outage(incident_id=incident_id, lead=lead, ailing=ailing, opened_at=NOON)


@pytest.mark.parametrize("first", ["frontend", "catalog"])
def test_a_caller_and_its_sick_dependency_are_one_outage_whoever_rings_first(first: str) -> None:
    second = "catalog" if first == "frontend" else "frontend"

    assert together((first, 0), (second, 30)) == [{"catalog", "frontend"}]


def test_the_deepest_ailing_dependency_known_leads() -> None:
    outage = an_outage("frontend")

    deeper = place(SHOP, RULE, [outage], ("catalog", NOON)).outage
    assert deeper is not None
    deepest = place(SHOP, RULE, [deeper], ("inventory", NOON)).outage

    assert deepest is not None
    assert (deeper.lead, deepest.lead) == ("catalog", "inventory")
    assert set(deepest.ailing) == {"frontend", "catalog", "inventory"}


def test_two_outages_below_one_caller_stay_apart_once_one_explains_it() -> None:
    assert together(("payment", 0), ("checkout", 20), ("inventory", 40)) == [
        {"checkout", "payment"},
        {"inventory"},
    ]


def test_two_callers_of_a_hub_that_does_not_ring_stay_apart() -> None:
    assert together(("checkout", 0), ("catalog", 10)) == [{"catalog"}, {"checkout"}]


def test_a_hub_that_rings_at_last_makes_one_outage_of_its_callers() -> None:
    assert together(("checkout", 0), ("catalog", 10), ("inventory", 20)) == [
        {"catalog", "checkout", "inventory"}
    ]


def test_what_is_worked_on_already_is_folded_into_nothing() -> None:
    worked_on = an_outage("checkout", incident_id="I1")
    fresh = an_outage("catalog", incident_id="I2")

    placed = place(SHOP, RULE, [fresh, worked_on], ("inventory", NOON), frozenset({"I1"}))

    assert placed.outage is not None
    assert (placed.outage.incident_id, placed.outage.lead) == ("I1", "inventory")
    assert [one.incident_id for one in placed.absorbed] == ["I2"]


def test_services_without_a_path_between_them_stay_apart() -> None:
    assert together(("payment", 0), ("mail", 0)) == [{"mail"}, {"payment"}]


def test_a_path_longer_than_configured_is_followed_only_over_what_ails_in_between() -> None:
    assert together(("frontend", 0), ("table", 5)) == [{"frontend"}, {"table"}]
    assert together(("frontend", 0), ("table", 5), ("catalog", 9)) == [
        {"catalog", "frontend", "table"}
    ]


def test_alarms_too_far_apart_in_time_are_two_outages() -> None:
    assert together(("catalog", 0), ("frontend", 301)) == [{"catalog"}, {"frontend"}]


def test_a_service_that_ails_belongs_to_its_outage_however_late() -> None:
    placed = place(SHOP, RULE, [an_outage("catalog")], ("catalog", NOON + timedelta(hours=3)))

    assert placed.relation is Relation.SAME


def test_services_that_lean_on_each_other_are_one_outage() -> None:
    ring = Topology({"a": ("b",), "b": ("c",), "c": ("a",)})

    assert together(("a", 0), ("c", 1), ("b", 2), topology=ring) == [{"a", "b", "c"}]


@given(st.integers(0, 10**9), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_whatever_the_order_every_alarm_has_one_incident_and_unconnected_ones_never_share(
    seed: int, order: random.Random
) -> None:
    dice = random.Random(seed)  # noqa: S311 - variety, nothing secret
    estate = an_estate(dice)
    faults = dice.sample(sorted(estate.depends_on), 3)
    rung = alarms_of(dice, estate, faults)
    order.shuffle(rung)

    where = folded(estate, rung)

    assert set(where) == {alarm.service for alarm in rung}
    for one in rung:
        for other in rung:
            if where[one.service] == where[other.service]:
                component = estate.topology.component_of
                assert component(one.service) == component(other.service)


@pytest.mark.parametrize(
    ("faults", "precision", "recall"), [(1, 1.0, 0.96), (2, 0.95, 0.93), (3, 0.88, 0.92)]
)
def test_on_random_estates_pairs_are_folded_as_they_should_be(
    faults: int, precision: float, recall: float
) -> None:
    right = wrong = apart = 0
    for seed in range(150):
        dice = random.Random(seed)  # noqa: S311 - variety, nothing secret
        estate = an_estate(dice)
        rung = alarms_of(dice, estate, dice.sample(sorted(estate.depends_on), faults))
        rung.sort(key=lambda alarm: alarm.at)
        found = scored(rung, folded(estate, rung))
        right, wrong, apart = right + found[0], wrong + found[1], apart + found[2]

    assert right / (right + wrong) >= precision
    assert right / (right + apart) >= recall


def test_in_the_scenarios_no_alarm_folds_with_that_of_another_fault() -> None:
    told = 0
    for path in sorted(SCENARIOS.glob("*/scenario.yaml")):
        scenario = yaml.safe_load(path.read_text(encoding="utf-8"))
        further = scenario.get("further_alarms") or []
        if not further or "service" not in scenario.get("alarm", {}):
            continue
        leans = {
            one["name"]: tuple(one.get("depends_on") or ()) for one in scenario.get("estate") or []
        }
        services = [scenario["alarm"]["service"], *(one["service"] for one in further)]
        apart = together(*((name, 10.0 * n) for n, name in enumerate(services)),
                         topology=Topology(leans))  # fmt: skip
        assert len(apart) == len(set(services)), path.parent.name
        told += 1

    assert told
