"""Seeding knowledge and catalog: complete, repeatable, and never over what people wrote."""

import pytest

from itops_core.domain.catalog import Article
from itops_core.stores.catalog import CatalogStore
from itops_core.stores.knowledge import KnowledgeStore
from itops_core.stores.runtime import RuntimeStore
from itops_core.stores.seeding import fingerprint, seed
from tests.support.accounts import Tables

pytest_plugins = ("tests.emulator",)

Stores = tuple[KnowledgeStore, CatalogStore, RuntimeStore]


@pytest.fixture
def stores(tables: Tables) -> Stores:
    return (
        KnowledgeStore(tables.knowledge),
        CatalogStore(tables.catalog),
        RuntimeStore(tables.runtime),
    )


def test_a_first_seed_brings_articles_runbooks_and_services(stores: Stores) -> None:
    knowledge, catalog, _ = stores

    written = seed(*stores)

    assert len(knowledge.list("article")) >= 10
    assert len(knowledge.list("runbook")) >= 4
    assert catalog.get("payment-service").tier == 1
    assert len(written) == len(knowledge.list()) + len(catalog.list())


def test_a_second_seed_writes_nothing(stores: Stores) -> None:
    seed(*stores)

    assert seed(*stores) == ()


@pytest.mark.parametrize("remembers", [True, False])
def test_what_people_changed_stays(stores: Stores, remembers: bool) -> None:
    knowledge, catalog, memory = stores
    seed(*stores)
    changed = knowledge.list("article")[0].model_copy(update={"trust_percent": 5})
    moved = catalog.get("cart").model_copy(update={"owner": "new-team"})
    knowledge.put(changed)
    catalog.put(moved)

    seed(knowledge, catalog, memory if remembers else None)

    assert knowledge.get(changed.article_id).trust_percent == 5
    assert catalog.get("cart").owner == "new-team"


def test_an_untouched_article_follows_a_new_release_of_the_project(stores: Stores) -> None:
    knowledge, catalog, memory = stores
    seed(*stores)
    released = knowledge.list("article")[0]
    _seeded_long_ago(knowledge, memory, released.model_copy(update={"fix": "an older word"}))

    written = seed(knowledge, catalog, memory)

    assert written == (released.article_id,)
    assert knowledge.get(released.article_id) == released


def _seeded_long_ago(knowledge: KnowledgeStore, memory: RuntimeStore, old: Article) -> None:
    knowledge.put(old)
    memory.put(f"seed#Article#{old.article_id}", {"sha256": fingerprint(old)}, 60)
