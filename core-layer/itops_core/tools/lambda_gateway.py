"""A tool server in a Lambda of its own, reached by the stock client over `lambda:Invoke`."""

from typing import TYPE_CHECKING

from itops_core.tools.client_gateway import ClientGateway
from itops_core.tools.lambda_transport import Invoker, lambda_transport

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class LambdaToolGateway(ClientGateway):
    """Reaches `server` in `function_name`.

    `lambda_client` must not retry by itself: what may be repeated is decided in `Invoker`.
    """

    def __init__(
        self,
        server: str,
        function_name: str,
        lambda_client: "LambdaClient",
        timeout_seconds: float,
    ) -> None:
        invoke = Invoker(server, function_name, lambda_client)
        super().__init__(server, lambda: lambda_transport(invoke), timeout_seconds)
