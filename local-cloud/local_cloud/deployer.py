"""Deploys the one template to a local cloud: packs, uploads, creates or updates the stack.

What `sam package` and `sam deploy` do, in a fraction of the time. A deployment that would change
nothing is left out.
"""

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from botocore.exceptions import ClientError
from samtranslator.yaml_helper import yaml_parse

from local_cloud.address import STACK, Address
from local_cloud.packer import Package, code_package, common_layer, empty_layer

CHECKOUT = Path(__file__).resolve().parents[2]
TEMPLATE = CHECKOUT / "template.yaml"
ARTIFACTS_BUCKET = "itops-local-artifacts"
LOCAL_PARAMETERS: Mapping[str, str] = {
    "Cloud": "embedded",
    "ActionsEnabled": "on",
    "EnvironmentName": "sandbox",
    "AlarmEvents": "on",
    # What the sandbox remembers its faults by is no telemetry.
    "HiddenParameters": "/sandbox/",
    "BreakerResetSeconds": "5",
    # A laptop starts its workers when they are first called, all on the same few cores.
    "ToolTimeoutSeconds": "60",
    "ActionCooldownSeconds": "10",
    "VerificationMinimumSeconds": "2",
    "VerificationWaitSeconds": "1",
    "VerificationPeriodSeconds": "1",
    "VerificationBeforeSeconds": "120",
    "VerificationMaximumSeconds": "45",
    "ApiRateLimit": "10000",
    "ApiBurstLimit": "5000",
}
"""How local differs from AWS. Those that the template does not know are left out."""

_NO_CHANGE = "No updates are to be performed"
_DEPLOY_SECONDS = 180.0
_MESSAGE = 1500
_CODE = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
}
_COMMON_LAYER, _LLM_LAYER = "common-layer", "llm-layer"


class DeployError(Exception):
    """The stack could not be deployed; the message names the resource and its reason."""


@dataclass(frozen=True)
class Plan:
    """What a deployment hands over: the finished template and what it refers to."""

    body: str
    packages: Mapping[str, Package]
    texts: Mapping[str, str]
    parameters: Mapping[str, str]

    @property
    def template_key(self) -> str:
        """Where the template is uploaded: it is too long to be handed over itself."""
        return f"{hashlib.sha256(self.body.encode()).hexdigest()}.template"

    def template_url(self, endpoint_url: str) -> str:
        """Return the template's address for CloudFormation."""
        return f"{endpoint_url}/{ARTIFACTS_BUCKET}/{self.template_key}"


def deploy(
    address: Address,
    parameters: Mapping[str, str] | None = None,
    template: Path = TEMPLATE,
    stack: str = STACK,
) -> dict[str, str]:
    """Deploy `template` and return the stack's outputs; doing it again changes nothing.

    `parameters` go over the local ones; names that the template does not have are refused.
    """
    plan = plan_deployment(template, parameters or {})
    cloudformation = address.client("cloudformation")
    _upload(address, plan)
    found = _bring_about(cloudformation, stack, plan)
    return {item["OutputKey"]: item["OutputValue"] for item in found.get("Outputs", [])}


def plan_deployment(template: Path, parameters: Mapping[str, str]) -> Plan:
    """Return the template with its folders replaced by uploads, and those uploads."""
    document: dict[str, Any] = yaml_parse(template.read_text(encoding="utf-8"))
    packages: dict[str, Package] = {}
    texts: dict[str, str] = {}
    packed: dict[str, str] = {}
    sections = [*document["Resources"].values()]
    function_defaults = document.get("Globals", {}).get("Function", {})
    sections.append({"Type": "AWS::Serverless::Function", "Properties": function_defaults})
    for resource in sections:
        properties = resource.get("Properties", {})
        name = _CODE.get(resource["Type"])
        if name and isinstance(properties.get(name), str):
            folder = properties[name]
            if folder not in packed:
                package = _package(folder, template.parent)
                packed[folder] = f"{package.digest}.zip"
                packages[packed[folder]] = package
            properties[name] = f"s3://{ARTIFACTS_BUCKET}/{packed[folder]}"
        if resource["Type"] == "AWS::Serverless::StateMachine":
            _take_out_definition(properties, template.parent, texts)
    chosen = _known(document, LOCAL_PARAMETERS, strict=False)
    chosen |= _known(document, parameters, strict=True)
    return Plan(json.dumps(document, default=str), packages, texts, chosen)


