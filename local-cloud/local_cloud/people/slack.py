"""Slack's Web API, as far as messages go: post, update, read back, and answer a click."""

import time
from collections.abc import Callable
from typing import Any

from local_cloud.people.block_kit import faults
from local_cloud.people.inbox import Inbox, Record

TOKEN = "xoxb-local-0000"  # noqa: S105 - of nobody but this machine
ROOM, ROOM_ID = "incidents", "C0LOCAL0001"
_TEXT = 40_000
_ROOMS = {ROOM, f"#{ROOM}", ROOM_ID}


class Slack:
    """One workspace with one channel."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    def call(self, method: str, token: str, given: dict[str, Any]) -> dict[str, Any]:
        """Answer a method of the Web API; what Slack refuses is refused by its name."""
        if token != TOKEN:
            return _no("invalid_auth")
        known = {
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
        }
        if method not in known:
            return _no("unknown_method")
        if given.get("channel") not in _ROOMS:
            return _no("channel_not_found")
        return known[method](given)

    def respond(self, response_id: str, given: dict[str, Any]) -> tuple[int, str]:
        """Take what an app says to a click, at the address that the click came with."""
        wrong = faults(given["blocks"]) if "blocks" in given else []
        if wrong or not (given.get("text") or given.get("blocks") or given.get("delete_original")):
            return 400, "invalid_payload"
        self._inbox.add("slack", "response", {"response_id": response_id, "message": given})
        return 200, "ok"

    def _post(self, given: dict[str, Any]) -> dict[str, Any]:
        refused = _refusal(given)
        if refused:
            return refused
        thread = given.get("thread_ts")
        if thread and not self._message(str(thread)):
            return _no("thread_not_found")
        ts = f"{time.time():.6f}"
        while self._message(ts):
            ts = f"{float(ts) + 1e-6:.6f}"
        message = {name: given[name] for name in _KEPT if given.get(name) is not None}
        self._inbox.add("slack", "message", {"ts": ts, "thread_ts": thread, "message": message})
        return {"ok": True, "channel": ROOM_ID, "ts": ts, "message": {**message, "ts": ts}}

    def _update(self, given: dict[str, Any]) -> dict[str, Any]:
        refused = _refusal(given)
        if refused:
            return refused
        found = self._message(str(given.get("ts")))
        if found is None:
            return _no("message_not_found")
        changed = {name: given[name] for name in ("text", "blocks") if name in given}
        before = [*found.get("edits", []), found["message"]]
        message = {**found["message"], **changed}
        self._inbox.change(found["number"], message=message, edits=before)
        return {"ok": True, "channel": ROOM_ID, "ts": found["ts"], "text": message.get("text", "")}

    def _history(self, given: dict[str, Any]) -> dict[str, Any]:
        return self._listed(given, lambda one: not one["thread_ts"])

    def _replies(self, given: dict[str, Any]) -> dict[str, Any]:
        thread = str(given.get("ts"))
        if not self._message(thread):
            return _no("thread_not_found")
        return self._listed(given, lambda one: thread in (one["ts"], one["thread_ts"]))

    def _listed(self, given: dict[str, Any], fits: Callable[[Record], bool]) -> dict[str, Any]:
        oldest = float(given.get("oldest") or 0)
        with_metadata = str(given.get("include_all_metadata", "")).lower() in {"1", "true"}
        found = self._inbox.find(
            lambda one: (
                one["what"] == "message"
                and one["place"] == "slack"
                and float(one["ts"]) >= oldest
                and fits(one)
            )
        )
        newest = found[::-1][: int(given.get("limit") or 100)]
        messages = [{"type": "message", "ts": one["ts"], **one["message"]} for one in newest]
        if not with_metadata:
            messages = [{k: v for k, v in one.items() if k != "metadata"} for one in messages]
        return {"ok": True, "messages": messages, "has_more": False}

    def _message(self, ts: str) -> Record | None:
        found = self._inbox.find(
            lambda one: one["place"] == "slack" and one["what"] == "message" and one["ts"] == ts
        )
        return found[0] if found else None


_KEPT = ("text", "blocks", "metadata", "reply_broadcast", "unfurl_links", "unfurl_media")


def _refusal(given: dict[str, Any]) -> dict[str, Any] | None:
    text = given.get("text")
    if text is not None and len(str(text)) > _TEXT:
        return _no("msg_too_long")
    if not text and not given.get("blocks"):
        return _no("no_text")
    wrong = faults(given["blocks"]) if given.get("blocks") is not None else []
    if wrong:
        return {**_no("invalid_blocks"), "response_metadata": {"messages": wrong}}
    told = given.get("metadata")
    if told is not None and not (
        isinstance(told, dict)
        and isinstance(told.get("event_type"), str)
        and isinstance(told.get("event_payload"), dict)
    ):
        return _no("invalid_metadata_format")
    return None


def _no(error: str) -> dict[str, Any]:
    return {"ok": False, "error": error}
