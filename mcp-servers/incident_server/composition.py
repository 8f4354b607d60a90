"""Where this server's settings become objects."""

from functools import lru_cache

from incident_server.articles import Articles
from incident_server.insight import Insight
from incident_server.knowing import Knowing
from incident_server.outward import Outward
from incident_server.reading import IncidentReading
from incident_server.reports import Reports
from incident_server.sending import Sender
from incident_server.server import Desk, build_server
from incident_server.writing import IncidentWriting
from itops_core.domain.values import utc_now
from itops_core.settings import config, places
from itops_core.stores.tickets import TicketStore
from itops_core.tools.tool_server import ToolServer
from itops_core.wiring.clients import table
from itops_core.wiring.stores import agent_state, approvals, catalog, incidents, knowledge, runtime
from itops_core.wiring.workflow import notifications, opener, reporter
from itops_core.wiring.writing import github_token, write_gate
from itops_core.workflow.channels.github_issues import GitHubIssues
from itops_core.workflow.stuck import StuckFinder

_GITHUB = "https://api.github.com"


@lru_cache
def server() -> ToolServer:
    """Return the incident server of this process."""
    finder = StuckFinder(incidents(), approvals(), config().self_watch.stuck_minutes)
    reading = IncidentReading(incidents(), lambda: finder.find(utc_now()))
    tickets = TicketStore(table(places()["INCIDENTS_TABLE"]))
    gate = write_gate()
    return build_server(
        reading,
        IncidentWriting(incidents(), utc_now, opener().open_once, gate),
        Knowing(knowledge(), catalog()),
        Insight(reading, agent_state(), catalog(), tickets),
        Desk(
            Reports(reporter(), incidents(), gate, utc_now),
            Articles(knowledge(), incidents(), gate),
            Outward(
                Sender(incidents(), runtime(), gate, utc_now), tickets, notifications(), _github()
            ),
        ),
    )


def _github() -> GitHubIssues | None:
    repository = places().get("ITOPS_GITHUB_REPOSITORY")
    if not repository:
        return None
    base_url = places().get("ITOPS_GITHUB_BASE_URL") or _GITHUB
    return GitHubIssues(repository, base_url, github_token)