def _package(folder: str, root: Path) -> Package:
    match folder.strip("/").rsplit("/", 1)[-1]:
        case name if name == _COMMON_LAYER:
            return common_layer(CHECKOUT)
        case name if name == _LLM_LAYER:
            return empty_layer()
        case _:
            return code_package(root / folder)


def _take_out_definition(properties: dict[str, Any], root: Path, texts: dict[str, str]) -> None:
    place = properties.get("DefinitionUri")
    if not isinstance(place, str):
        return
    text = json.dumps(yaml.safe_load((root / place).read_text(encoding="utf-8")))
    key = f"{hashlib.sha256(text.encode()).hexdigest()}.asl.json"
    texts[key] = text
    properties["DefinitionUri"] = {"Bucket": ARTIFACTS_BUCKET, "Key": key}


def _known(document: dict[str, Any], wanted: Mapping[str, str], *, strict: bool) -> dict[str, str]:
    known = document.get("Parameters", {})
    unknown = sorted(set(wanted) - set(known))
    if unknown and strict:
        raise DeployError(f"the template has no parameter {', '.join(unknown)}")
    return {name: str(value) for name, value in wanted.items() if name in known}


def _upload(address: Address, plan: Plan) -> None:
    s3 = address.client("s3")
    try:
        s3.head_bucket(Bucket=ARTIFACTS_BUCKET)
    except ClientError:
        s3.create_bucket(Bucket=ARTIFACTS_BUCKET)
    listed = s3.list_objects_v2(Bucket=ARTIFACTS_BUCKET).get("Contents", [])
    present = {item["Key"] for item in listed}
    for key, package in plan.packages.items():
        if key not in present:
            s3.put_object(Bucket=ARTIFACTS_BUCKET, Key=key, Body=package.zipped())
    for key, text in {**plan.texts, plan.template_key: plan.body}.items():
        if key not in present:
            s3.put_object(Bucket=ARTIFACTS_BUCKET, Key=key, Body=text.encode())


def _bring_about(cloudformation: Any, stack: str, plan: Plan) -> dict[str, Any]:  # noqa: ANN401
    """Create or update the stack and wait for it; one that never came to be is made anew."""
    found = _settled(cloudformation, stack)
    if found is not None and found["StackStatus"] in {"ROLLBACK_COMPLETE", "CREATE_FAILED"}:
        cloudformation.delete_stack(StackName=stack)
        found = _settled(cloudformation, stack)
    request = cloudformation.create_stack if found is None else cloudformation.update_stack
    try:
        request(
            StackName=stack,
            TemplateURL=plan.template_url(cloudformation.meta.endpoint_url),
            Parameters=[
                {"ParameterKey": name, "ParameterValue": value}
                for name, value in plan.parameters.items()
            ],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
    except ClientError as error:
        # CloudFormation has no error code of its own for it.
        if found is not None and _NO_CHANGE in str(error):
            return found
        raise DeployError(f"the template was refused: {str(error)[-_MESSAGE:]}") from error
    settled = _settled(cloudformation, stack)
    if settled is None or settled["StackStatus"] not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        raise DeployError(_reasons(cloudformation, stack, settled))
    return settled


def _settled(cloudformation: Any, stack: str) -> dict[str, Any] | None:  # noqa: ANN401
    deadline = time.monotonic() + _DEPLOY_SECONDS
    while True:
        found = _found(cloudformation, stack)
        if found is None or not found["StackStatus"].endswith("_IN_PROGRESS"):
            return found
        if time.monotonic() > deadline:
            raise DeployError(f"the stack is still {found['StackStatus']}")
        time.sleep(0.05)


def _found(cloudformation: Any, stack: str) -> dict[str, Any] | None:  # noqa: ANN401
    try:
        found = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "ValidationError":
            return None
        raise
    return None if found["StackStatus"] == "DELETE_COMPLETE" else found


def _reasons(
    cloudformation: Any,  # noqa: ANN401  # boto3's client has no importable type at run time
    stack: str,
    found: dict[str, Any] | None,
) -> str:
    events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    failures = [
        f"{event['LogicalResourceId']} ({event['ResourceType']}): "
        f"{event.get('ResourceStatusReason', 'no reason given')}"
        for event in reversed(events)
        if event["ResourceStatus"].endswith("_FAILED")
    ]
    status = found["StackStatus"] if found else "gone"
    told = "\n  ".join(failures) or str((found or {}).get("StackStatusReason", "no reason given"))
    return f"the stack {stack} is {status}:\n  {told}"
