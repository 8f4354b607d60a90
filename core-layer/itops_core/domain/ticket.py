"""The ticket: what somebody has to do about an incident, in our own record, whoever tracks it."""

from typing import Literal

from pydantic import Field

from itops_core.domain.values import IncidentId, Moment, Value
from itops_core.domain.verdict import Severity

TicketProvider = Literal["itops", "github"]
"""Who tracks it: our own table alone, or a GitHub repository as well."""


class Ticket(Value):
    """One ticket of an incident; `url` and `reference` are the provider's."""

    ticket_id: str = Field(pattern=r"^TKT-[0-9A-F]{8}$")
    incident_id: IncidentId
    title: str = Field(min_length=1, max_length=300)
    body: str = Field(default="", max_length=20_000)
    priority: Severity | None = None
    provider: TicketProvider = "itops"
    reference: str | None = None
    url: str | None = None
    created_at: Moment
