"""What no compiler compares: the template with the code, the state machine and the settings."""

import importlib
import json
import re
from typing import Any

import pytest
import yaml

from itops_core.settings import Config, overridden
from tests.contract.sam_template import (
    CHECKOUT,
    FUNCTIONS,
    PARAMETERS,
    RESOURCES,
    ROLES,
    TEMPLATE,
    TEXT,
    environment_of,
    needed_places,
    of_type,
    package_of,
    role_of,
    statements_of,
    welcome_places,
)
from tests.support.asl_interpreter import definition

_ASYNCHRONOUS = (
    "IncidentIntakeFunction",
    "ReconcilerFunction",
    "NotifierFunction",
    "WatchdogFunction",
    "ChatAgentFunction",
    "ApprovalGateFunction",
)
_OF_INTAKE = ("IntakeErrorsAlarm", "AlarmDeadLettersAlarm", "AlarmsWaitAlarm")
"""What breaks there opens no incident; people alone are told."""

_RINGING = "TestDataGeneratorRole"
"""May ring alarms, for the sake of trying; it exists nowhere else."""

_MACHINES = {"IncidentResponse": "WorkflowRole", "GoalRun": "GoalRunRole"}
"""The state machines, and what each runs as."""

_CORE = CHECKOUT / "core-layer" / "itops_core"
_LEFT_OUT = {
    "AWS_REGION": "Lambda sets it",
    "AWS_DEFAULT_REGION": "Lambda sets it",
    "ANTHROPIC_API_KEY": "a key belongs into Secrets Manager, never into a function's settings",
    "ITOPS_GITHUB_TOKEN": "a token belongs into Secrets Manager, never into a function's settings",
    "ITOPS_GITHUB_TOKEN_SECRET": "only the incident server is told of it",
    "SLACK_SIGNING_SECRET_ARN": "only the API is told of it",
    "WEBHOOK_SECRET_ARN": "only the API is told of it",
    "INTAKE_LINKS_URL": "only intake puts links off",
    "ANTHROPIC_BEDROCK_BASE_URL": "only a laptop has a Bedrock at another address",
}


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_handler_can_be_imported(name: str) -> None:
    module, _, attribute = FUNCTIONS[name]["Handler"].rpartition(".")

    assert callable(getattr(importlib.import_module(module), attribute))


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_variable_the_code_needs_is_set(name: str) -> None:
    package, there = package_of(name), set(environment_of(name))

    assert needed_places(package) | needed_places(_CORE) <= there
    assert welcome_places(package) <= there


def test_every_variable_the_core_would_like_is_set_somewhere_or_left_out_for_a_reason() -> None:
    variables = set(TEMPLATE["Globals"]["Function"]["Environment"]["Variables"])

    assert welcome_places(_CORE) <= variables | set(_LEFT_OUT)


def test_every_package_of_code_is_deployed() -> None:
    deployed = {package_of(name) for name in FUNCTIONS}
    there = {
        path.parent
        for root in ("lambda-functions", "mcp-servers")
        for path in (CHECKOUT / root).glob("*/handler.py")
    }

    assert there == deployed


@pytest.mark.parametrize("name", _MACHINES)
def test_a_state_machine_gets_the_arn_of_every_function_it_names(name: str) -> None:
    machine = of_type("AWS::Serverless::StateMachine")[name]
    text = (CHECKOUT / machine["DefinitionUri"]).read_text(encoding="utf-8")
    named = set(re.findall(r"^\s+FunctionName: \$\{(\w+)\}", text, re.MULTILINE))

    assert set(machine["DefinitionSubstitutions"]) == named
    for substitution, value in machine["DefinitionSubstitutions"].items():
        assert value == {"Fn::GetAtt": [substitution.removesuffix("Arn"), "Arn"]}
        assert value["Fn::GetAtt"][0] in FUNCTIONS


@pytest.mark.parametrize("name", _MACHINES)
def test_a_state_machine_may_call_its_functions_and_no_other(name: str) -> None:
    machine = of_type("AWS::Serverless::StateMachine")[name]
    (invoking,) = [
        statement
        for statement in statements_of(_MACHINES[name])
        if statement["Action"] == ["lambda:InvokeFunction"]
    ]

    named = invoking["Resource"]
    allowed = {arn["Fn::GetAtt"][0] for arn in (named if isinstance(named, list) else [named])}
    assert allowed == {
        value["Fn::GetAtt"][0] for value in machine["DefinitionSubstitutions"].values()
    }


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_function_outlives_neither_its_state_nor_its_caller(name: str) -> None:
    tasks = [s for s in definition()["States"].values() if s["Type"] == "Task"]

    assert FUNCTIONS[name]["Timeout"] < min(task["TimeoutSeconds"] for task in tasks)


