"""What is known from before: articles and runbooks, and a search over them."""

import math
import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Literal

from itops_core.domain.catalog import Article
from itops_core.errors import NotFoundError
from itops_core.stores.items import item_of, scan_all, value_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

_WORD = re.compile(r"[a-z0-9]+")
_SATURATION, _LENGTH_WEIGHT = 1.2, 0.75
"""k1 and b of BM25."""


class KnowledgeStore:
    """Articles by id; few enough to be ranked in code."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def put(self, article: Article) -> Article:
        """Store an article, in place of the one of the same id."""
        self._table.put_item(Item=item_of(article))
        return article

    def get(self, article_id: str) -> Article:
        """Return the article, or raise `NotFoundError`."""
        answer = self._table.get_item(Key={"article_id": article_id}, ConsistentRead=True)
        item = answer.get("Item")
        if item is None:
            raise NotFoundError(f"no article {article_id!r}")
        return value_of(Article, item)

    def list(self, kind: Literal["article", "runbook"] | None = None) -> tuple[Article, ...]:
        """Return every article, or those of one kind, by id."""
        found = [value_of(Article, item) for item in scan_all(self._table)]
        wanted = [article for article in found if kind in (None, article.kind)]
        return tuple(sorted(wanted, key=lambda article: article.article_id))

    def search(
        self, query: str, services: Collection[str] = (), limit: int = 5
    ) -> tuple[tuple[Article, float], ...]:
        """Return the articles that say most about `query`, best first, each with its score.

        Articles about one of `services` weigh half as much again, and so does full trust.
        """
        articles = self.list()
        scores = bm25(_words(query), [_words(_text_of(article)) for article in articles])
        weighed = [
            (article, round(score * _weight(article, services), 4))
            for article, score in zip(articles, scores, strict=True)
            if score > 0
        ]
        return tuple(sorted(weighed, key=lambda pair: (-pair[1], pair[0].article_id))[:limit])


def bm25(query: Sequence[str], documents: Sequence[Sequence[str]]) -> list[float]:
    """Return the Okapi BM25 score of each document for the query's words."""
    counts = [Counter(words) for words in documents]
    mean_length = sum(len(words) for words in documents) / max(len(documents), 1) or 1.0
    scores = [0.0] * len(documents)
    for word in set(query):
        holding = sum(word in count for count in counts)
        rarity = math.log(1 + (len(documents) - holding + 0.5) / (holding + 0.5))
        for index, count in enumerate(counts):
            length = 1 - _LENGTH_WEIGHT + _LENGTH_WEIGHT * len(documents[index]) / mean_length
            frequency = count[word]
            scores[index] += (
                rarity * frequency * (_SATURATION + 1) / (frequency + _SATURATION * length)
            )
    return scores


def _weight(article: Article, services: Collection[str]) -> float:
    about = 1.5 if set(article.services) & set(services) else 1.0
    return about * (1 + article.trust_percent / 200)


def _text_of(article: Article) -> str:
    parts = (article.title, article.title, *article.services, article.symptoms, article.cause)
    return " ".join((*parts, article.fix, article.body))


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())
