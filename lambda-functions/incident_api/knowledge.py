"""What is known from before: found, added, edited, taken out of use, and how far it is trusted."""

from collections.abc import Callable
from http import HTTPStatus

from pydantic import Field

from incident_api.bodies import ArticleEdit, KnowledgeQuery, NewArticle, WithdrawArticle
from incident_api.operations import Call, Resource
from incident_api.views import ArticlePage, FoundArticle
from itops_core.domain.audit_events import knowledge_changed
from itops_core.domain.catalog import Article, TrustChange, Withdrawal
from itops_core.domain.incident import Status
from itops_core.domain.people import Role
from itops_core.domain.values import IncidentId, Moment, Value, derived_id, new_id, utc_now
from itops_core.errors import ConflictError
from itops_core.stores.knowledge import trust_in
from itops_core.wiring import stores

resource = Resource("knowledge")
_LOOKED_AT, _PAGE = 400, 200


class Use(Value):
    """An incident in which the agents were told of an article when work began."""

    incident_id: IncidentId
    title: str
    status: Status
    opened_at: Moment
    score: float = Field(description="How well it fitted.")


class ArticleDetails(Value):
    """An article, how far it is trusted by now, and where it was used."""

    article: Article
    trusted_now_percent: int = Field(description="Trust in what was learned fades with time.")
    used_in: tuple[Use, ...] = Field(description="Newest first.")
    looked_at: int = Field(description="So many of the newest incidents were looked at for it.")


@resource.operation("GET /knowledge", role=Role.VIEWER, answer=ArticlePage)
def list_knowledge(call: Call[None, KnowledgeQuery]) -> ArticlePage:
    """List articles and runbooks, or search them; what was withdrawn only where asked for."""
    asked = call.query
    services = (asked.service,) if asked.service else ()
    if asked.query and not asked.withdrawn:
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
        and (article.withdrawn is not None) == asked.withdrawn
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
    added = stores.knowledge().add(Article(article_id=article_id, **dict(call.body)))
    _put_on_record(added, "added", call.caller.name)
    return added


@resource.operation("GET /knowledge/<article_id>", role=Role.VIEWER, answer=ArticleDetails)
def get_article(call: Call[None, None]) -> ArticleDetails:
    """Show an article, what moved the trust in it, and where it was used."""
    article = stores.knowledge().get(call.path["article_id"])
    used_in, looked_at = _uses_of(article.article_id)
    return ArticleDetails(
        article=article,
        trusted_now_percent=round(trust_in(article, utc_now())),
        used_in=used_in,
        looked_at=looked_at,
    )


@resource.operation("PUT /knowledge/<article_id>", role=Role.RESPONDER, answer=Article)
def edit_article(call: Call[ArticleEdit, None]) -> Article:
    """Put another text in an article's place, if nobody else changed it meanwhile."""
    asked, by, at = call.body, call.caller.name, utc_now()

    def edited(article: Article) -> Article:
        _refuse_runbook(article)
        texts = asked.model_dump(exclude={"version", "trust_percent", "reason"})
        changed = article.model_copy(update=texts)
        if asked.trust_percent == article.trust_percent:
            return changed
        return changed.trusted(
            TrustChange(
                at=at,
                was_percent=article.trust_percent,
                percent=asked.trust_percent,
                by=by,
                why=asked.reason or "set by hand",
            )
        )

    return _changed(call, edited, "edited", asked.version)


@resource.operation("POST /knowledge/<article_id>/withdraw", role=Role.RESPONDER, answer=Article)
def withdraw_article(call: Call[WithdrawArticle, None]) -> Article:
    """Take an article out of use: agents are not told of it, and nothing of it is lost."""
    by, at = call.caller.name, utc_now()

    def withdrawn(article: Article) -> Article:
        _refuse_runbook(article)
        if article.withdrawn is not None:
            return article
        gone = Withdrawal(at=at, by=by, reason=call.body.reason)
        return article.model_copy(update={"withdrawn": gone})

    return _changed(call, withdrawn, "withdrawn", None)


@resource.operation("POST /knowledge/<article_id>/restore", role=Role.RESPONDER, answer=Article)
def restore_article(call: Call[WithdrawArticle, None]) -> Article:
    """Put a withdrawn article into use again."""
    return _changed(
        call, lambda article: article.model_copy(update={"withdrawn": None}), "restored", None
    )


def _changed(
    call: "Call[ArticleEdit, None] | Call[WithdrawArticle, None]",
    change: Callable[[Article], Article],
    done: str,
    version: int | None,
) -> Article:
    knowledge, article_id = stores.knowledge(), call.path["article_id"]
    before = knowledge.get(article_id)
    after = knowledge.change(article_id, change, version)
    if after.version != before.version:
        _put_on_record(after, done, call.caller.name, call.body.reason or "")
    return after


def _put_on_record(article: Article, done: str, by: str, reason: str = "") -> None:
    details = {"trust_percent": article.trust_percent, "reason": reason}
    stores.audit().append(knowledge_changed(article, done, by, utc_now(), **details))


def _refuse_runbook(article: Article) -> None:
    if article.kind == "runbook":
        raise ConflictError(
            f"{article.article_id} is a runbook: it comes with the deployment, from runbooks/; "
            "change it there"
        )


def _uses_of(article_id: str) -> tuple[tuple[Use, ...], int]:
    """Return the newest incidents whose agents were told of an article, and of how many."""
    found: list[Use] = []
    cursor, looked_at = None, 0
    while looked_at < _LOOKED_AT:
        page = stores.incidents().list(limit=_PAGE, cursor=cursor)
        looked_at += len(page.items)
        for one in page.items:
            hints = one.past.hints if one.past else ()
            scores = [hint.score for hint in hints if hint.source_id == article_id]
            if scores:
                known = one.model_dump(include={"incident_id", "title", "status", "opened_at"})
                found.append(Use(**known, score=max(scores)))
        cursor = page.cursor
        if cursor is None:
            break
    return tuple(found), looked_at
