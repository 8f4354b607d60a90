"""Keeps the model's API key in Secrets Manager: it never passes through CloudFormation."""

from botocore.exceptions import ClientError

from itops_cli.aws.target import Target


def secret_name(prefix: str) -> str:
    """Return what the secret of a deployment is called."""
    return f"{prefix}/anthropic-api-key"


def keep(target: Target, prefix: str, key: str) -> str:
    """Store the key, or its new value, and return the secret's ARN."""
    secrets = target.client("secretsmanager")
    name = secret_name(prefix)
    try:
        return secrets.create_secret(
            Name=name, Description="Anthropic API key of ITOps' agents", SecretString=key
        )["ARN"]
    except secrets.exceptions.ResourceExistsException:
        return secrets.put_secret_value(SecretId=name, SecretString=key)["ARN"]


def forget(target: Target, prefix: str) -> bool:
    """Delete the secret; return whether there was one."""
    try:
        target.client("secretsmanager").delete_secret(
            SecretId=secret_name(prefix), ForceDeleteWithoutRecovery=True
        )
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "ResourceNotFoundException":
            return False
        raise
    return True
