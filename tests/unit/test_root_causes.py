"""A cause is where a loss has no explanation further down."""

from dataclasses import replace

import pytest

from itops_core.errors import InvalidInputError
from monitoring_server.analysis.losses import Series
from monitoring_server.analysis.root_causes import (
    Suspect,
    Symptom,
    Telemetry,
    rank_root_causes,
)
from tests.unit.root_cause_worlds import SHOP, incident, table

_SLOW = Symptom("front", "latency")
_FAILING = Symptom("front", "availability")


def _first(suspects: list[Suspect]) -> str | None:
    return suspects[0].component if suspects else None


@pytest.mark.parametrize("cause", ["front", "search", "index", "cart", "pay", "bank", "stock"])
def test_the_component_that_became_slow_is_first(cause: str) -> None:
    assert _first(rank_root_causes(SHOP, incident(slow={cause: 0.2}), _SLOW)) == cause


@pytest.mark.parametrize("cause", ["front", "search", "index", "cart", "pay", "bank", "stock"])
def test_the_component_that_fails_requests_is_first(cause: str) -> None:
    assert _first(rank_root_causes(SHOP, incident(failing={cause: 0.1}), _FAILING)) == cause


def test_of_two_causes_the_costlier_one_is_first() -> None:
    telemetry = incident(slow={"index": 0.1, "bank": 0.3})

    suspects = rank_root_causes(SHOP, telemetry, _SLOW)

    assert [suspect.component for suspect in suspects[:2]] == ["bank", "index"]
    assert sum(suspect.score for suspect in suspects) == pytest.approx(1)


def test_the_reason_names_both_levels_and_the_loss() -> None:
    why = rank_root_causes(SHOP, incident(slow={"pay": 0.2}), _SLOW)[0].why

    assert "latency rose from 0.0" in why
    assert "seconds of waiting of its own that none of the 1 it calls explains" in why


@pytest.mark.parametrize("symptom", [_SLOW, _FAILING])
def test_nobody_is_suspected_in_a_normal_window(symptom: Symptom) -> None:
    assert rank_root_causes(SHOP, incident(), symptom) == []


def test_another_statistic_of_the_target_leads_to_the_same_cause() -> None:
    telemetry = incident(slow={"bank": 0.2})
    still: Series = {**telemetry.abnormal, ("front", "latency", "p50"): (0.1,) * 6}

    suspects = rank_root_causes(
        SHOP, replace(telemetry, abnormal=still), replace(_SLOW, statistic="p50")
    )

    assert _first(suspects) == "bank"


def test_a_normal_period_on_another_level_does_not_blame_those_that_drifted() -> None:
    telemetry = incident(slow={"bank": 0.1})
    drifted: Series = {
        key: tuple(value and value * 0.4 for value in values)
        if key[:2] == ("search", "latency")
        else values
        for key, values in telemetry.normal.items()
    }

    assert _first(rank_root_causes(SHOP, replace(telemetry, normal=drifted), _SLOW)) == "bank"


def test_a_component_first_seen_during_the_fault_is_its_callers_doing() -> None:
    calls = {**SHOP, "pay": ("bank", "wrong-table")}
    telemetry = incident(calls, slow={"wrong-table": 0.5})
    known = {key: rows for key, rows in telemetry.normal.items() if key[0] != "wrong-table"}
    later: Series = {
        key: (None, None, *rows[2:]) if key[0] == "wrong-table" else rows
        for key, rows in telemetry.abnormal.items()
    }

    assert _first(rank_root_causes(calls, Telemetry(known, later), _SLOW)) == "pay"


def test_callers_and_callees_may_form_a_circle() -> None:
    calls = {**SHOP, "bank": ("pay", "cart", "front")}

    assert _first(rank_root_causes(calls, incident(SHOP, slow={"bank": 0.2}), _SLOW)) == "bank"


def test_a_target_that_the_graph_does_not_know_is_the_front_of_the_system() -> None:
    calls = {caller: row for caller, row in SHOP.items() if caller != "front"}

    assert _first(rank_root_causes(calls, incident(slow={"index": 0.2}), _SLOW)) == "index"


def test_without_a_statistic_that_adds_up_another_one_is_taken() -> None:
    telemetry = incident(slow={"index": 0.2})
    normal, abnormal = (
        {
            (name, metric, statistic.replace("Average", "p50")): rows
            for (name, metric, statistic), rows in part.items()
        }
        for part in (telemetry.normal, telemetry.abnormal)
    )

    assert _first(rank_root_causes(SHOP, Telemetry(normal, abnormal), _SLOW)) == "index"


def test_a_component_without_the_metric_is_judged_by_the_other_one() -> None:
    telemetry = incident(slow={"bank": 0.2}, failing={"bank": 0.3})
    normal, abnormal = (
        {key: rows for key, rows in part.items() if key[:2] != ("bank", "latency")}
        for part in (telemetry.normal, telemetry.abnormal)
    )

    suspects = rank_root_causes(SHOP, Telemetry(normal, abnormal), _SLOW)

    assert [suspect.component for suspect in suspects[:2]] == ["pay", "bank"]
    assert "availability fell" in suspects[1].why


def test_a_component_that_requests_no_longer_reach_is_named() -> None:
    telemetry = incident(failing={"pay": 0.5})
    silent: Series = {
        key: (*rows[:2], None, None, None, None) if key[0] == "bank" else rows
        for key, rows in telemetry.abnormal.items()
    }

    suspects = rank_root_causes(SHOP, replace(telemetry, abnormal=silent), _FAILING)

    assert [suspect.component for suspect in suspects] == ["pay", "bank"]
    assert suspects[1].why.startswith("requests fell from 200 to 0")


@pytest.mark.parametrize("junk", [float("nan"), float("inf"), float("-inf"), None])
def test_values_that_are_no_amounts_are_missing_values(junk: float | None) -> None:
    telemetry = incident(slow={"bank": 0.2})
    broken: Series = {
        key: (*rows[:3], junk, *rows[4:]) if key[0] in {"index", "front"} else rows
        for key, rows in telemetry.abnormal.items()
    }

    assert _first(rank_root_causes(SHOP, replace(telemetry, abnormal=broken), _SLOW)) == "bank"


def test_the_quiet_rows_will_do_where_there_is_no_normal_period() -> None:
    telemetry = replace(incident(slow={"bank": 0.2}), normal={})

    assert _first(rank_root_causes(SHOP, telemetry, _SLOW)) == "bank"


def test_an_incident_without_quiet_rows_is_held_against_the_normal_period() -> None:
    telemetry = incident(slow={"bank": 0.2})
    late: Series = {key: rows[4:] for key, rows in telemetry.abnormal.items()}

    assert _first(rank_root_causes(SHOP, replace(telemetry, abnormal=late), _SLOW)) == "bank"


@pytest.mark.parametrize(
    "telemetry",
    [Telemetry({}, {}), Telemetry(table(SHOP, 50, 1), {}), Telemetry({("a", "b", "c"): ()}, {})],
)
def test_nothing_follows_from_nothing(telemetry: Telemetry) -> None:
    assert rank_root_causes({}, telemetry, _SLOW) == []


def test_a_metric_from_which_no_loss_follows_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="latency"):
        rank_root_causes(SHOP, incident(), Symptom("front", "colour"))
