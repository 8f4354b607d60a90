"""Claude by the anthropic SDK: the Anthropic API, anything compatible with it, or Bedrock.

The SDK takes a second to import, so it is imported when a model is first asked, never before.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from itops_core.domain.investigation import Usage
from itops_core.domain.values import Value
from itops_core.errors import ModelUnavailableError
from itops_core.model.deadline import DeadlinePassedError, deadline, http_client
from itops_core.model.messages import (
    Connect,
    ModelOutageError,
    ModelReply,
    ModelRequest,
    Prices,
    price_of,
    with_cache_marks,
)

if TYPE_CHECKING:
    from anthropic.types import Message

_TOO_MANY = 429
_GEOGRAPHIES = {"us": "us", "eu": "eu", "ap": "apac"}


class Limits(Value):
    """How long each try of a request may be silent, and how often it is tried."""

    timeout_seconds: float
    max_retries: int


class Way(Value):
    """How one request is made: whether the reply is read as it is written, and by when."""

    deadline_seconds: float
    """Of all tries together."""
    stream: bool = False


class ClaudeModel:
    """Asks Claude; whatever goes wrong with that is a `ModelUnavailableError`."""

    def __init__(self, connect: Connect, prices: Prices, way: Way) -> None:
        self._connect = connect
        self._prices = prices
        self._way = way
        self._client: Any = None

    def reply(self, request: ModelRequest) -> ModelReply:
        """Return Claude's reply."""
        import anthropic  # noqa: PLC0415 - a second of CPU that only those who use it pay
        import httpx2  # noqa: PLC0415

        try:
            with deadline(self._way.deadline_seconds):
                message = self._asked(request)
        except (DeadlinePassedError, httpx2.TimeoutException) as error:
            raise ModelOutageError("the model did not answer in time") from error
        except httpx2.HTTPError as error:
            # While a reply streams in, the SDK lets what the connection raises through.
            raise ModelOutageError(f"the connection to the model broke: {error}"[:300]) from error
        except anthropic.APIStatusError as error:
            reason = f"HTTP {error.status_code} from the model: {_told(error)}"
            is_outage = error.status_code >= 500 or error.status_code == _TOO_MANY
            raise (ModelOutageError if is_outage else ModelUnavailableError)(reason) from error
        except anthropic.APITimeoutError as error:
            raise ModelOutageError("the model did not answer in time") from error
        except anthropic.APIConnectionError as error:
            raise ModelOutageError(f"the model is out of reach: {error}"[:300]) from error
        except (anthropic.AnthropicError, ValueError, TypeError) as error:
            # The SDK raises plain errors for missing credentials and answers it cannot read.
            raise ModelUnavailableError(f"{type(error).__name__}: {error}"[:300]) from error
        if message.stop_reason is None:
            raise ModelOutageError("the reply ended before it was complete")
        return self._read(request.model, message)

    def close(self) -> None:
        """Let go of the connections; the next request opens new ones."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _asked(self, request: ModelRequest) -> "Message":
        if self._client is None:
            self._client = self._connect()
        told = with_cache_marks(request)
        if not self._way.stream:
            return self._client.messages.create(**told)
        with self._client.messages.stream(**told) as stream:
            return stream.get_final_message()

    def _read(self, model: str, message: "Message") -> ModelReply:
        counted = message.usage
        cached = counted.cache_read_input_tokens or 0
        fresh = counted.input_tokens + (counted.cache_creation_input_tokens or 0)
        tokens = (fresh, cached, counted.output_tokens)
        raw: dict[str, Any] = message.model_dump(mode="json", exclude_unset=True)
        return ModelReply(
            content=tuple(raw.get("content", ())),
            stop_reason=message.stop_reason or "",
            usage=Usage(
                input_tokens=fresh,
                cached_input_tokens=cached,
                output_tokens=counted.output_tokens,
                dollars=price_of(self._prices, model, tokens),
            ),
        )


def anthropic_client(read_key: Callable[[], str], base_url: str, limits: Limits) -> Connect:
    """Return how to connect to the Anthropic API, or to whatever answers at `base_url`."""

    def connect() -> Any:  # noqa: ANN401
        import anthropic  # noqa: PLC0415

        return anthropic.Anthropic(
            api_key=read_key(),
            base_url=base_url or None,
            timeout=limits.timeout_seconds,
            max_retries=limits.max_retries,
            http_client=http_client(),
        )

    return connect


def bedrock_client(region: str, base_url: str, limits: Limits) -> Connect:
    """Return how to connect to Claude on Amazon Bedrock with this process's own permissions."""

    def connect() -> Any:  # noqa: ANN401
        from anthropic.lib.bedrock import AnthropicBedrock  # noqa: PLC0415

        return AnthropicBedrock(
            aws_region=region,
            base_url=base_url or None,
            timeout=limits.timeout_seconds,
            max_retries=limits.max_retries,
            http_client=http_client(),
        )

    return connect


def bedrock_model_id(model: str, region: str) -> str:
    """Return the inference profile of `model` near `region`; a full id is left as it is."""
    if "anthropic." in model:
        return model
    geography = _GEOGRAPHIES.get(region.split("-", 1)[0], "global")
    return f"{geography}.anthropic.{model}"


def _told(error: Exception) -> str:
    """Return what the model's side said, in short."""
    body = getattr(error, "body", None)
    inner = body.get("error") if isinstance(body, dict) else None
    message = inner.get("message") if isinstance(inner, dict) else None
    return str(message or error)[:200]
