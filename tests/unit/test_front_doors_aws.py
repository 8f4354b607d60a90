"""What the AWS front doors check before anything is uploaded."""

from pathlib import Path

import pytest

from itops_cli.aws import layers
from itops_cli.aws.sam import parameters_of
from itops_cli.aws.target import DeployError, prefix_of
from itops_core.errors import InvalidInputError

TEMPLATE = Path(__file__).parents[2] / "template.yaml"


def test_parameters_of_the_template_are_taken() -> None:
    given = ["ActionsEnabled=on", "AnthropicBaseUrl=https://gateway.example/?a=b"]

    assert parameters_of(given, TEMPLATE) == {
        "ActionsEnabled": "on",
        "AnthropicBaseUrl": "https://gateway.example/?a=b",
    }


@pytest.mark.parametrize("given", ["ActionEnabled=on", "ActionsEnabled", "=on", ""])
def test_a_parameter_the_template_lacks_is_refused_with_those_it_has(given: str) -> None:
    with pytest.raises(InvalidInputError, match=r"ActionsEnabled, .*AllowWrites"):
        parameters_of([given], TEMPLATE)


def test_more_than_lambda_takes_is_refused_before_it_is_uploaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "large").write_bytes(bytes(2_000_000))
    monkeypatch.setattr(layers, "MAXIMUM_MEGABYTES", 1)

    with pytest.raises(DeployError, match="2 MB unpacked"):
        layers.check_size(tmp_path)


def test_a_layer_that_cannot_be_built_says_which_package_is_in_the_way(tmp_path: Path) -> None:
    listed = tmp_path / "runtime.txt"
    listed.write_text(f"no-such-package-of-ours==1.0 \\\n    --hash=sha256:{'0' * 64}\n")

    with pytest.raises(DeployError, match="no-such-package-of-ours"):
        layers.build_dependencies(listed, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == [], "nothing half built is left to be used"


def test_a_python_that_only_pretends_is_not_used_to_compile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shim = tmp_path / "python3.12"
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(layers.sys, "executable", str(shim))

    assert layers.lambda_python() is None
    assert layers.compile_for_lambda(tmp_path) is False


def test_the_name_prefix_of_a_stack_is_read_from_its_tables() -> None:
    assert prefix_of({"IncidentsTable": "Shop-Ops-Incidents"}) == "Shop-Ops"
