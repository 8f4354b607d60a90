"""Gives a deployed stack its data, its web page and its first token."""

import time
from collections.abc import Mapping
from typing import Any

from itops_cli.aws.target import Target
from itops_core.domain.own_parts import own_entries
from itops_core.domain.people import Role
from itops_core.stores.catalog import CatalogStore
from itops_core.stores.knowledge import KnowledgeStore
from itops_core.stores.runtime import RuntimeStore
from itops_core.stores.seeding import seed
from itops_core.stores.tokens import TokenStore
from local_cloud.page import upload_page

_ADMIN = "first-admin"


def seed_stores(target: Target, outputs: Mapping[str, str]) -> int:
    """Put knowledge and catalog into the tables; what people changed there stays. Count them."""
    dynamodb = target.resource("dynamodb")
    written = seed(
        KnowledgeStore(dynamodb.Table(outputs["KnowledgeBaseTable"])),
        CatalogStore(dynamodb.Table(outputs["CatalogTable"])),
        RuntimeStore(dynamodb.Table(outputs["RuntimeTable"])),
        own_entries(outputs),
    )
    return len(written)


def publish_page(target: Target, outputs: Mapping[str, str]) -> None:
    """Upload the web page and, where CloudFront serves it, have it fetched anew."""
    upload_page(target.client("s3"), outputs["UiBucket"], settings=page_settings(outputs))
    if distribution := outputs.get("DistributionId"):
        target.client("cloudfront").create_invalidation(
            DistributionId=distribution,
            InvalidationBatch={
                "Paths": {"Quantity": 1, "Items": ["/*"]},
                "CallerReference": str(time.time_ns()),
            },
        )


def page_settings(outputs: Mapping[str, str]) -> dict[str, Any]:
    """Return what the page has to know of the deployment it belongs to."""
    settings: dict[str, Any] = {"api_base": "api"}
    if domain := outputs.get("SignInDomain"):
        settings["sign_in"] = {"domain": domain, "client_id": outputs["SignInClientId"]}
    return settings


def first_token(target: Target, outputs: Mapping[str, str]) -> str | None:
    """Return a new administrator's token where there is none yet, else `None`."""
    tokens = TokenStore(target.resource("dynamodb").Table(outputs["RuntimeTable"]))
    if any(record.role is Role.ADMIN for record in tokens.list()):
        return None
    return tokens.create(_ADMIN, Role.ADMIN)
