"""What every tool server of ours has in common: how it is made, and how it says no."""

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any
from weakref import WeakKeyDictionary

from mcp.server import MCPServer
from mcp.server.caching import CacheHint
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.server.mcpserver.tools import Tool as OfferedTool
from mcp.types import CallToolResult, InputRequiredResult, Tool, ToolAnnotations
from pydantic import Field, ValidationError

from itops_core.domain.refusals import in_words
from itops_core.domain.values import Value
from itops_core.observability import logger
from itops_core.tools.schemas import terse

VERSION = "0.1.0"
"""The project's; a client shows it, and a test holds it against pyproject.toml."""

READS = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
"""Looks, and changes nothing."""

ADDS = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
"""Writes, takes nothing away, and does no more when it is repeated."""

CHANGES = ToolAnnotations(
    read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False
)
"""Replaces what was there; a repeat of the same call does no more."""

SENDS = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=True
)
"""Tells people or systems outside, which cannot be taken back, and only once for each key."""

_NAMES_TOLD = 5
_NAME_CHARACTERS = 60
"""How much of what a caller made up is repeated to it."""

_LIST_SECONDS = 300
"""How long a client may go on using the list of tools it has."""


class ToolResult(Value):
    """What every answer says about itself."""

    data_source: str = Field(description="Where it comes from: cloudwatch, ecs, recorded, …")
    query: dict[str, Any] | str = Field(description="Exactly what was asked there.")
    truncated: bool = Field(default=False, description="There is more than is shown here.")
    cursor: str | None = Field(default=None, description="Pass it back to get the next part.")


Reader = Callable[..., ToolResult]
"""A tool that only looks."""


class ToolServer(MCPServer[Any]):
    """An MCP server fit for Lambda, whose refusals of an argument tell what would do."""

    def __init__(self, name: str, instructions: str, tools: Iterable[OfferedTool] = ()) -> None:
        super().__init__(
            name,
            tools=list(tools),
            version=VERSION,
            instructions=instructions,
            log_level="WARNING",
            # A Lambda cannot hold a stream open: a client that listens would wait for its timeout.
            subscriptions=False,
            cache_hints={"tools/list": CacheHint(ttl_ms=_LIST_SECONDS * 1000)},
        )
        self._logger = logger(name)

    async def list_tools(self) -> list[Tool]:
        """Return the tools; their schemas say nothing that a model would pay for and not need."""
        found = await super().list_tools()
        return [
            tool.model_copy(update={"input_schema": terse(tool.input_schema)}) for tool in found
        ]

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Run one tool; what cannot be used of `arguments` is answered as advice."""
        await self._refuse_unknown(name, arguments)
        try:
            return await super().call_tool(name, arguments, context)
        except UnexpectedToolError as error:
            self._logger.exception("tool crashed", tool=name)
            raise ToolError(f"{name} failed on its side; go on without it") from error
        except ToolError as error:
            if isinstance(error.__cause__, ValidationError):
                raise ToolError(_advice(name, error.__cause__)) from error.__cause__
            raise ToolError(str(error).removeprefix(f"Error executing tool {name}: ")) from error

    async def _refuse_unknown(self, name: str, arguments: dict[str, Any]) -> None:
        """A misspelt optional argument would otherwise be dropped without a word."""
        schemas = {tool.name: tool.input_schema for tool in await self.list_tools()}
        if name not in schemas:
            raise ToolError(f"no tool {_told(name)!r} here; there are {', '.join(sorted(schemas))}")
        known = schemas[name].get("properties", {})
        unknown = sorted(_told(given) for given in set(arguments) - set(known))[:_NAMES_TOLD]
        if unknown:
            takes = ", ".join(known) or "no arguments"
            raise ToolError(f"{name} does not take {', '.join(unknown)}; it takes {takes}")


def offered(annotations: ToolAnnotations, *tools: Callable[..., Any]) -> tuple[OfferedTool, ...]:
    """Return methods as a server offers them.

    What their signatures say is worked out once in a process, however many servers it makes: that
    takes longer than most calls, and pydantic's models of it are never freed.
    """
    return tuple(_offered(tool, annotations) for tool in tools)


def readers(tools: Iterable[Reader], data_source: str | None = None) -> tuple[OfferedTool, ...]:
    """Return tools that only look; their answers name `data_source` in place of AWS' services."""
    said = (_said(tool, data_source) if data_source else tool for tool in tools)
    return offered(READS, *said)


_DESCRIBED = WeakKeyDictionary[Callable[..., Any], OfferedTool]()


def _offered(tool: Callable[..., Any], annotations: ToolAnnotations) -> OfferedTool:
    bound = inspect.unwrap(tool)
    function = getattr(bound, "__func__", bound)
    described = _DESCRIBED.get(function)
    if described is None:
        described = OfferedTool.from_function(tool).model_copy(update={"fn": _unbound})
        _DESCRIBED[function] = described
    return described.model_copy(update={"fn": tool, "annotations": annotations})


def _unbound(*_arguments: object, **_named: object) -> None:
    """Stand where a tool of no server yet has its function, so that none is kept alive."""
    raise RuntimeError("a tool of no server was called")


def _said(tool: Reader, data_source: str) -> Reader:
    """Return `tool`, whose answers say that they come from `data_source`."""

    @functools.wraps(tool)
    def said(*arguments: object, **named: object) -> ToolResult:
        return tool(*arguments, **named).model_copy(update={"data_source": data_source})

    return said


def _advice(name: str, error: ValidationError) -> str:
    faults = "; ".join(in_words(error, "what it was given", most=5))
    return f"{name} cannot use these arguments ({faults}); change them and call it again"


def _told(name: object) -> str:
    """Return a name that a caller made up as an answer may repeat it: short, and printable."""
    return "".join(mark for mark in str(name)[:_NAME_CHARACTERS] if mark.isprintable())
