"""Deploying a small stack: what it brings about, what repeating it does, what a failure says."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_cloud.address import Address
from local_cloud.deployer import DeployError, deploy
from tests.support.clouds import CloudFactory
from tests.support.eventually import eventually
from tests.support.functions import invoke
from tests.support.small_stack import write_small_stack

pytestmark = pytest.mark.cloud


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    factory = CloudFactory(tmp_path_factory.mktemp("bare"))
    try:
        yield factory.bare()
    finally:
        factory.stop_all()


def events_of(address: Address, stack: str) -> int:
    answer = address.client("cloudformation").describe_stack_events(StackName=stack)
    return len(answer["StackEvents"])


def test_a_function_acts_with_its_own_role_and_finds_the_shared_core(
    bare: Address, tmp_path: Path
) -> None:
    deploy(bare, {"NamePrefix": "Role"}, write_small_stack(tmp_path), stack="role")

    told = json.loads(invoke(bare, "Role-Notes")["body"])

    assert ":assumed-role/" in told["who"]
    assert told["read"] == "allowed"
    assert told["write"] == "ClientError"
    assert told["cloud"] == "embedded"
    assert told["configuration"].startswith(str(bare.folder / "tmp"))


def test_the_workflow_knows_the_function_it_was_given(bare: Address, tmp_path: Path) -> None:
    outputs = deploy(bare, {"NamePrefix": "Flow"}, write_small_stack(tmp_path), stack="flow")
    client = bare.client("stepfunctions")

    started = client.start_execution(stateMachineArn=outputs["WorkflowArn"], input="{}")

    def succeeded() -> bool:
        found = client.describe_execution(executionArn=started["executionArn"])
        assert found["status"] != "FAILED", found
        return found["status"] == "SUCCEEDED"

    eventually(succeeded)


def test_deploying_the_same_again_changes_nothing(bare: Address, tmp_path: Path) -> None:
    template = write_small_stack(tmp_path)
    first = deploy(bare, {"NamePrefix": "Same"}, template, stack="same")
    events = events_of(bare, "same")

    again = deploy(bare, {"NamePrefix": "Same"}, template, stack="same")

    assert again == first
    assert events_of(bare, "same") == events


def test_changed_code_runs_after_the_next_deployment_and_data_stays(
    bare: Address, tmp_path: Path
) -> None:
    template = write_small_stack(tmp_path)
    first = deploy(bare, {"NamePrefix": "Next"}, template, stack="next")
    invoke(bare, "Next-Notes")
    bare.resource("dynamodb").Table("Next-Notes").put_item(Item={"key": "kept"})
    (tmp_path / "functions" / "notes.py").write_text("def handler(event, context):\n    return 2\n")

    again = deploy(bare, {"NamePrefix": "Next"}, template, stack="next")

    assert again == first
    assert invoke(bare, "Next-Notes") == 2
    kept = bare.resource("dynamodb").Table("Next-Notes").get_item(Key={"key": "kept"})
    assert "Item" in kept


def test_a_changed_parameter_reaches_the_function(bare: Address, tmp_path: Path) -> None:
    template = write_small_stack(tmp_path)
    deploy(bare, {"NamePrefix": "Told"}, template, stack="told")
    invoke(bare, "Told-Notes")

    deploy(bare, {"NamePrefix": "Told", "Cloud": "elsewhere"}, template, stack="told")

    assert json.loads(invoke(bare, "Told-Notes")["body"])["cloud"] == "elsewhere"


def test_a_changed_layer_reaches_functions_that_stayed_as_they_were(
    bare: Address, tmp_path: Path
) -> None:
    template = write_small_stack(tmp_path)
    deploy(bare, {"NamePrefix": "Layer"}, template, stack="layer")
    assert json.loads(invoke(bare, "Layer-Notes")["body"])["own"] == 1
    (tmp_path / "own-layer" / "python" / "own.py").write_text("VALUE = 2\n")

    deploy(bare, {"NamePrefix": "Layer"}, template, stack="layer")

    assert json.loads(invoke(bare, "Layer-Notes")["body"])["own"] == 2


def test_what_a_person_changed_survives_a_deployment_that_is_not_about_it(
    bare: Address, tmp_path: Path
) -> None:
    template = write_small_stack(tmp_path)
    deploy(bare, {"NamePrefix": "Off"}, template, stack="off")
    ssm = bare.client("ssm")
    ssm.put_parameter(Name="/Off/switch", Value="off", Overwrite=True)
    (tmp_path / "functions" / "notes.py").write_text("def handler(event, context):\n    return 2\n")

    deploy(bare, {"NamePrefix": "Off"}, template, stack="off")

    assert invoke(bare, "Off-Notes") == 2
    assert ssm.get_parameter(Name="/Off/switch")["Parameter"]["Value"] == "off"


def test_an_unknown_parameter_is_refused_by_name(bare: Address, tmp_path: Path) -> None:
    with pytest.raises(DeployError, match="no parameter NoSuchThing"):
        deploy(bare, {"NoSuchThing": "x"}, write_small_stack(tmp_path))


def test_a_refused_template_says_why_without_repeating_itself(
    bare: Address, tmp_path: Path
) -> None:
    template = write_small_stack(tmp_path)
    text = template.read_text().replace("Type: AWS::DynamoDB::Table", "Type: AWS::No::Such")
    template.write_text(text)

    with pytest.raises(DeployError, match="AWS::No::Such") as refused:
        deploy(bare, {"NamePrefix": "Refused"}, template, stack="refused")

    assert len(str(refused.value)) < 2_000


def test_a_failed_deployment_names_the_resource_and_the_next_one_succeeds(
    bare: Address, tmp_path: Path
) -> None:
    template = write_small_stack(tmp_path)
    good = template.read_text()
    template.write_text(good.replace("!GetAtt Table.Arn", "!GetAtt Table.NoSuchAttribute"))

    with pytest.raises(DeployError, match=r"NotesRole|NoSuchAttribute"):
        deploy(bare, {"NamePrefix": "Mended"}, template, stack="mended")

    template.write_text(good)
    assert deploy(bare, {"NamePrefix": "Mended"}, template, stack="mended")["ApiUrl"]
