"""Drives the SAM command line, which lives in an environment of its own."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import yaml
from samtranslator.yaml_helper import yaml_parse

from itops_cli.aws.target import DeployError, Target
from itops_core.errors import InvalidInputError


def parameters_of(given: list[str], template: Path) -> dict[str, str]:
    """Return `NAME=VALUE` pairs as a mapping; a name that the template lacks is refused."""
    try:
        known = yaml_parse(template.read_text(encoding="utf-8"))["Parameters"]
    except yaml.YAMLError as error:
        raise DeployError(f"{template} cannot be read: {error}") from error
    chosen: dict[str, str] = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals or name not in known:
            raise InvalidInputError(
                f"--parameter {pair!r} is not NAME=VALUE with a NAME of {', '.join(sorted(known))}"
            )
        chosen[name] = value
    return chosen


def deploy_stack(
    target: Target, template: Path, parameters: Mapping[str, str], sam: Path, samconfig: Path
) -> None:
    """Run `sam deploy`; its own output tells how it goes."""
    command = [
        *(str(sam), "deploy", "--config-file", str(samconfig), "--template-file", str(template)),
        *("--stack-name", target.stack, "--region", target.region),
    ]
    if target.profile:
        command += ["--profile", target.profile]
    if parameters:
        command += ["--parameter-overrides", *(f"{k}={v}" for k, v in parameters.items())]
    ran = subprocess.run(  # noqa: S603
        command, check=False, cwd=template.parent, env={**os.environ, "SAM_CLI_TELEMETRY": "0"}
    )
    if ran.returncode != 0:
        raise DeployError("sam deploy did not succeed; its last lines above say why")
