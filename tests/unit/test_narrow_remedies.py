"""Remedies that help in one case and harm in its look-alike: which of the two it is, is seen."""

from typing import Any

import pytest
import yaml

from itops_cli.investigation import Setting, incident_in, investigate
from itops_core.settings import bundled
from local_cloud.sandbox.recording import recorded
from local_cloud.sandbox.scenario import parse

Fields = dict[str, Any]
END = 1_790_000_000.0


def told(slug: str) -> Fields:
    path = bundled("scenarios") / slug / "scenario.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def planned(fields: Fields) -> dict[str, dict[str, Any]]:
    """Return the actions that the offline reasoner plans, each with its parameters."""
    scenario = parse(fields)
    recording = recorded(scenario, END)
    found = investigate(recording, incident_in(recording, scenario.alarm.name), Setting())
    every = found.plan.actions if found.plan else ()
    return {one.action.name: one.action.parameters for one in every}


def test_the_one_task_that_is_stuck_is_stopped_and_the_others_are_left_alone() -> None:
    fields = told("one-planner-stuck")
    ill = next(one for one in parse(fields).estate if one.name == "route-planner").task_id(0)

    assert planned(fields) == {"stop_ecs_task": {"cluster": "routing", "task": ill}}


def test_where_several_tasks_are_stuck_none_of_them_is_singled_out() -> None:
    fields = told("one-planner-stuck")
    stuck = [one for one in fields["logs"] if one.get("task") == 0]
    fields["logs"] += [{**one, "task": 1} for one in stuck]

    assert "stop_ecs_task" not in planned(fields)


def test_a_task_that_alone_is_heard_of_is_not_singled_out() -> None:
    fields = told("one-planner-stuck")
    fields["estate"][0]["routine_logs"] = []

    assert "stop_ecs_task" not in planned(fields)


def test_dead_letters_go_back_once_what_the_consumer_calls_is_back() -> None:
    fields = told("labels-never-printed")

    assert planned(fields) == {"redrive_queue": {"queue_name": "label-jobs-dlq"}}


def lasting(fields: Fields) -> None:
    for one in fields["effects"]:
        if one.get("shape") == "spike":
            one["over_minutes"] = 60
    fields["logs"][0]["until_minutes"] = 60


def lately(fields: Fields) -> None:
    for one in fields["effects"]:
        if one.get("shape") == "spike":
            one["over_minutes"] = 31
    fields["logs"][0]["until_minutes"] = 31


def poisonous(fields: Fields) -> None:
    fields["logs"][0]["message"] = (
        "ValueError: could not convert string to float: '' for field width_mm in message {id}"
    )


def silent(fields: Fields) -> None:
    fields["logs"] = fields["logs"][2:]


@pytest.mark.parametrize("become", [lasting, lately, poisonous, silent])
def test_dead_letters_stay_where_the_cause_lasts_or_lies_in_them_or_is_not_known(
    become: Any,  # noqa: ANN401
) -> None:
    fields = told("labels-never-printed")
    become(fields)

    assert "redrive_queue" not in planned(fields)
