"""Links that sign in to the console, once."""

from itops_core.domain.people import Role
from itops_core.stores.sign_in_codes import SignInCodes
from local_cloud.address import Address

LOCAL_NAME = "local-admin"


def local_link(
    address: Address, name: str = LOCAL_NAME, role: Role = Role.ADMIN, to: str = ""
) -> str:
    """Return a fresh link into the local console, for somebody in that role."""
    table = address.resource("dynamodb").Table(address.outputs["RuntimeTable"])
    return link(address.ui_url, SignInCodes(table).create(name, role), to)


def link(page: str, code: str, to: str = "") -> str:
    """Return the address that signs in with a code; what follows # never leaves the browser."""
    return f"{page.rstrip('/')}/#code={code}{f'&to={to}' if to else ''}"
