"""`itops policy`: the gate's word on given facts, with the policies that gave it."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from itops_cli.commands import policy
from itops_core.errors import InvalidInputError
from itops_core.remediation.policy import Policies

SCHEMA = Path(__file__).parents[2] / "policies" / "schema.cedarschema"


def explained(*words: str) -> dict[str, Any]:
    answer = CliRunner().invoke(
        policy.app, ["explain", *words, "--json"], catch_exceptions=False, standalone_mode=False
    )
    assert answer.exit_code == 0, answer.output
    return json.loads(answer.output)["decision"]


@pytest.mark.parametrize(
    ("words", "outcome", "ids"),
    [
        (("set_lambda_memory",), "auto", ["acts-by-itself"]),
        (("redrive_queue",), "approval", ["not-reversible"]),
        (("set_lambda_memory", "--confidence", "0.75"), "approval", ["confidence-too-low"]),
        (("restart_device", "--severity", "critical"), "approval", ["incident-critical"]),
        (("stop_ecs_task", "--reported"), "approval", ["no-alarm"]),
        (("stop_ecs_task", "--unknown"), "approval", ["not-in-catalog"]),
        (("stop_ecs_task", "--blocked-word", "drop"), "approval", ["blocked-keyword"]),
        (("rollback_ecs_deployment",), "approval", ["blast-not-small"]),
        (("rollback_ecs_deployment", "--undo"), "auto", ["undoes-its-own-action"]),
        (("restart_ecs_service", "--traffic", "busy"), "auto", ["acts-by-itself"]),
        (("restart_ecs_service", "--traffic", "heavy"), "approval", ["traffic-heavy"]),
        (("scale_ecs_service", "--traffic", "flood"), "auto", ["acts-by-itself"]),
        (("notify_only", "--reported", "--unknown"), "auto", ["acts-by-itself"]),
        (("restart_device", "--mode", "chat"), "forbid", ["mode-allow-list"]),
        (("restart_device", "--actions-off"), "forbid", ["kill-switch"]),
        (("restart_device", "--agent", "chat"), "forbid", ["only-the-remediation-agent"]),
    ],
)
def test_the_decision_comes_with_the_policies_that_made_it(
    words: tuple[str, ...], outcome: str, ids: list[str]
) -> None:
    decision = explained(*words, "--earned")

    assert decision["outcome"] == outcome
    assert decision["policy_ids"] == ids
    assert all(decision["reasons"])


def test_what_has_not_earned_it_asks_a_person_and_tells_the_figures() -> None:
    decision = explained("set_lambda_memory", "--unearned")

    assert decision["policy_ids"] == ["autonomy-not-earned"]
    assert "the bar of 0.80" in decision["reasons"][-1]


def test_a_large_blast_radius_asks_for_two_people() -> None:
    assert explained("set_lambda_memory", "--blast", "large")["approvers_needed"] == 2


@pytest.mark.parametrize(
    "words",
    [
        ("drop_everything",),
        ("restart_device", "--mode", "party"),
        ("restart_device", "--agent", "nobody"),
    ],
)
def test_what_there_is_not_is_told_with_what_there_is(words: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInputError, match=r"there (is|are)"):
        explained(*words)


def test_the_schema_is_printed_as_it_stands_in_the_repository() -> None:
    answer = CliRunner().invoke(policy.app, ["schema"])

    assert answer.output == SCHEMA.read_text(encoding="utf-8")


def test_a_check_names_the_policies_and_fails_on_a_typo(monkeypatch: pytest.MonkeyPatch) -> None:
    good = CliRunner().invoke(policy.app, ["check"])
    text = '@id("a") permit (principal, action, resource) when { context.reversable };'
    broken = SCHEMA.read_text(encoding="utf-8")
    monkeypatch.setattr(policy, "policies", lambda: Policies([text], broken))

    assert "acts-by-itself" in good.output
    with pytest.raises(InvalidInputError, match="reversable"):
        CliRunner().invoke(policy.app, ["check"], catch_exceptions=False, standalone_mode=False)
