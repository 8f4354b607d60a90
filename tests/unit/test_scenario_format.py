import json
from pathlib import Path
from random import Random
from typing import Any, get_args

import pytest
import yaml

from itops_core.errors import InvalidInputError, NotFoundError
from local_cloud.sandbox.estate import ServiceSpec
from local_cloud.sandbox.injection import library
from local_cloud.sandbox.log_formats import written
from local_cloud.sandbox.parts import LogFormat, RoutineLog
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
        ({"components": [{"name": "cart", "kind": "table"}]}, "each only once"),
        ({"components": [{"name": "rows", "kind": "tables"}]}, "kind"),
        ({"missing": [{"kind": "metric", "service": "ledger"}]}, "lacks a field"),
        ({"missing": [{"kind": "backend"}]}, "lacks a field"),
        ({"changes": [{"change_id": "x", "kind": "api_call", "minutes_before_onset": 1}]}, "call"),
        (
            {"changes": [{"change_id": "x", "kind": "flag", "minutes_before_onset": 1}]},
            "flag and value_after",
        ),
        ({"effects": [{"service": "ledger", "metric": "errors", "to": 9}]}, "follows from others"),
        (
            {
                "components": [{"name": "bank", "kind": "external"}],
                "alarm": {"name": "x", "service": "bank", "metric": "latency", "threshold": 1},
            },
            "CloudWatch does not have",
        ),
        (
            {
                "physics": {
                    "recovers_when": [{"when": "table_capacity_at_least", "service": "cart"}]
                }
            },
            "read_units, write_units or both",
        ),
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


def test_a_component_takes_what_is_usual_of_its_kind_and_what_the_catalog_says() -> None:
    scenario = parse(
        a_scenario(
            components=[
                {"name": "orders-table", "kind": "table", "levels": {"writes": 7}},
                {"name": "render", "kind": "lambda", "settings": {"memory_mb": 512}},
            ]
        )
    )
    table, function = scenario.component("orders-table"), scenario.component("render")

    assert table.owner == "fulfilment-team"
    assert scenario.metric("orders-table", "writes").level == 7
    assert table.catalog_entry().metric_dimensions == {"TableName": "orders-table"}
    assert function.log_group_name == "/aws/lambda/render"
    assert "Memory Size: 512 MB" in function.routine_logs[0].message


def test_a_line_looks_as_its_platform_writes_it() -> None:
    told = {"message": "no such key {int:7-7}", "per_minute": 1, "level": "ERROR"}
    at = 1_795_000_000.5
    looks = {
        log_format: written(
            ServiceSpec(name="ledger", log_format=log_format),
            RoutineLog.model_validate(told),
            at,
            Random(1),  # noqa: S311 - variety, nothing secret
        )
        for log_format in get_args(LogFormat)
    }

    assert looks["bare"] == "no such key 7"
    assert looks["plain"].endswith("Z ERROR [ledger] no such key 7")
    assert looks["lambda_python"].startswith("[ERROR]\t2026-")
    assert looks["lambda_node"].endswith("\tERROR\tno such key 7")
    assert " ERROR [http-nio-8080-exec-" in looks["logback"]
    assert ":ERROR:  no such key 7" in looks["postgres"]
    assert looks["go"].endswith('level=error msg="no such key 7"')
    assert json.loads(looks["json"])["level"] == "ERROR"
