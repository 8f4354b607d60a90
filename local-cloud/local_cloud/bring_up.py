"""Brings the whole system up in one call: cloud, stack, knowledge, estate, web page, a token.

Everything may run again: what is there stays, what changed is brought up to date.
"""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from itops_core.domain.own_parts import own_entries
from itops_core.domain.people import Role
from itops_core.stores.catalog import CatalogStore
from itops_core.stores.knowledge import KnowledgeStore
from itops_core.stores.runtime import RuntimeStore
from itops_core.stores.seeding import seed
from itops_core.stores.tokens import TokenStore
from local_cloud import cloud, deployer
from local_cloud.address import TOKEN_FILE, Address
from local_cloud.environment import WORKERS_PER_FUNCTION
from local_cloud.page import upload_page
from local_cloud.people import setting_up
from local_cloud.sandbox import seed_estate
from local_cloud.sandbox.fleet import seed_fleet

_ADMIN = "local-admin"
_WARM_SECONDS = 60

_logger = logging.getLogger(__name__)


def _tell_nobody(_step: str) -> None:
    return


@dataclass(frozen=True)
class Wishes:
    """What may differ from the usual local cloud."""

    port: int = 4566
    front_port: int = 8787
    workers: int = WORKERS_PER_FUNCTION
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    tell: Callable[[str], None] = _tell_nobody
    """Called with the name of each step as it begins."""


def bring_up(folder: Path, wishes: Wishes | None = None) -> Address:
    """Start, deploy and furnish the cloud of `folder`; return where it answers."""
    wishes = wishes or Wishes()
    wishes.tell("starting the embedded AWS")
    address = cloud.start(folder, wishes.port, wishes.front_port, workers=wishes.workers)
    wishes.tell("deploying the stack")
    people = setting_up.parameters_for(address)
    outputs = deployer.deploy(address, {**people, **wishes.parameters})
    wishes.tell("seeding knowledge, catalog and estate")
    furnish(address, outputs)
    return address


def furnish(address: Address, outputs: Mapping[str, str]) -> None:
    """Give a deployed stack its data, its page and its administrator, and wake the reconciler."""
    upload_page(address.client("s3"), outputs["UiBucket"])
    mint_token(address, outputs["RuntimeTable"])
    with ThreadPoolExecutor(1) as meanwhile:
        meanwhile.submit(warm_api, address)
        seed_stores(address, outputs)
        setting_up.subscribe_mailbox(address, outputs["NotificationsTopicArn"])
        seed_estate(address)
        seed_fleet(address)
    address.client("lambda").invoke(
        FunctionName=outputs["ReconcilerFunction"], InvocationType="Event"
    )


def warm_api(address: Address) -> None:
    """Ask the API something, so that the first person does not wait for its cold start."""
    connection = HTTPConnection("127.0.0.1", address.front_port, timeout=_WARM_SECONDS)
    try:
        headers = {"Authorization": f"Bearer {address.token}"}
        connection.request("GET", "/api/incidents?limit=1", headers=headers)
        connection.getresponse().read()
    except (OSError, HTTPException):
        _logger.warning("the API does not answer yet")
    finally:
        connection.close()


def seed_stores(address: Address, outputs: Mapping[str, str]) -> None:
    """Put the knowledge and the catalog that come with the project into the tables."""
    dynamodb = address.resource("dynamodb")
    seed(
        KnowledgeStore(dynamodb.Table(outputs["KnowledgeBaseTable"])),
        CatalogStore(dynamodb.Table(outputs["CatalogTable"])),
        RuntimeStore(dynamodb.Table(outputs["RuntimeTable"])),
        own_entries(outputs),
    )


def mint_token(address: Address, runtime_table: str) -> None:
    """Keep an administrator's token in the folder; make a new one where the old one is unknown."""
    tokens = TokenStore(address.resource("dynamodb").Table(runtime_table))
    if address.token and tokens.find(address.token) is not None:
        return
    path = address.folder / TOKEN_FILE
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(tokens.create(_ADMIN, Role.ADMIN) + "\n", encoding="utf-8")
