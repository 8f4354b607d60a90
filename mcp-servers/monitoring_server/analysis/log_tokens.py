"""A log message as tokens, with all that is variable by its shape put as `<*>`."""

import re

VARIABLE = "<*>"
SEPARATORS = frozenset(",;:=()[]{}\"'<>|")
_MOST = 60
_UNITS = frozenset(("B", "KB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB", "ms", "us", "ns"))
_CLOSERS = {",", ":", ";", "/"}

_SHAPES = re.compile(
    "|".join(
        (
            r"\b[a-zA-Z][a-zA-Z0-9+.-]{1,12}://\S+",
            r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b",
            r"(?:(?<=\s)|^|(?<=[=(\[,:/@]))/?\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b",
            r"(?:(?<=\s)|^|(?<=[=(\[,:]))(?:/[\w.$*@+~%-]+){2,}/?",
            r"\b(?:[A-Za-z0-9-]+\.){2,}[A-Za-z]{2,}(?:\$\w+)*(?::\d+)?(?![\w(.])",
        )
    )
)
_TOKEN = re.compile(r"<\*>|[^\s,;:=()\[\]{}\"'<>|]+|[,;:=()\[\]{}\"'<>|]")
_DIGIT = re.compile(r"\d")
_FILLING = re.compile(r"[.\-*_#~]+")


def tokens_of(message: str) -> tuple[str, ...]:
    """Return the message's words and separators; runs of variables count as one."""
    tokens: list[str] = []
    for token in _TOKEN.findall(_SHAPES.sub(VARIABLE, message)):
        if len(tokens) > _MOST:
            break
        if token == VARIABLE or _DIGIT.search(token):
            _append_variable(tokens)
        elif not _FILLING.fullmatch(token) and not (_after_variable(tokens) and token in _UNITS):
            tokens.append(token)
    return tuple(tokens)


def _after_variable(tokens: list[str]) -> bool:
    return bool(tokens) and tokens[-1] == VARIABLE


def _append_variable(tokens: list[str]) -> None:
    """Add a variable; a separator between two of them belongs to them."""
    if _after_variable(tokens):
        return
    if len(tokens) > 1 and tokens[-1] in _CLOSERS and tokens[-2] == VARIABLE:
        tokens.pop()
        return
    tokens.append(VARIABLE)