def test_each_function_has_a_role_of_its_own() -> None:
    roles = [role_of(name) for name in FUNCTIONS]

    assert len(set(roles)) == len(FUNCTIONS)
    assert set(roles) | set(_MACHINES.values()) == set(ROLES)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_each_function_logs_to_a_group_of_its_own_that_forgets(name: str) -> None:
    group = FUNCTIONS[name]["LoggingConfig"]["LogGroup"]["Ref"]
    properties = RESOURCES[group]["Properties"]

    assert properties["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    assert (
        properties["LogGroupName"]["Fn::Sub"].removeprefix("/aws/lambda/")
        == (FUNCTIONS[name]["FunctionName"]["Fn::Sub"])
    )
    writing = statements_of(role_of(name))[0]
    assert writing["Resource"] == {"Fn::GetAtt": [group, "Arn"]}


@pytest.mark.parametrize("name", _ASYNCHRONOUS)
def test_what_an_asynchronous_function_gives_up_is_kept(name: str) -> None:
    queue = FUNCTIONS[name]["DeadLetterQueue"]["TargetArn"]
    sending = [s for s in statements_of(role_of(name)) if s["Action"] == ["sqs:SendMessage"]]

    assert queue == {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}
    assert queue in [statement["Resource"] for statement in sending]


def test_no_statement_allows_every_action_of_a_service() -> None:
    for role in ROLES:
        for statement in statements_of(role):
            assert not any("*" in action for action in statement["Action"]), (role, statement)


def test_every_star_in_a_policy_says_why() -> None:
    lines = TEXT.splitlines()

    for number, line in enumerate(lines):
        if re.search(r'Resource: "\*"', line):
            block = lines[max(0, number - 12) : number + 1]
            start = max(i for i, text in enumerate(block) if "- Effect: Allow" in text)
            told = block[start - 1].strip().startswith("#") or "#" in line
            assert told, f"line {number + 1}: {line.strip()}"


def test_reading_agents_may_call_no_server_that_acts() -> None:
    for role in (
        "TriageRole",
        "RootCauseRole",
        "RecoveryVerifierRole",
        "ChatAgentRole",
        "GoalRunnerRole",
    ):
        assert "OperationsServer" not in str(statements_of(role))


def _is_the_switch(role: str, statement: dict[str, Any]) -> bool:
    """Whether it is the API's right to turn the switch of actions, for an administrator."""
    resource = str(statement["Resource"])
    return role == "IncidentApiRole" and resource.count("/actions-enabled'") == resource.count(
        "arn:"
    )


def test_only_the_operations_server_may_change_the_account() -> None:
    changing = re.compile(
        r"ecs:(Update|Create|Delete|Run|Stop|Register|Deregister)|ssm:Put|iam:"
        r"|lambda:(?!Invoke|List)|cloudformation:(?!Describe)"
        r"|sqs:(?!Send|List|Get|ReceiveMessage|DeleteMessage|ChangeMessageVisibility)"
        r"|dynamodb:(UpdateTable|DeleteTable|CreateTable)|iot:(?!Describe|List|Get)|states:Redrive"
    )

    able = [
        role
        for role in ROLES
        if any(
            changing.search(str(statement["Action"])) and not _is_the_switch(role, statement)
            for statement in statements_of(role)
        )
    ]
    assert able == ["OperationsServerRole"]


def test_only_intake_takes_alarms_from_their_queue_and_the_api_dead_letters() -> None:
    taken = {
        role: statement["Resource"]
        for role in ROLES
        for statement in statements_of(role)
        if {"sqs:ReceiveMessage", "sqs:DeleteMessage"} & set(statement["Action"])
    }

    assert taken.pop("OperationsServerRole")  # what it sends back, and what it may, is its own
    assert taken == {
        "IncidentIntakeRole": {"Fn::GetAtt": ["AlarmsQueue", "Arn"]},
        "AlarmLinkerRole": {"Fn::GetAtt": ["AlarmLinksQueue", "Arn"]},
        "IncidentApiRole": {"Fn::GetAtt": ["AlarmDeadLetterQueue", "Arn"]},
    }


def test_people_are_told_through_one_topic_and_nobody_forges_an_alarm() -> None:
    # The embedded AWS does not look at the topic, so this is held here and not by a probe.
    published = [
        statement["Resource"]
        for role in ROLES
        if role != _RINGING
        for statement in statements_of(role)
        if "sns:Publish" in statement["Action"]
    ]

    assert published
    assert all(resource == {"Ref": "NotificationsTopic"} for resource in published)
    (ringing,) = [s for s in statements_of(_RINGING) if s["Action"] == ["sns:Publish"]]
    assert ringing["Resource"] == {"Ref": "AlarmsTopic"}
    assert RESOURCES[_RINGING]["Condition"] == "IsForTrying"


