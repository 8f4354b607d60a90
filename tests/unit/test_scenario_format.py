from pathlib import Path
from typing import Any

import pytest
import yaml

from itops_core.errors import InvalidInputError, NotFoundError
from local_cloud.sandbox.injection import library
from local_cloud.sandbox.renaming import renamed, suffixed
from local_cloud.sandbox.scenario import Scenario, load, parse
from tests.support.scenarios import a_scenario


def test_a_service_that_nobody_seeded_gets_sensible_defaults() -> None:
    ledger = parse(a_scenario()).service("ledger")

    assert ledger.log_group_name == "/ecs/ledger"
    assert ledger.catalog_entry().metric_dimensions == {"Service": "ledger"}


def test_a_seeded_service_is_known_by_its_name_alone_and_may_be_overridden() -> None:
    scenario = parse(a_scenario(estate=[{"name": "ledger"}, {"name": "cart", "desired_count": 7}]))

    assert scenario.service("cart").image == "shop/cart:3.8.5"
    assert scenario.service("cart").desired_count == 7


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"effects": [{"service": "nobody", "metric": "cpu", "to": 1}]}, "not in this scenario"),
        ({"effects": [{"service": "ledger", "metric": "heat", "to": 1}]}, "has no metric 'heat'"),
        (
            {
                "alarm": {
                    "name": "x",
                    "service": "ledger",
                    "metric": "requests",
                    "threshold": 1,
                }
            },
            "a count is judged by its Sum",
        ),
        (
            {"logs": [{"service": "ledger", "message": "{colour}", "per_minute": 1}]},
            "unknown placeholder",
        ),
        (
            {"logs": [{"service": "ledger", "message": "{int:many}", "per_minute": 1}]},
            "needs a range",
        ),
        (
            {
                "physics": {
                    "recovers_when": [
                        {"when": "revision_differs", "service": "ledger", "change_id": "none"}
                    ]
                }
            },
            "no deployment 'none'",
        ),
        (
            {"physics": {"recovers_when": [{"when": "new_deployment"}]}},
            "lacks a field",
        ),
        ({"physics": {"recovers_when": [{"when": "agent_acts"}]}}, "when"),
    ],
)
def test_a_mistake_is_answered_with_what_would_be_right(
    change: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse(a_scenario(**change))


def test_a_broken_file_is_named_with_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "half-done"
    folder.mkdir()
    (folder / "scenario.yaml").write_text(yaml.safe_dump({"title": "nothing else"}))

    with pytest.raises(InvalidInputError, match="half-done"):
        load(folder, library())


def test_an_unknown_slug_is_answered_with_the_known_ones() -> None:
    with pytest.raises(NotFoundError, match="payment-oom"):
        load("no-such-fault", library())


def test_renaming_reaches_every_word_and_no_part_of_a_word() -> None:
    scenario = parse(
        a_scenario(
            logs=[
                {
                    "service": "ledger",
                    "message": "ledger is not ledgerish, nor big-ledger",
                    "per_minute": 1,
                }
            ]
        )
    )

    other = renamed(scenario, {"ledger": "books"})

    assert other.logs[0].message == "books is not ledgerish, nor big-ledger"
    assert other.truth.component == "books"
    assert other.alarm.service == "books"


def test_two_suffixes_share_no_name_that_aws_knows() -> None:
    scenario = load("checkout-traffic-spike", library())

    first, second = (_names(suffixed(scenario, suffix)) for suffix in ("a1", "a2"))

    assert not first & second


def _names(scenario: Scenario) -> set[str]:
    names = {scenario.alarm.name, *(one.name for one in scenario.estate)}
    names |= {one.log_group_name for one in scenario.estate}
    return names | {change.parameter for change in scenario.changes if change.parameter}
