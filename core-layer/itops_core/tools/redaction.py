"""Takes secrets out of what tools answer, before anything of it is stored or shown."""

import json
import re
import unicodedata
from typing import Any

MARK = "[redacted]"

_NAMED = (
    r"pass(?:word|wd|phrase)|pwd|secret|api[_-]?key|access[_-]?key(?:[_-]?id)?|private[_-]?key|"
    r"(?:session|auth|access|refresh|id)[_-]?token|credentials?"
)
_NAME = re.compile(rf"(?:{_NAMED}|token)$", re.IGNORECASE)
_VALUE = (
    r"\"(?:[^\"\\]|\\.)*\"|\\\"[^\"]*?\\\"|'[^']*'|\\?[\"'][^\"']*$|"
    r"[^\s\"'\\,;&)}\]]+"
)
"""Quoted, with escaped quotes, cut off before its closing quote, or bare."""

_BLANK = re.compile(r"\s+")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Choose how the letter before them is drawn; a row of them spells out anything, unseen."""

_ALWAYS = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY-----"
    r"(?:.{0,20000}?-----END [A-Z0-9 ]{0,30}PRIVATE KEY-----|[A-Za-z0-9+/=\s\\]*)"
    r"|\b(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}\b"
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
    r"|\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|\bxox[abeoprs]-[\w-]{10,}"
    r"|\bsk-[\w-]{20,}|\b[rs]k_(?:live|test)_\w{10,}|\bAIza[\w-]{30,}",
    re.DOTALL,
)
"""What is a secret wherever it stands: private keys, AWS key ids, JWTs, well-known tokens."""

_AFTER: tuple[re.Pattern[str], ...] = (
    re.compile(
        r"(authorization\\?[\"']?\s{0,3}[=:]\s{0,3}\\?[\"']?(?:bearer|basic|digest|token)\s+)"
        r"(?!\[redacted\])[^\s\"']{4,}",
        re.IGNORECASE,
    ),
    re.compile(r"(\b(?:bearer|basic)\s+)(?=\S*[\d._~+/=-])[\w.~+/-]{8,}=*", re.IGNORECASE),
    re.compile(r"(\b[a-z][a-z0-9+.-]{1,20}://[^\s:/@]{0,100}:)[^\s/@]+(?=@)", re.IGNORECASE),
    # The colons around it tell an ARN, as in `…:secret:name`, from `secret: value`.
    re.compile(
        rf"((?<!:)(?:{_NAMED})\\?[\"']?\s{{0,3}}[=:]\s{{0,3}})(?!\[redacted\])(?:{_VALUE})",
        re.IGNORECASE,
    ),
    re.compile(
        r"(token\\?[\"']?\s{0,3}[=:]\s{0,3}\\?[\"']?)(?=[\w.~+/-]{0,200}\d)[\w.~+/-]{12,}=*",
        re.IGNORECASE,
    ),
)
"""What is a secret because of what stands before it, which is kept."""


def names_a_secret(name: str) -> bool:
    """Whether a field or an environment variable of this name holds a secret."""
    return _NAME.search(name) is not None


def redacted_text(text: str) -> str:
    """Return `text` without the secrets in it."""
    text = _ALWAYS.sub(MARK, text)
    for pattern in _AFTER:
        text = pattern.sub(rf"\1{MARK}", text)
    return text


def plain_text(text: str) -> str:
    """Return what a person or an alarm wrote, without secrets, control and direction marks.

    Lines and tabs stay; a mark that turns text around or moves a cursor is no word of anyone's.
    """
    kept = (mark for mark in text if mark in "\n\t" or unicodedata.category(mark)[0] != "C")
    return redacted_text("".join(kept))


def one_line(text: str) -> str:
    """Return a title or a name as one line, without secrets, control and direction marks."""
    return plain_text(_BLANK.sub(" ", text)).strip()


def spelled_out(text: str) -> str:
    """Return `text` with its control and direction marks as their code points.

    Nothing of it is lost, and none of them steers a screen.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(json.dumps(mark)[1:-1] if _steers(mark) else mark for mark in text)


def _steers(mark: str) -> bool:
    """Whether it is no letter: a control, a direction, a new line, half of a letter."""
    kind = unicodedata.category(mark)
    return kind[0] == "C" or kind in {"Zl", "Zp"}


def without_hidden_marks(value: Any) -> Any:  # noqa: ANN401 - any JSON value, and the same kind back
    """Return the JSON value `value` without marks that nobody sees.

    Zero-width letters, marks that turn text around, tags and variation selectors hide words from
    people and from patterns, but not from a model.
    """
    if isinstance(value, str):
        return value if value.isascii() else "".join(filter(_is_shown, value))
    if isinstance(value, dict):
        return {without_hidden_marks(key): without_hidden_marks(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [without_hidden_marks(item) for item in value]
    return value


def _is_shown(mark: str) -> bool:
    return unicodedata.category(mark) != "Cf" and not _SELECTORS.match(mark)


def redacted(value: Any) -> Any:  # noqa: ANN401 - any JSON value, and the same kind back
    """Return the JSON value `value` with every secret in it replaced by a mark."""
    if isinstance(value, str):
        return redacted_text(value)
    if isinstance(value, dict):
        return {key: _field(str(key), content) for key, content in value.items()}
    if isinstance(value, list | tuple):
        return [redacted(item) for item in value]
    return value


def _field(name: str, content: Any) -> Any:  # noqa: ANN401
    if isinstance(content, str) and content and names_a_secret(name):
        return MARK
    return redacted(content)
