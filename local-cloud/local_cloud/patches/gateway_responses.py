"""MiniStack reads no gateway responses in an OpenAPI document, which is where SAM puts them."""

from typing import Any

from local_cloud.emulator import apigateway
from local_cloud.patches.upstream import expect

_IN_DOCUMENT = "x-amazon-apigateway-gateway-responses"


def take_gateway_responses() -> None:
    """Let an API answer in the words that its document has for what never reaches a function."""
    upstream = apigateway._import_rest_api
    expect(hasattr(apigateway, "_put_gateway_response"), "gateway responses are set otherwise")

    def import_rest_api(spec: dict[str, Any], base_data: dict[str, Any] | None = None) -> str:
        api_id = str(upstream(spec, base_data))
        for kind, told in (spec.get(_IN_DOCUMENT) or {}).items():
            apigateway._put_gateway_response(api_id, kind, told)
        return api_id

    apigateway._import_rest_api = import_rest_api
