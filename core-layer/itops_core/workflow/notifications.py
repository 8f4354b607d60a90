"""Telling people. A channel that fails is written down and never stops an incident."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from itops_core.domain.incident import Incident
from itops_core.domain.values import utc_now
from itops_core.observability import logger
from itops_core.stores.incidents import IncidentStore
from itops_core.stores.runtime import RuntimeStore
from itops_core.workflow.events import timeline_event

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

_log = logger("workflow")
_REMEMBERED_SECONDS = 7 * 24 * 3600
_HEADLINES = {
    "critical": "critical incident",
    "approval": "needs a decision",
    "resolved": "resolved",
    "closed": "nothing was wrong",
    "escalated": "needs a person",
    "failed": "the agents failed",
    "page": "somebody asks for a person",
}


@dataclass(frozen=True)
class Notifications:
    """Publishes to the notifications topic, each thing once unless a crash comes between."""

    client: "SNSClient"
    topic_arn: str
    incidents: IncidentStore
    runtime: RuntimeStore
    now: Callable[[], datetime] = utc_now

    def tell(self, incident: Incident, kind: str, detail: str = "", key: str = "") -> bool:
        """Tell people that something became of an incident; `False` where the channel failed.

        `key` tells several messages of one kind apart, such as two approvals.
        """
        record = f"notified#{incident.incident_id}#{kind}#{key}"
        if self.runtime.read(record) is not None:
            return True
        try:
            self._publish(incident, kind, detail)
        except (ClientError, BotoCoreError) as error:
            _log.warning("notification failed", incident_id=incident.incident_id, exc_info=True)
            self._note(incident, kind, key, f"people could not be told ({kind}): {error}"[:500])
            return False
        # Remembered after the fact: told twice after a crash is better than never told.
        self.runtime.put(record, {"told_at": self.now().isoformat()}, _REMEMBERED_SECONDS)
        self._note(incident, kind, key, f"people were told: {_HEADLINES.get(kind, kind)}")
        return True

    def _publish(self, incident: Incident, kind: str, detail: str) -> None:
        severity = incident.severity.value if incident.severity else "unknown"
        attributes = {
            "incident_id": incident.incident_id,
            "kind": kind,
            "severity": severity,
            "status": incident.status.value,
            "service": incident.service,
        }
        self.client.publish(
            TopicArn=self.topic_arn,
            Subject=_subject(incident, kind),
            Message=_message(incident, kind, detail),
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value}
                for name, value in attributes.items()
                if value
            },
        )

    def _note(self, incident: Incident, kind: str, key: str, message: str) -> None:
        self.incidents.add_event(
            timeline_event(
                incident.incident_id,
                "notified",
                message,
                self.now(),
                actor="notifier",
                key=(kind, key, message),
            )
        )


def _subject(incident: Incident, kind: str) -> str:
    """Return what SNS takes as a subject: ASCII, one line, at most 100 characters."""
    text = f"{incident.incident_id} {_HEADLINES.get(kind, kind)}: {incident.title}"
    plain = text.encode("ascii", "replace").decode()
    return "".join(mark if mark.isprintable() else " " for mark in plain)[:100].strip()


def _message(incident: Incident, kind: str, detail: str) -> str:
    lines = [
        f"{incident.incident_id}: {_HEADLINES.get(kind, kind)}",
        incident.title,
        f"service: {incident.service}",
        f"severity: {incident.severity.value if incident.severity else 'not known yet'}",
        f"status: {incident.status.value}",
    ]
    if incident.verdict:
        lines.append(f"found: {incident.verdict.summary}")
    if incident.resolution:
        lines.append(f"resolution: {incident.resolution}")
    if incident.escalation:
        lines.append(f"why: {incident.escalation.reason}")
        first = incident.escalation.hand_off.get("do_first")
        if first:
            lines.append(f"do first: {json.dumps(first, ensure_ascii=False)}")
    if detail:
        lines.append(detail)
    return "\n".join(lines)[:200_000]
