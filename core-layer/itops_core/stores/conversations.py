"""Conversations: one item for each question, and a head for each conversation; both with a TTL."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, Key

from itops_core.domain.conversation import ChatTurn, ConversationHead, TurnStatus
from itops_core.errors import ConflictError, NotFoundError
from itops_core.stores.items import (
    item_of,
    put_if,
    query_all,
    scan_all,
    value_of,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

KEPT = timedelta(days=30)
"""After the last question; then DynamoDB forgets the conversation."""

_HEAD = 0
_MOST_LISTED = 1000


class ConversationStore:
    """Turns of conversations, in order; turn 0 is the head."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def begin(self, turn: ChatTurn) -> ChatTurn:
        """Store a new question; raise `ConflictError` where its place is taken."""
        if not put_if(self._table, _item(turn, turn.asked_at), Attr("turn").not_exists()):
            raise ConflictError(
                f"{turn.conversation_id} has a question {turn.turn} already; ask again"
            )
        self._put_head(turn)
        return turn

    def finish(self, turn: ChatTurn) -> ChatTurn:
        """Store what came of a question, once; return what stands."""
        item = _item(turn, turn.answered_at or turn.asked_at)
        if put_if(self._table, item, Attr("status").eq(TurnStatus.THINKING.value)):
            return turn
        return self.turn(turn.conversation_id, turn.turn)

    def turn(self, conversation_id: str, number: int) -> ChatTurn:
        """Return one question, or raise `NotFoundError`."""
        key: Any = {"conversation_id": conversation_id, "turn": number}
        item = self._table.get_item(Key=key, ConsistentRead=True).get("Item")
        if item is None:
            raise NotFoundError(f"no question {number} in conversation {conversation_id!r}")
        return value_of(ChatTurn, item)

    def turns(self, conversation_id: str) -> tuple[ChatTurn, ...]:
        """Return a conversation's questions, oldest first, or raise `NotFoundError`."""
        items = query_all(
            self._table,
            KeyConditionExpression=Key("conversation_id").eq(conversation_id)
            & Key("turn").gt(_HEAD),
            ConsistentRead=True,
        )
        found = tuple(value_of(ChatTurn, item) for item in items)
        if not found:
            raise NotFoundError(f"no conversation {conversation_id!r}; it may have been forgotten")
        return found

    def heads(self, limit: int) -> tuple[ConversationHead, ...]:
        """Return the conversations there are, the newest first."""
        found: list[ConversationHead] = []
        for item in scan_all(self._table, FilterExpression=Attr("turn").eq(_HEAD)):
            found.append(value_of(ConversationHead, item))
            if len(found) >= _MOST_LISTED:
                break
        return tuple(sorted(found, key=lambda one: one.updated_at, reverse=True)[:limit])

    def _put_head(self, turn: ChatTurn) -> None:
        first = turn if turn.turn == 1 else self.turn(turn.conversation_id, 1)
        head = ConversationHead(
            conversation_id=turn.conversation_id,
            title=first.message[:200],
            turns=turn.turn,
            asked_by=first.asked_by,
            began_at=first.asked_at,
            updated_at=turn.asked_at,
        )
        item: dict[str, Any] = item_of(head)
        self._table.put_item(Item={**item, "turn": _HEAD, "expires_at": _expiry(turn.asked_at)})


def _item(turn: ChatTurn, at: datetime) -> dict[str, Any]:
    return {**item_of(turn), "expires_at": _expiry(at)}


def _expiry(at: datetime) -> int:
    return int((at + KEPT).timestamp())
