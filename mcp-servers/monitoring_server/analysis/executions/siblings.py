"""Sets the item that failed beside the other items of its Map: how they fared, how it differs."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from monitoring_server.analysis.executions.differences import kind_of
from monitoring_server.analysis.executions.explanation import Items
from monitoring_server.analysis.executions.payloads import parsed
from monitoring_server.analysis.executions.record import Record, Scope, Visit, chain_of

_COMPARED = 200
_SHOWN = 4
_DEEPEST = 4
_FIELDS = 200
_COMMON_SHARE = 0.9
_FEWEST = 2
_NO_NUMBER = "text that is no number"
_NUMBER_TEXT = "a number in text"


def items_beside(record: Record, visit: Visit) -> Items | None:
    """Return how the items of the innermost Map around a visit fared, `None` outside of Maps."""
    found = next(((s, owner) for s, owner in chain_of(visit) if s.kind == "iteration"), None)
    if found is None:
        return None
    scope, owner = found
    scopes = dict.fromkeys(one.scope for one in record.visits if one.scope.owner is owner)
    succeeded = sum(_went_through(one) for one in scopes if one is not scope)
    failed = sum(one.outcome == "failed" or one is scope for one in scopes)
    return Items(
        map=owner.name,
        length=owner.length,
        index=scope.index,
        succeeded=succeeded,
        failed=failed,
        unlike_the_others=tuple(_oddities(scope, owner))[:_SHOWN],
    )


def _went_through(scope: Scope) -> bool:
    """Whether an iteration ended well, by its own event or by its last state."""
    if scope.outcome != "running":
        return scope.outcome == "succeeded"
    last = scope.entered
    return last is not None and last.exited_at is not None and last.outcome == "succeeded"


def _oddities(scope: Scope, owner: Visit) -> Iterator[str]:
    items = _items(scope, owner)
    if scope.index is None or scope.index >= len(items):
        return
    own = dict(_shape(items[scope.index], ""))
    others = [one for place, one in enumerate(items) if place != scope.index][:_COMPARED]
    if len(others) < _FEWEST:
        return
    shapes = [dict(_shape(one, "")) for one in others]
    for path in dict.fromkeys(path for shape in (own, *shapes) for path in shape):
        usual, count = Counter(shape.get(path, "missing") for shape in shapes).most_common(1)[0]
        here = own.get(path, "missing")
        if here != usual and count >= _COMMON_SHARE * len(shapes) and _tells(here, usual):
            share = "all" if count == len(shapes) else f"{count} of {len(shapes)}"
            yield f"{path or '$'} is {here}, {usual} in {share} others"


def _items(scope: Scope, owner: Visit) -> list[Any]:
    """Return the list that a Map works through, by its length or by the item at that place."""
    lists = list(_lists_in(parsed(owner.input), 0))
    if owner.length is not None:
        return next((one for one in lists if len(one) == owner.length), [])
    place, item = scope.index, parsed(scope.item)
    fitting = (
        one for one in lists if place is not None and place < len(one) and one[place] == item
    )
    return next(fitting, [])


def _lists_in(value: Any, depth: int) -> Iterator[list[Any]]:  # noqa: ANN401
    """Yield the lists in a Map's input, outer ones first."""
    if isinstance(value, list):
        yield value
    elif isinstance(value, Mapping) and depth < _DEEPEST:
        for inner in value.values():
            yield from _lists_in(inner, depth + 1)


def _tells(here: str, usual: str) -> bool:
    """Whether a difference is more than one number among words."""
    return not (here == _NUMBER_TEXT and usual == _NO_NUMBER)


def _shape(value: Any, path: str, depth: int = 0) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    if isinstance(value, Mapping) and depth < _DEEPEST:
        for name, inner in list(value.items())[:_FIELDS]:
            yield from _shape(inner, f"{path}.{name}" if path else f"$.{name}", depth + 1)
    elif isinstance(value, str):
        yield path, "empty" if not value.strip() else _text_kind(value)
    else:
        yield (
            path,
            {"NoneType": "null", "dict": "object", "list": "list"}.get(
                kind_of(value), kind_of(value)
            ),
        )


def _text_kind(text: str) -> str:
    try:
        float(text)
    except ValueError:
        return _NO_NUMBER
    return _NUMBER_TEXT
