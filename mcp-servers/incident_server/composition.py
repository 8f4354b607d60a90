"""Where this server's settings become objects."""

from functools import lru_cache

from incident_server.knowing import Knowing
from incident_server.reading import IncidentReading
from incident_server.server import build_server
from incident_server.writing import IncidentWriting
from itops_core.domain.values import utc_now
from itops_core.tools.tool_server import ToolServer
from itops_core.wiring.stores import catalog, incidents, knowledge


@lru_cache
def server() -> ToolServer:
    """Return the incident server of this process."""
    return build_server(
        IncidentReading(incidents()),
        IncidentWriting(incidents(), utc_now),
        Knowing(knowledge(), catalog()),
    )
