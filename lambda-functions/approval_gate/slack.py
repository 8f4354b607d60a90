"""Tells Slack what came of a click, at the address that Slack gave with it."""

import json
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from itops_core.domain.approval_card import card_of
from itops_core.errors import NotFoundError
from itops_core.observability import logger
from itops_core.stores.approvals import ApprovalStore
from itops_core.workflow.channels.port import DeliveryFailedError
from itops_core.workflow.rendering.approval import approval_blocks

_SECONDS = 5
_MOVED, _BROKEN = 300, 500
_LATER = {408, 429}


@dataclass(frozen=True)
class SlackReply:
    """Draws the card of an approval anew, or answers the one who clicked."""

    approvals: ApprovalStore
    prefix: str
    """Nothing is sent anywhere else, whatever a request says."""
    notice: Callable[[], str]
    """What an approver has to know while nothing is carried out."""

    def tell(self, response_url: str, approval_id: str, note: str) -> dict[str, Any]:
        """Send the message and return whether Slack took it.

        Raises `DeliveryFailedError` where it may take it later: Lambda tries twice more, and then
        keeps what is to be told with the dead letters.
        """
        if not response_url.startswith(self.prefix):
            logger("approval_gate").warning("not an address of Slack", approval_id=approval_id)
            return {"outcome": "not_told"}
        try:
            message = self._message(approval_id, note)
            status = _post(response_url, message)
        except NotFoundError as error:
            logger("approval_gate").warning("slack was not told", why=str(error)[:300])
            return {"outcome": "not_told"}
        except OSError as error:
            raise DeliveryFailedError(f"slack is out of reach: {error}") from error
        if status in _LATER or status >= _BROKEN:
            raise DeliveryFailedError(f"slack answered {status}")
        return {"outcome": "told" if status < _MOVED else "not_told"}

    def _message(self, approval_id: str, note: str) -> dict[str, Any]:
        if not approval_id:
            return {"response_type": "ephemeral", "replace_original": False, "text": note}
        card = card_of(self.approvals.get(approval_id))
        return {"replace_original": True, **approval_blocks(card, note or self.notice())}


def _post(url: str, message: dict[str, Any]) -> int:
    """Send it there and nowhere else, and return the status: what leads on is not followed."""
    # Built by hand, without the handler that follows redirects.
    opener = urllib.request.OpenerDirector()
    for handler in (urllib.request.HTTPHandler(), urllib.request.HTTPSHandler()):
        opener.add_handler(handler)
    request = urllib.request.Request(  # noqa: S310 - only what begins with the prefix comes here
        url,
        data=json.dumps(message, ensure_ascii=False).encode(),
        headers={"Content-Type": "application/json; charset=utf-8"},
        method="POST",
    )
    answer = opener.open(request, timeout=_SECONDS)
    if answer is None:
        raise OSError("nothing there speaks HTTP")
    with answer:
        return answer.status
