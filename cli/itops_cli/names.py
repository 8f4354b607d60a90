"""Names that the catalog lacks: said when they are given, for they may be mistyped."""

from collections.abc import Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

from itops_cli.api import Api
from itops_cli.screen.console import tame
from itops_core.errors import ITOpsError


def doubts_about(api: Api, given: Sequence[str], consequence: str) -> tuple[str, ...]:
    """Return a sentence for each name, or pattern of names, that no entry of the catalog has."""
    try:
        known = [one["entry_id"] for one in api.get("/pipelines")["items"]]
    except ITOpsError:
        # What was asked for is done: that names cannot be looked up is no reason to fail.
        return ()
    return tuple(_doubt(one, known, consequence) for one in given if not _is_known(one, known))


def _is_known(pattern: str, known: list[str]) -> bool:
    return any(fnmatchcase(name.lower(), pattern.lower()) for name in known)


def _doubt(pattern: str, known: list[str], consequence: str) -> str:
    close = get_close_matches(pattern.lower(), known, n=3)
    meant = f"; did you mean {' or '.join(close)}?" if close else ""
    return f"the catalog knows no {tame(pattern)}: {consequence}{meant}"
