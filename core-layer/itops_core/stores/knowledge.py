"""What is known from before: articles and runbooks, and a search over them."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from boto3.dynamodb.conditions import Attr

from itops_core.domain.catalog import Article
from itops_core.domain.values import utc_now
from itops_core.errors import ConflictError, NotFoundError
from itops_core.stores.items import item_of, put_if, scan_all, value_of
from itops_core.stores.ranking import Document, Field, Ranking

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

_SERVICE_WEIGHT = 1.35
_HALF_LIFE_DAYS = 182.0
_TRIES = 5


class KnowledgeStore:
    """Articles by id; few enough to be ranked in code."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def put(self, article: Article) -> Article:
        """Store an article, in place of the one of the same id."""
        self._table.put_item(Item=item_of(article))
        return article

    def add(self, article: Article) -> Article:
        """Store an article where its id is free; return the one that stands there."""
        is_free = Attr("article_id").not_exists()
        if put_if(self._table, item_of(article), is_free):
            return article
        return self.get(article.article_id)

    def change(
        self,
        article_id: str,
        change: Callable[[Article], Article],
        version: int | None = None,
    ) -> Article:
        """Store what `change` makes of an article; one that it leaves as it is stays as it is.

        With a `version`, only of that one: where it is another by now, `ConflictError`.
        """
        for _ in range(_TRIES):
            known = self.get(article_id)
            if version is not None and known.version != version:
                raise ConflictError(
                    f"{article_id} was changed meanwhile: it is at version {known.version}, and "
                    f"what you saw was {version}; look at it again"
                )
            changed = change(known)
            if changed == known:
                return known
            changed = changed.model_copy(update={"version": known.version + 1})
            if self._replaced(known.version, changed):
                return changed
        raise ConflictError(f"others changed {article_id} all the time; try again in a moment")

    def _replaced(self, version: int, article: Article) -> bool:
        same = Attr("version").eq(version)
        if not version:
            # Written before articles had versions.
            same = Attr("article_id").exists() & (same | Attr("version").not_exists())
        return put_if(self._table, item_of(article), same)

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
        """Return the articles that say most about `query`, best first, each with its score."""
        return tuple(ranked(self.list(), query, services)[:limit])


def ranked(
    articles: Sequence[Article], query: str, services: Collection[str] = ()
) -> list[tuple[Article, float]]:
    """Return the articles that say anything about `query`, best first, each with its score.

    What a person found to be wrong, or withdrew, is not returned at all.
    Articles about one of `services` weigh a third more, and full trust doubles a score: what a
    tool wrote an hour ago does not outrank what people reviewed by repeating the same words.
    """
    scores = Ranking([document_of(article) for article in articles]).scores(query)
    weighed = [
        (article, round(score * weight_of(article, services), 4))
        for article, score in zip(articles, scores, strict=True)
        if score > 0 and article.trust_percent > 0 and article.withdrawn is None
    ]
    return sorted(weighed, key=lambda pair: (-pair[1], pair[0].article_id))


def weight_of(article: Article, services: Collection[str], at: datetime | None = None) -> float:
    """Return what an article's words weigh: by its services, and by how far it is trusted."""
    about = _SERVICE_WEIGHT if set(article.services) & set(services) else 1.0
    return about * (1 + trust_in(article, at or utc_now()) / 100)


def trust_in(article: Article, at: datetime) -> float:
    """Return how far an article is trusted by now: what was learned loses half in half a year."""
    return faded(article.trust_percent, article.learned_at, at)


def faded(trust_percent: float, since: datetime | None, at: datetime) -> float:
    """Return what is left of a trust that was right at `since`; without that, it does not fade."""
    if since is None:
        return float(trust_percent)
    days = max(0.0, (at - since).total_seconds() / 86_400)
    return trust_percent * 0.5 ** (days / _HALF_LIFE_DAYS)


def document_of(article: Article) -> Document:
    """Return an article as the ranking sees it."""
    return (
        Field(article.title, 3),
        Field(" ".join(article.services), 1.5),
        Field(article.symptoms, 2),
        Field(article.cause, 1.5),
        Field(article.fix, 1),
        Field(article.body, 1),
    )
