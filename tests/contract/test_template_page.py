"""How the web page is served and signed in to on AWS: the same rules as on a laptop."""

from typing import Any

from itops_cli.aws.furnish import page_settings
from itops_core.domain.people import Role
from local_cloud.front import PAGE_POLICY
from tests.contract.sam_template import RESOURCES, of_type

_ON_AWS = {
    "AWS::Cognito::UserPool",
    "AWS::Cognito::UserPoolClient",
    "AWS::Cognito::UserPoolDomain",
    "AWS::Cognito::UserPoolGroup",
    "AWS::CloudFront::ResponseHeadersPolicy",
}


def _properties(kind: str) -> dict[str, Any]:
    (found,) = of_type(kind).values()
    return found


def _read(policy: str) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in policy.split(";"))
    return {name: allowed for name, _, allowed in parts}


def test_the_distribution_sends_the_policy_of_the_front_door_and_lets_cognito_be_asked() -> None:
    headers = _properties("AWS::CloudFront::ResponseHeadersPolicy")["ResponseHeadersPolicyConfig"]
    told = headers["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"]

    sent = _read(" ".join(str(told["Fn::Sub"]).split()))

    asked = sent.pop("connect-src")
    here = _read(PAGE_POLICY)
    assert here.pop("connect-src") == "'self'"
    assert sent == here
    assert asked.split()[0] == "'self'"
    assert asked.split()[1].endswith(".amazoncognito.com")


def test_every_role_is_a_group_of_the_pool() -> None:
    groups = of_type("AWS::Cognito::UserPoolGroup").values()

    assert {group["GroupName"] for group in groups} == {role.value for role in Role}


def test_the_console_has_no_secret_and_nobody_signs_up_by_themselves() -> None:
    client = _properties("AWS::Cognito::UserPoolClient")
    pool = _properties("AWS::Cognito::UserPool")

    assert client["GenerateSecret"] is False
    assert client["AllowedOAuthFlows"] == ["code"]
    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}


def test_a_laptop_makes_none_of_it() -> None:
    made = [item for item in RESOURCES.values() if item["Type"] in _ON_AWS]

    assert len(made) >= len(_ON_AWS)
    assert all(item["Condition"] == "OnAws" for item in made)


def test_the_page_is_told_where_people_sign_in_where_they_can() -> None:
    outputs = {"SignInDomain": "https://x.example", "SignInClientId": "c"}

    assert page_settings(outputs)["sign_in"] == {"domain": "https://x.example", "client_id": "c"}
    assert "sign_in" not in page_settings({})
