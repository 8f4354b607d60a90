"""Where messages of a recorded run go: kept to be shown; nothing leaves this machine."""

from dataclasses import dataclass, field

from itops_core.domain.incident import Incident


@dataclass
class Outbox:
    """Stands where the notifications do."""

    topic_arn: str = "recorded"
    told: list[dict[str, str]] = field(default_factory=list[dict[str, str]])

    def tell(self, incident: Incident, kind: str, detail: str = "", key: str = "") -> bool:
        """Keep what people would have been told."""
        del key
        self.told.append({"incident_id": incident.incident_id, "kind": kind, "message": detail})
        return True
