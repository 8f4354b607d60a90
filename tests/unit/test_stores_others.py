"""Catalog, knowledge, runtime records and tokens against real DynamoDB semantics."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from itops_core.domain.catalog import Article, CatalogEntry
from itops_core.domain.people import Caller, Role
from itops_core.errors import NotFoundError
from itops_core.stores.catalog import CatalogStore
from itops_core.stores.knowledge import KnowledgeStore
from itops_core.stores.runtime import RuntimeStore
from itops_core.stores.tokens import TokenStore, sha256_of, token_id_of
from tests.support.accounts import Tables

pytest_plugins = ("tests.emulator",)


def test_a_catalog_entry_is_found_by_its_id_or_its_ecs_service(tables: Tables) -> None:
    store = CatalogStore(tables.catalog)
    entry = CatalogEntry(
        entry_id="payment-service",
        kind="ecs_service",
        ecs_service="payment-svc-v2",
        log_groups=("/ecs/payment-service",),
        metric_dimensions={"Service": "payment-service"},
    )
    store.put(entry)

    assert store.get("payment-service") == entry
    assert store.find("payment-service") == entry
    assert store.find("payment-svc-v2") == entry
    assert store.find("unknown") is None
    assert store.find("") is None


def test_the_catalog_knows_who_leans_on_whom(tables: Tables) -> None:
    store = CatalogStore(tables.catalog)
    store.put(CatalogEntry(entry_id="orders-db", kind="table"))
    leaning = store.put(
        CatalogEntry(entry_id="checkout", kind="ecs_service", depends_on=("orders-db",))
    )

    assert store.dependants_of("orders-db") == (leaning,)
    assert [entry.entry_id for entry in store.list()] == ["checkout", "orders-db"]


def test_an_unknown_catalog_entry_or_article_is_not_found(tables: Tables) -> None:
    with pytest.raises(NotFoundError):
        CatalogStore(tables.catalog).get("nothing")
    with pytest.raises(NotFoundError):
        KnowledgeStore(tables.knowledge).get("nothing")


def some_articles(store: KnowledgeStore) -> None:
    for article_id, title, symptoms, services, trust in (
        ("KB-1", "Tasks killed for memory", "OutOfMemoryError, tasks stopped", ("payment",), 50),
        ("KB-2", "Slow queries", "latency p99 rises, database cpu high", ("orders",), 50),
        ("KB-3", "Tasks killed for memory too", "OutOfMemoryError, tasks stopped", ("ads",), 90),
    ):
        store.put(
            Article(
                article_id=article_id,
                title=title,
                symptoms=symptoms,
                services=services,
                trust_percent=trust,
            )
        )
    store.put(Article(article_id="RB-1", kind="runbook", title="Restart a service"))


def test_a_search_ranks_what_says_most_about_the_words_first(tables: Tables) -> None:
    store = KnowledgeStore(tables.knowledge)
    some_articles(store)

    found = [article.article_id for article, _ in store.search("database latency is high")]

    assert found == ["KB-2"]


def test_a_search_prefers_the_named_service_and_more_trust(tables: Tables) -> None:
    store = KnowledgeStore(tables.knowledge)
    some_articles(store)

    def best(*services: str) -> str:
        return store.search("OutOfMemoryError tasks killed", services)[0][0].article_id

    assert best() == "KB-3"
    assert best("payment") == "KB-1"


def test_a_search_for_words_nobody_used_finds_nothing(tables: Tables) -> None:
    store = KnowledgeStore(tables.knowledge)
    some_articles(store)

    assert store.search("zebra") == ()
    assert store.search("") == ()


def test_articles_and_runbooks_are_listed_apart(tables: Tables) -> None:
    store = KnowledgeStore(tables.knowledge)
    some_articles(store)

    assert [article.article_id for article in store.list("runbook")] == ["RB-1"]
    assert len(store.list()) == 4


def test_of_twenty_that_begin_the_same_key_one_gets_it(tables: Tables) -> None:
    store = RuntimeStore(tables.runtime)

    def begin(number: int) -> bool:
        return store.begin("action", 60, {"by": number})

    with ThreadPoolExecutor(10) as pool:
        won = list(pool.map(begin, range(20)))

    assert sum(won) == 1
    assert store.read("action") == {"by": won.index(True)}


def test_a_key_whose_time_is_over_is_free_again(tables: Tables) -> None:
    store = RuntimeStore(tables.runtime)
    store.begin("lock", -1, {"old": True})

    assert store.read("lock") is None
    assert store.begin("lock", 60, {"old": False})


def test_the_first_word_on_a_key_stands(tables: Tables) -> None:
    store = RuntimeStore(tables.runtime)
    store.begin("request", 60, {"body": "a", "share": 0.5})

    assert store.finish("request", {"answer": 1})
    assert not store.finish("request", {"answer": 2})
    assert store.read("request") == {"answer": 1}


def test_nobody_can_finish_what_nobody_began(tables: Tables) -> None:
    with pytest.raises(NotFoundError):
        RuntimeStore(tables.runtime).finish("nothing", {})


def test_put_replaces_and_delete_forgets(tables: Tables) -> None:
    store = RuntimeStore(tables.runtime)
    store.put("key", {"a": 1}, 60)
    store.put("key", {"a": 2}, 60)
    assert store.read("key") == {"a": 2}

    store.delete("key")

    assert store.read("key") is None


def test_a_token_stands_for_its_caller_and_the_table_does_not_give_it_away(
    tables: Tables,
) -> None:
    store = TokenStore(tables.runtime)

    plain = store.create("ann", Role.APPROVER)

    assert store.find(plain) == Caller(name="ann", role=Role.APPROVER)
    assert store.find(plain[:-1]) is None
    assert plain not in str(tables.runtime.scan()["Items"])


def test_revoking_a_token_ends_it_and_no_other_of_that_name(tables: Tables) -> None:
    store = TokenStore(tables.runtime)
    first, second = store.create("ann", Role.ADMIN), store.create("ann", Role.VIEWER)

    gone = store.revoke(token_id_of(sha256_of(first)))

    assert (gone.name, gone.role) == ("ann", Role.ADMIN)
    assert store.find(first) is None
    assert store.find(second) == Caller(name="ann", role=Role.VIEWER)
    with pytest.raises(NotFoundError):
        store.revoke(gone.token_id)


def test_of_two_that_replace_a_value_the_first_wins(tables: Tables) -> None:
    store = RuntimeStore(tables.runtime)
    store.begin("claim", 60, {"a": 1, "b": "é"})

    assert store.replace("claim", {"b": "é", "a": 1}, {"a": 2}, 60)
    assert not store.replace("claim", {"a": 1, "b": "é"}, {"a": 3}, 60)
    assert store.read("claim") == {"a": 2}
