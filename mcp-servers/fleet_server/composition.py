"""Where this server's settings become objects."""

from functools import lru_cache

from fleet_server.assembly import Sources, field_over
from fleet_server.quantities import NAMESPACE
from fleet_server.server import build_server
from itops_core.domain.values import utc_now
from itops_core.settings import places
from itops_core.tools.tool_server import ToolServer
from itops_core.wiring.clients import client


@lru_cache
def server() -> ToolServer:
    """Return the fleet server of this process."""
    namespace = places().get("FLEET_NAMESPACE", NAMESPACE)
    return build_server(field_over(Sources(client, utc_now, namespace)))
