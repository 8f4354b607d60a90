"""The right article is found: by words, by services, through typing errors, weighed by trust."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itops_cli.benchmark.knowledge import labelled_questions, ours, quality, searching
from itops_core.domain.catalog import Article
from itops_core.settings import bundled
from itops_core.stores.knowledge import ranked
from itops_core.stores.ranking import Field, Ranking
from itops_core.stores.seeding import articles
from itops_core.stores.words import words_of

KNOWN = articles(bundled("knowledge-base"))
ASKED = labelled_questions()
WIDE = "".join(chr(ord(letter) + 0xFEE0) for letter in "killed")


def test_every_label_names_an_article_and_every_article_is_asked_for() -> None:
    wanted = {name for one in (*ASKED.queries, *ASKED.blind) for name in one.relevant}

    assert len(ASKED.queries) >= 60
    assert wanted <= {article.article_id for article in KNOWN}


def test_the_search_is_as_good_as_it_was() -> None:
    known = quality(ours(KNOWN), KNOWN, ASKED.queries)
    blind = quality(ours(KNOWN), KNOWN, ASKED.blind)

    assert known["mrr"] >= 0.92
    assert known["recall_at_3"] >= 0.93
    assert blind["mrr"] >= 0.77
    assert blind["recall_at_5"] >= 0.85


def test_ours_is_better_than_plain_bm25_on_questions_it_was_not_made_for() -> None:
    figures = searching()["blind"]

    assert figures["itops"]["mrr"] > figures["bm25, plain words"]["mrr"]
    assert figures["itops"]["ndcg"] > figures["tf-idf, our words"]["ndcg"]


def article(name: str, **fields: object) -> Article:
    given_fields = {"title": "Tasks killed for memory", "trust_percent": 70, **fields}
    return Article.model_validate({"article_id": name, **given_fields})


def best(query: str, *known: Article, services: tuple[str, ...] = ()) -> str:
    return ranked(known, query, services)[0][0].article_id


def test_an_article_about_the_service_comes_before_one_about_another() -> None:
    known = article("KB-1", services=("cart",)), article("KB-2", services=("search",))

    assert best("tasks killed", *known) == "KB-1"
    assert best("tasks killed", *known, services=("search",)) == "KB-2"


def test_what_a_tool_wrote_does_not_outrank_what_people_reviewed_by_saying_it_often() -> None:
    stuffed = article("KB-0", body="tasks killed memory " * 50, trust_percent=10)

    assert best("tasks killed for memory", stuffed, article("KB-1", trust_percent=80)) == "KB-1"


@pytest.mark.parametrize(
    ("query", "other"),
    [
        ("taks kiled for memroy", "typing errors"),
        ("OutOfMemoryError", "a name taken apart"),
        ("TASK KILLING", "other endings"),
        (WIDE, "wide letters"),
        ("exit code 137", "a concept"),
    ],
)  # fmt: skip
def test_the_same_thing_is_found_in_other_words(query: str, other: str) -> None:
    out_of_memory = article("KB-1", symptoms="They ran out of memory.")
    known = out_of_memory, article("KB-2", title="Certificates ran out")

    assert best(query, *known) == "KB-1", other


def test_a_compound_is_found_in_parts_and_parts_as_a_compound() -> None:
    documents = [[Field("healthcheck endpoint", 1)], [Field("signature endpoint", 1)]]
    parts = [[Field("queue depth", 1)], [Field("disk space", 1)]]

    together, apart = Ranking(documents), Ranking(parts)

    assert together.scores("signa ture")[1] > together.scores("signa ture")[0]
    assert apart.scores("queuedepth")[0] > apart.scores("queuedepth")[1]


def test_what_says_nothing_finds_nothing() -> None:
    for nothing in ("zebra", "", "the of and", "\x00\u202e", "0123456789abcdef" * 20, "x" * 10_000):
        assert ranked((article("KB-1"),), nothing) == []
    assert Ranking([]).scores("memory") == []


@given(st.text(max_size=400))
def test_any_text_has_words_and_a_score(text: str) -> None:
    assert all(words_of(text))
    assert all(score >= 0 for score in Ranking([[Field(text, 1)]]).scores(text))
