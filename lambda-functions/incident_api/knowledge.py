"""What is known from before."""

from http import HTTPStatus

from incident_api.bodies import KnowledgeQuery, NewArticle
from incident_api.operations import Call, Resource
from incident_api.views import ArticlePage, FoundArticle
from itops_core.domain.catalog import Article
from itops_core.domain.people import Role
from itops_core.domain.values import derived_id, new_id
from itops_core.wiring import stores

resource = Resource("knowledge")


@resource.operation("GET /knowledge", role=Role.VIEWER, answer=ArticlePage)
def list_knowledge(call: Call[None, KnowledgeQuery]) -> ArticlePage:
    """List articles and runbooks, or search them."""
    asked = call.query
    services = (asked.service,) if asked.service else ()
    if asked.query:
        ranked = stores.knowledge().search(asked.query, services, asked.limit)
        found = [FoundArticle(**dict(article), score=score) for article, score in ranked]
    else:
        known = stores.knowledge().list(asked.kind)
        found = [FoundArticle(**dict(article)) for article in known]
    wanted = [
        article
        for article in found
        if asked.kind in (None, article.kind)
        and (asked.service is None or asked.service in article.services)
    ]
    return ArticlePage(items=tuple(wanted[: asked.limit]))


@resource.operation(
    "POST /knowledge",
    role=Role.RESPONDER,
    answer=Article,
    status=HTTPStatus.CREATED,
    idempotent=True,
)
def add_article(call: Call[NewArticle, None]) -> Article:
    """Add what is worth knowing the next time."""
    article_id = derived_id("KB", call.key) if call.key else new_id("KB")
    return stores.knowledge().put(Article(article_id=article_id, **dict(call.body)))
