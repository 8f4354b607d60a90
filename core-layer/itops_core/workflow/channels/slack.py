"""Slack: one thread for each incident; a question's message changes when it is decided."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from itops_core.domain.notification import Occasion
from itops_core.workflow.channels.port import DeliveryFailedError, Letter, NothingToDoError
from itops_core.workflow.channels.secrets import Secret
from itops_core.workflow.channels.slack_message import blocks, fallback

if TYPE_CHECKING:
    from slack_sdk import WebClient

EVENT_TYPE = "itops_notification"
"""Marks our messages, with their id, in Slack's own metadata."""

_LOUD = {Occasion.PAGE_AGAIN, Occasion.ESCALATED, Occasion.FAILED, Occasion.APPROVAL}
"""Shown in the channel as well as in the thread."""

_STALE_TOKEN = {"invalid_auth", "not_authed", "token_revoked", "token_expired"}
_PASSING = _STALE_TOKEN | {
    "ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable",
    "request_timeout", "team_added_to_org", "access_denied",
}  # fmt: skip
_LOOKED_THROUGH = 200


@dataclass(frozen=True)
class SlackChannel:
    """Posts, answers in threads, and updates, by Slack's Web API."""

    token: Secret
    channel: str
    base_url: str
    timeout_seconds: float
    name: str = "slack"

    def send(self, letter: Letter) -> dict[str, Any]:
        """Post a message, or change the one that asked for the decision that was taken."""
        if letter.notification.occasion is Occasion.DECIDED:
            return self._updated(letter)
        thread = _thread_of(letter)
        if letter.is_repeat:
            found = self._found(letter, thread)
            if found:
                return found
        occasion, told = letter.notification.occasion, letter.notification
        message: dict[str, Any] = {
            "channel": self.channel,
            "text": fallback(told),
            "blocks": blocks(letter),
            "metadata": {
                "event_type": EVENT_TYPE,
                "event_payload": {"notification_id": told.notification_id},
            },
            "unfurl_links": False,
            "unfurl_media": False,
        }
        if thread:
            message |= {"thread_ts": thread, "reply_broadcast": occasion in _LOUD}
        posted = self._call(lambda client: client.chat_postMessage(**message))
        known = {"channel": posted["channel"], "ts": posted["ts"]}
        return {**known, "thread_ts": thread} if thread else known

    def _updated(self, letter: Letter) -> dict[str, Any]:
        asked = letter.told_of(Occasion.APPROVAL)
        if asked is None:
            raise NothingToDoError("the question was never shown there")
        told = letter.notification
        self._call(
            lambda client: client.chat_update(
                channel=asked["channel"],
                ts=asked["ts"],
                text=fallback(told),
                blocks=blocks(letter),
            )
        )
        return dict(asked)

    def _found(self, letter: Letter, thread: str | None) -> dict[str, Any] | None:
        """Return the message where an earlier try came through after all."""
        since = f"{letter.notification.created_at.timestamp():.6f}"
        asked = {
            "channel": self.channel,
            "include_all_metadata": True,
            "limit": _LOOKED_THROUGH,
            "oldest": since,
        }

        def look(client: "WebClient") -> Mapping[str, Any]:
            if thread:
                return client.conversations_replies(ts=thread, **asked)  # type: ignore[return-value]
            return client.conversations_history(**asked)  # type: ignore[return-value]

        for message in self._call(look)["messages"]:
            payload = (message.get("metadata") or {}).get("event_payload") or {}
            if payload.get("notification_id") == letter.notification.notification_id:
                return {"channel": self.channel, "ts": message["ts"]}
        return None

    def _call(self, ask: Callable[["WebClient"], Any]) -> Any:  # noqa: ANN401
        # A tenth of a second to import, and only the notifier talks to Slack.
        from slack_sdk import WebClient  # noqa: PLC0415
        from slack_sdk.errors import SlackApiError, SlackClientError  # noqa: PLC0415

        client = WebClient(
            token=self.token(),
            base_url=self.base_url,
            timeout=int(self.timeout_seconds),
            # The next try is the deliverer's affair, which remembers it.
            retry_handlers=[],
        )
        try:
            return ask(client)
        except SlackApiError as error:
            raise self._refused(error) from error
        except (SlackClientError, OSError, ValueError) as error:
            raise DeliveryFailedError(f"Slack is out of reach ({type(error).__name__})") from error

    def _refused(self, error: Any) -> DeliveryFailedError:  # noqa: ANN401 - slack_sdk's, unimported
        code = str(error.response.get("error") or error.response.status_code)
        if code in _STALE_TOKEN:
            self.token.forget()
        wait = str(error.response.headers.get("Retry-After") or "")
        busy = error.response.status_code >= 500 or code in _PASSING
        return DeliveryFailedError(
            f"Slack refused it ({code})",
            is_final=not busy,
            retry_after=float(wait) if wait.isdigit() else None,
        )


def _thread_of(letter: Letter) -> str | None:
    if letter.notification.occasion is Occasion.DIGEST:
        return None
    first = next((known for _, known in letter.earlier if known.get("ts")), None)
    return str(first["ts"]) if first else None
