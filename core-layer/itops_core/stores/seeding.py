"""Puts the knowledge, runbooks and catalog that come with the project into the tables.

What people changed is never overwritten. With a memory of what was seeded last, an untouched
entry follows a new release of the project; without one, whatever is there stays as it is.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml

from itops_core.domain.catalog import Article, CatalogEntry
from itops_core.domain.values import sha256_of
from itops_core.errors import InvalidInputError, NotFoundError
from itops_core.settings import bundled
from itops_core.stores.catalog import CatalogStore
from itops_core.stores.knowledge import KnowledgeStore
from itops_core.stores.runbooks import read_runbook, runbook_files
from itops_core.stores.runtime import RuntimeStore

_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n(.*)\Z", re.DOTALL)
_ADDED = frozenset({"version", "withdrawn", "trust_history"})
_REMEMBERED_SECONDS = 10 * 365 * 86_400
_Seeded = TypeVar("_Seeded", Article, CatalogEntry)


def seed(
    knowledge: KnowledgeStore,
    catalog: CatalogStore,
    memory: RuntimeStore | None = None,
    further: Sequence[CatalogEntry] = (),
) -> tuple[str, ...]:
    """Seed everything, and `further` entries of the catalog; return the ids that were written."""
    written = [
        article.article_id
        for article in (*articles(bundled("knowledge-base")), *runbooks(bundled("runbooks")))
        if _seeded(article, article.article_id, (knowledge.get, knowledge.put), memory)
    ]
    written += [
        entry.entry_id
        for entry in (*catalog_entries(bundled("config") / "catalog.yaml"), *further)
        if _seeded(entry, entry.entry_id, (catalog.get, catalog.put), memory)
    ]
    return tuple(written)


def articles(folder: Path) -> tuple[Article, ...]:
    """Return the articles of `folder`: Markdown with front matter."""
    return tuple(_article(path) for path in sorted(folder.glob("*.md")) if path.name != "README.md")


def runbooks(folder: Path) -> tuple[Article, ...]:
    """Return the runbooks of `folder` as the knowledge base keeps them."""
    return tuple(read_runbook(path).article() for path in runbook_files(folder))


def catalog_entries(path: Path) -> tuple[CatalogEntry, ...]:
    """Return the entries of a catalog file."""
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    return tuple(CatalogEntry.model_validate(entry) for entry in raw["entries"])


def _article(path: Path) -> Article:
    match = _FRONT_MATTER.match(path.read_text(encoding="utf-8"))
    if match is None:
        raise InvalidInputError(f"{path.name} does not begin with front matter between --- lines")
    fields: dict[str, Any] = yaml.safe_load(match[1])
    return Article.model_validate({**fields, "body": match[2].strip()})


def fingerprint(value: Article | CatalogEntry) -> str:
    """Return the sha256 of what a file says; what only people and time add counts where it is."""
    told = value.model_dump(mode="json")
    return sha256_of({k: v for k, v in told.items() if v or k not in _ADDED})


def _seeded(
    value: _Seeded,
    identifier: str,
    store: tuple[Callable[[str], _Seeded], Callable[[_Seeded], _Seeded]],
    memory: RuntimeStore | None,
) -> bool:
    get, put = store
    key = f"seed#{type(value).__name__}#{identifier}"
    try:
        present = get(identifier)
    except NotFoundError:
        present = None
    if present is not None:
        remembered = memory.read(key) if memory else None
        untouched = remembered is not None and remembered.get("sha256") == fingerprint(present)
        if not untouched or present == value:
            return False
    put(value)
    if memory is not None:
        memory.put(key, {"sha256": fingerprint(value)}, _REMEMBERED_SECONDS)
    return True