def test_only_the_notifier_and_the_incident_server_may_speak_to_the_outside() -> None:
    told = {name for name in FUNCTIONS if "ITOPS_GITHUB_TOKEN_SECRET" in environment_of(name)}
    secret = {
        policy: [role for role in ROLES if policy in str(ROLES[role])]
        for policy in ("GitHubTokenPolicy", "ChannelSecretsPolicy")
    }

    assert told == {"IncidentServerFunction", "NotifierFunction"}
    assert secret == {
        "GitHubTokenPolicy": ["IncidentServerRole"],
        "ChannelSecretsPolicy": ["NotifierRole"],
    }
    assert [name for name in FUNCTIONS if "SLACK_TOKEN_SECRET_ARN" in environment_of(name)] == [
        "NotifierFunction"
    ]
    assert PARAMETERS["AllowWrites"]["Default"] == "false"


def test_defaults_of_the_template_are_those_of_the_configuration_file() -> None:
    raw = yaml.safe_load((CHECKOUT / "config" / "itops.yaml").read_text(encoding="utf-8"))
    variables = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    defaults = {
        name: str(PARAMETERS[value["Ref"]]["Default"])
        for name, value in variables.items()
        if name.startswith("ITOPS__")
    }

    assert defaults
    assert Config.model_validate(overridden(raw, defaults)) == Config.model_validate(raw)


def test_actions_are_off_until_somebody_turns_them_on() -> None:
    assert PARAMETERS["ActionsEnabled"]["Default"] == "off"
    assert RESOURCES["KillSwitch"]["Properties"]["Value"] == {"Ref": "ActionsEnabled"}


def test_every_parameter_is_used_and_bounded() -> None:
    for name, parameter in PARAMETERS.items():
        assert TEXT.count(name) > 1, f"{name} is declared and not used"
        bounds = {"AllowedValues", "AllowedPattern", "MinValue"} & set(parameter)
        assert bounds, f"{name} takes anything"


def test_tables_are_on_demand_encrypted_and_can_be_restored() -> None:
    tables = of_type("AWS::DynamoDB::Table")

    assert len(tables) == 9
    for table in tables.values():
        assert table["BillingMode"] == "PAY_PER_REQUEST"
        assert table["SSESpecification"] == {"SSEEnabled": True}
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_nothing_in_the_buckets_can_be_public() -> None:
    for bucket in of_type("AWS::S3::Bucket").values():
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert "BucketEncryption" in bucket


def test_every_method_of_the_api_but_the_open_ones_is_authorised() -> None:
    events = {
        f"{event['Properties']['Method']} {event['Properties']['Path']}": event["Properties"]
        for event in FUNCTIONS["IncidentApiFunction"]["Events"].values()
    }
    unauthorised = {
        name for name, event in events.items() if event.get("Auth") == {"Authorizer": "NONE"}
    }

    assert TEMPLATE["Resources"]["Api"]["Properties"]["Auth"]["DefaultAuthorizer"]
    assert unauthorised == {
        "OPTIONS /",
        "OPTIONS /{proxy+}",
        "GET /health",
        "GET /openapi.json",
        "POST /sign-in",
        "POST /slack/interactions",
        "POST /webhooks/alarms",
    }
    assert not any(event["Method"] == "ANY" for event in events.values())


def test_what_never_reaches_the_api_is_answered_with_a_problem_too() -> None:
    answers = TEMPLATE["Resources"]["Api"]["Properties"]["GatewayResponses"]

    assert {"UNAUTHORIZED", "ACCESS_DENIED", "DEFAULT_4XX", "DEFAULT_5XX"} <= set(answers)
    for answer in answers.values():
        text = answer["ResponseTemplates"]["application/json"]
        told = json.loads(text.replace("$context.error.messageString", '"said by the gateway"'))
        assert {"type", "title", "detail", "errors"} <= told.keys()
        assert told.get("status") == answer.get("StatusCode")
        headers = answer["ResponseParameters"]["Headers"]
        assert headers["Content-Type"] == "'application/problem+json'"


def test_an_alarm_of_itops_itself_tells_people_past_itops_and_opens_an_incident_if_it_can() -> None:
    people, incidents = {"Ref": "NotificationsTopic"}, {"Ref": "AlarmsTopic"}

    for name, alarm in of_type("AWS::CloudWatch::Alarm").items():
        opens_none = name in _OF_INTAKE
        assert alarm["AlarmActions"] == ([people] if opens_none else [people, incidents])


def test_the_catalog_is_told_of_every_function_of_itops() -> None:
    _, refs = TEMPLATE["Outputs"]["Functions"]["Value"]["Fn::Join"]

    assert {ref["Ref"] for ref in refs} == set(FUNCTIONS) - {"TestDataGeneratorFunction"}


def test_outputs_say_where_everything_is() -> None:
    expected = {"ApiUrl", "UiUrl", "UiBucket", "StateMachineArn", "AlarmsTopicArn"}
    outputs: dict[str, Any] = TEMPLATE["Outputs"]

    assert expected | set(of_type("AWS::DynamoDB::Table")) <= set(outputs)
