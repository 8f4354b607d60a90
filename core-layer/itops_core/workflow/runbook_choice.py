"""Which runbook fits what was found: by kind of finding, kind of component, and words."""

import re
from collections.abc import Iterable

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.reports import Finding
from itops_core.domain.runbook import Runbook
from itops_core.stores.runbooks import known_runbooks

_WORD = re.compile(r"[a-z]{4,}")


def fitting_runbook(finding: Finding, entry: CatalogEntry | None = None) -> Runbook | None:
    """Return the runbook that fits best, if any is for what was found."""
    fitting = [
        (_fits(book, finding, entry), book)
        for book in known_runbooks().values()
        if finding.kind in book.applies_to.findings
    ]
    best = max(fitting, key=lambda one: one[0], default=None)
    return best[1] if best is not None and best[0] > 0 else None


def _fits(book: Runbook, finding: Finding, entry: CatalogEntry | None) -> float:
    kinds = book.applies_to.kinds
    if entry is not None and kinds and entry.kind not in kinds:
        return 0.0
    own = 2.0 if entry is not None and entry.runbook == book.article_id else 0.0
    named = 1.0 if finding.component in book.applies_to.services else 0.0
    said = _words([finding.claim.text, *finding.alarms])
    known = _words([book.title, *book.symptoms])
    return 1.0 + own + named + len(said & known) / (1 + len(said))


def _words(texts: Iterable[str]) -> set[str]:
    return {word for text in texts for word in _WORD.findall(text.lower())}
