"""The catalogue and the policies: data that has to hold together."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
import yaml

from itops_core.domain.remediation import Action
from itops_core.errors import InvalidInputError
from itops_core.remediation.catalogue import catalogue, parse_catalogue
from itops_core.remediation.policy import Policies, policies, schema_for
from itops_core.settings import bundled
from operations_server.operation import Surroundings
from operations_server.operations import Reachable, operations
from operations_server.server import build_server
from tests.support.traffic import nothing_counted

TEXT = (bundled("config") / "actions.yaml").read_text(encoding="utf-8")
POLICIES = [
    path.read_text(encoding="utf-8") for path in sorted(bundled("policies").glob("*.cedar"))
]
SCHEMA = (bundled("policies") / "schema.cedarschema").read_text(encoding="utf-8")


def test_the_schema_in_the_repository_is_the_one_of_the_catalogue() -> None:
    assert schema_for(catalogue()) == SCHEMA


def test_every_policy_has_an_id_of_its_own() -> None:
    ids = policies().ids

    assert all(ids)
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("context.reversible", "context.reversable"),
        ('Severity::"critical"', 'Severity::"criticle"'),
        ('Agent::"remediation"', 'Agent::"remedation"'),
        ("resource.known", "resource.knwon"),
        ("context.approvals < 1", 'context.approvals < "1"'),
    ],
)
def test_a_typo_in_a_policy_is_refused(right: str, wrong: str) -> None:
    text = "\n".join(POLICIES)
    assert right in text

    with pytest.raises(ValueError, match="do not fit their schema"):
        Policies([text.replace(right, wrong, 1)], SCHEMA)


def test_every_action_of_the_catalogue_can_be_carried_out_by_the_server() -> None:
    # Building them asks nothing of AWS.
    nothing: Any = None
    reachable = Reachable(*[nothing] * 7)
    around = Surroundings(tuple, catalogue().blast_radius, nothing, nothing_counted)
    made = operations(reachable, around)

    assert set(made) == set(catalogue().actions)


@pytest.mark.parametrize("name", sorted(catalogue().actions))
def test_every_action_names_its_permissions_and_an_inverse_that_exists(name: str) -> None:
    spec = catalogue().spec(name)

    assert spec.iam
    assert spec.description
    assert spec.inverse is None or spec.inverse.name in catalogue().actions


ITS_OWN = {
    *("logs:CreateLogStream", "logs:PutLogEvents"),
    *("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"),
    *("dynamodb:Query", "dynamodb:Scan", "ssm:GetParameter"),
}
"""What the operations server needs for its tables, its log and the kill switch."""


def test_the_role_of_the_operations_server_is_what_the_actions_need_and_no_more() -> None:
    template = Path(__file__).parents[2] / "template.yaml"
    role = _role(template.read_text(encoding="utf-8"), "OperationsServerRole")
    needed = {name for spec in catalogue().actions.values() for name in spec.iam}

    assert role - ITS_OWN == needed


@pytest.mark.parametrize("name", sorted(catalogue().actions))
def test_a_tool_takes_what_the_catalogue_says(name: str) -> None:
    nobody: Any = SimpleNamespace(catalogue=catalogue())
    tools = {one.name: one for one in anyio.run(build_server(nobody).list_tools)}
    taken = dict(tools[name].input_schema["properties"])
    taken.pop("request")
    spec = catalogue().spec(name)

    assert {key: one["type"] for key, one in taken.items()} == {
        key: parameter.type for key, parameter in spec.parameters.items()
    }
    for key, parameter in spec.parameters.items():
        assert taken[key].get("minimum") == parameter.minimum
        assert taken[key].get("maximum") == parameter.maximum
    assert set(tools[name].input_schema["required"]) == {*spec.parameters, "request"}


@pytest.mark.parametrize(
    ("parameters", "fault"),
    [
        ({"cluster": "shop", "service": "cart"}, "desired_count is missing"),
        ({"cluster": "shop", "service": "cart", "desired_count": "3"}, "whole number"),
        ({"cluster": "shop", "service": "cart", "desired_count": True}, "whole number"),
        ({"cluster": "shop", "service": "cart", "desired_count": -1}, "at least 0"),
        ({"cluster": "shop", "service": "cart", "desired_count": 5000}, "at most 1000"),
        ({"cluster": "a b", "service": "cart", "desired_count": 3}, "must look like"),
        ({"cluster": "shop\n", "service": "cart", "desired_count": 3}, "must look like"),
        (
            {"cluster": "shop", "service": "cart", "desired_count": 3, "force": True},
            "force is not a parameter",
        ),
    ],
)
def test_parameters_that_do_not_fit_are_refused_with_what_would(
    parameters: dict[str, object], fault: str
) -> None:
    action = Action(name="scale_ecs_service", parameters=parameters)

    with pytest.raises(InvalidInputError, match=fault):
        catalogue().check(action)


def test_an_inverse_keeps_the_types_of_what_it_is_made_of() -> None:
    parameters = {"cluster": "shop", "service": "cart", "desired_count": 6}
    action = Action(name="scale_ecs_service", parameters=parameters)

    inverse = catalogue().spec(action.name).inverse_of(action, {"desired_count": 4})

    assert inverse == Action(
        name="scale_ecs_service", parameters={**parameters, "desired_count": 4}
    )
    assert inverse is not None
    catalogue().check(inverse)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("actions", "restart_ecs_service", "inverse", "name"), "no_such_action"),
        (("actions", "restart_ecs_service", "inverse", "parameters"), {"other": "x"}),
        (("actions", "scale_ecs_service", "inverse", "parameters", "cluster"), "{parameters.no}"),
        (("modes", "chat"), ["no_such_action"]),
        (("actions", "notify_only", "risk"), "tiny"),
    ],
)
def test_a_catalogue_that_contradicts_itself_is_refused(
    path: tuple[str, ...], value: object
) -> None:
    raw = yaml.safe_load(TEXT)
    place = raw
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value

    with pytest.raises(ValueError):
        parse_catalogue(yaml.safe_dump(raw))


def _role(template: str, name: str) -> set[str]:
    """Return the actions that a role allows; the template's tags are of no matter here."""

    class Loader(yaml.SafeLoader):
        """Reads any tag as its bare content."""

    def bare(loader: yaml.SafeLoader, _suffix: str, node: yaml.Node) -> object:
        if isinstance(node, yaml.ScalarNode):
            return loader.construct_scalar(node)
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node)
        return None

    Loader.add_multi_constructor("!", bare)
    resources = yaml.load(template, Loader=Loader)["Resources"]  # noqa: S506 - a SafeLoader
    allowed: set[str] = set()
    for policy in resources[name]["Properties"]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            if statement["Effect"] == "Allow":
                allowed.update(statement["Action"])
    return allowed


def test_only_added_capacity_that_can_be_taken_back_is_harmless_in_vain() -> None:
    harmless = [spec for spec in catalogue().actions.values() if spec.harmless_in_vain]

    assert {spec.name for spec in harmless} == {"scale_ecs_service", "raise_dynamodb_capacity"}
    assert all(spec.reversible and spec.cost for spec in harmless)


def test_outside_of_an_incident_people_may_be_told_and_nothing_else_is_done() -> None:
    known = catalogue()

    assert set(known.modes["incident"]) == set(known.actions)
    assert {mode: names for mode, names in known.modes.items() if mode != "incident"} == {
        "watchdog": ("notify_only",),
        "chat": ("notify_only",),
        "briefing": (),
    }
