"""Makes the stack tell the people of this machine: secrets, parameters and a subscription."""

from typing import Any

from botocore.exceptions import ClientError

from local_cloud.address import Address
from local_cloud.people import github, slack
from local_cloud.people.places import PATH, mailbox_url

SIGNING_SECRET = "local-signing-secret"  # noqa: S105 - of nobody but this machine
_NAMES = {
    "SlackTokenSecretArn": ("itops-local/slack-token", slack.TOKEN),
    "SlackSigningSecretArn": ("itops-local/slack-signing", SIGNING_SECRET),
    "GitHubTokenSecretArn": ("itops-local/github-token", github.TOKEN),
}
_TEAMS = ("itops-local/teams-webhook", "TeamsWebhookSecretArn")


def parameters_for(address: Address) -> dict[str, str]:
    """Keep the secrets of this machine's places and return the parameters that lead there."""
    base = f"{address.front_url}{PATH}"
    secrets = address.client("secretsmanager")
    found = {parameter: _kept(secrets, name, text) for parameter, (name, text) in _NAMES.items()}
    name, parameter = _TEAMS
    return {
        **found,
        parameter: _kept(secrets, name, f"{base}/teams/incidents"),
        "SlackChannel": slack.ROOM,
        "SlackBaseUrl": f"{base}/slack/api/",
        "SlackResponsePrefix": f"{base}/slack/response/",
        "GitHubRepository": github.REPOSITORY,
        "GitHubBaseUrl": f"{base}/github",
        "PageUrl": address.front_url,
    }


def subscribe_mailbox(address: Address, topic_arn: str) -> None:
    """Have the topic deliver to this machine's mailbox, once."""
    sns, endpoint = address.client("sns"), mailbox_url(address.front_url)
    known = sns.list_subscriptions_by_topic(TopicArn=topic_arn)["Subscriptions"]
    for one in known:
        if one["Protocol"] == "http" and one["Endpoint"] != endpoint:
            sns.unsubscribe(SubscriptionArn=one["SubscriptionArn"])
    if endpoint not in {one["Endpoint"] for one in known}:
        sns.subscribe(TopicArn=topic_arn, Protocol="http", Endpoint=endpoint)


def _kept(secrets: Any, name: str, text: str) -> str:  # noqa: ANN401
    try:
        found = secrets.describe_secret(SecretId=name)
        if secrets.get_secret_value(SecretId=name)["SecretString"] != text:
            secrets.put_secret_value(SecretId=name, SecretString=text)
    except ClientError:
        found = secrets.create_secret(Name=name, SecretString=text)
    return str(found["ARN"])
