"""The incident server where it is deployed: its role suffices, and its gate is shut by default."""

from collections.abc import Callable, Iterator

import pytest

from itops_core.tools.lambda_gateway import LambdaToolGateway
from local_cloud.address import Address
from tests.support.tool_servers import answered

Unique = Callable[[str], str]


@pytest.fixture(scope="module")
def server(cloud: Address) -> Iterator[LambdaToolGateway]:
    gateway = LambdaToolGateway("incident", "ITOps-IncidentServer", cloud.client("lambda"), 60)
    yield gateway
    gateway.close()


def test_what_a_tool_opens_is_worked_on_and_everything_about_it_can_be_asked(
    cloud: Address, server: LambdaToolGateway, unique: Unique
) -> None:
    service = unique("nobody-knows-it")
    opened = answered(
        server, "create_incident", title=f"{service} is slow", service=service, key=service
    )

    about = {"incident_id": opened["incident_id"]}
    machine = cloud.outputs["StateMachineArn"].replace(":stateMachine:", ":execution:")
    found = cloud.client("stepfunctions").describe_execution(
        executionArn=f"{machine}:{opened['incident_id']}"
    )

    assert found["status"] in {"RUNNING", "SUCCEEDED"}
    assert answered(server, "analyze_incident", **about)["questions"]
    assert opened["incident_id"] in answered(server, "generate_report", **about)["content"]
    assert answered(server, "find_similar_incidents", **about)["query"]["among"] >= 1


def test_nothing_leaves_a_deployment_that_does_not_allow_it(
    server: LambdaToolGateway, unique: Unique
) -> None:
    service = unique("nobody-pages")
    opened = answered(
        server, "create_incident", title=f"{service} is slow", service=service, key=service
    )

    for tool, words in (
        ("create_ticket", {"title": "look", "body": "at it"}),
        ("create_github_issue", {"title": "look", "body": "at it"}),
        ("publish_sns_escalation", {"message": "look at it"}),
    ):
        asked = {"incident_id": opened["incident_id"], "key": f"{service} once", **words}
        answer = answered(server, tool, **asked)
        assert (answer["outcome"], answer["rules"]) == ("refused", ["allow-writes"])


def test_what_a_tool_learned_is_found_again(server: LambdaToolGateway, unique: Unique) -> None:
    lesson = unique("lesson")
    words = {"title": f"What {lesson} taught", "symptoms": lesson, "cause": "c", "fix": "f"}

    saved = answered(server, "save_knowledge_article", key=f"{lesson} once", **words)
    found = answered(server, "search_knowledge_base", query=lesson)

    assert saved["trust_percent"] == 10
    assert saved["article_id"] in [article["article_id"] for article in found["articles"]]
