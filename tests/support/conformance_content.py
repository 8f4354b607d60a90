"""The tools, resources and prompts that the official conformance suite asks a server for."""

import base64
import json
import struct
import zlib
from typing import Annotated, Any

import anyio
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import (
    AudioContent,
    Completion,
    ContentBlock,
    EmbeddedResource,
    ImageContent,
    TextContent,
    TextResourceContents,
)
from pydantic import Field

Talk = Context[Any, Any]
_MOMENT = 0.01


def _png() -> bytes:
    """Return one red pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = zlib.compress(b"\x00\xff\x00\x00")
    parts = chunk(b"IHDR", header), chunk(b"IDAT", pixel), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _wav() -> bytes:
    """Return eight samples of silence."""
    samples = b"\x80" * 8
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8)
    data = struct.pack("<4sI", b"data", len(samples)) + samples
    return struct.pack("<4sI", b"RIFF", 4 + len(form) + len(data)) + b"WAVE" + form + data


PNG, WAV = _png(), _wav()


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def text(told: str) -> TextContent:
    return TextContent(type="text", text=told)


def image() -> ImageContent:
    return ImageContent(type="image", data=encoded(PNG), mime_type="image/png")


def embedded(uri: str, told: str, mime_type: str = "text/plain") -> EmbeddedResource:
    contents = TextResourceContents(uri=uri, mime_type=mime_type, text=told)
    return EmbeddedResource(type="resource", resource=contents)


def add_content(server: MCPServer[Any]) -> None:
    """Add everything that answers by itself."""
    _add_plain_tools(server)
    _add_telling_tools(server)
    _add_resources(server)
    _add_prompts(server)


def _add_plain_tools(server: MCPServer[Any]) -> None:
    @server.tool(structured_output=False)
    def test_simple_text() -> str:
        """Answer a text."""
        return "This is a simple text response for testing."

    @server.tool(structured_output=False)
    def test_image_content() -> ImageContent:
        """Answer an image."""
        return image()

    @server.tool(structured_output=False)
    def test_audio_content() -> AudioContent:
        """Answer a sound."""
        return AudioContent(type="audio", data=encoded(WAV), mime_type="audio/wav")

    @server.tool(structured_output=False)
    def test_embedded_resource() -> EmbeddedResource:
        """Answer a resource."""
        return embedded("test://embedded-resource", "This is an embedded resource content.")

    @server.tool(structured_output=False)
    def test_multiple_content_types() -> list[ContentBlock]:
        """Answer a text, an image and a resource."""
        told = json.dumps({"test": "data", "value": 123})
        mixed = embedded("test://mixed-content-resource", told, "application/json")
        return [text("Multiple content types test:"), image(), mixed]

    @server.tool(structured_output=False)
    def test_error_handling() -> str:
        """Refuse."""
        raise ToolError("This tool intentionally returns an error for testing")

    @server.tool(structured_output=False)
    def test_headers(
        region: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Region"})] = "",
    ) -> str:
        """Answer an argument that travels as a header, too."""
        return region


def _add_telling_tools(server: MCPServer[Any]) -> None:
    @server.tool(structured_output=False)
    async def test_tool_with_progress(context: Talk) -> str:
        """Tell how far it is."""
        for progress in (0, 50, 100):
            await context.report_progress(progress, 100)
            await anyio.sleep(_MOMENT)
        return "done"

    @server.tool(structured_output=False)
    async def test_tool_with_logging(context: Talk) -> str:
        """Tell what it does."""
        for told in ("started", "processing", "completed"):
            await context.info(f"Tool execution {told}")  # pyright: ignore[reportDeprecated]
            await anyio.sleep(_MOMENT)
        return "done"

    @server.tool(structured_output=False)
    async def test_logging_tool(context: Talk) -> str:
        """Tell something to whoever asked for it."""
        await context.info("Tool execution")  # pyright: ignore[reportDeprecated]
        return "done"


def _add_resources(server: MCPServer[Any]) -> None:
    @server.resource("test://static-text", mime_type="text/plain")
    def static_text() -> str:
        """A text."""
        return "This is the content of the static text resource."

    @server.resource("test://static-binary", mime_type="image/png")
    def static_binary() -> bytes:
        """An image."""
        return PNG

    @server.resource("test://watched-resource", mime_type="text/plain")
    def watched_resource() -> str:
        """A text that somebody may watch."""
        return "watched"

    @server.resource("test://template/{id}/data", mime_type="application/json")
    def template_data(id: str) -> str:
        """Data by id."""
        return json.dumps({"id": id, "templateTest": True, "data": f"Data for ID: {id}"})


def _add_prompts(server: MCPServer[Any]) -> None:
    @server.prompt()
    def test_simple_prompt() -> str:
        """A prompt."""
        return "This is a simple prompt for testing."

    @server.prompt()
    def test_prompt_with_arguments(arg1: str, arg2: str) -> str:
        """A prompt with arguments."""
        return f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"

    @server.prompt()
    def test_prompt_with_embedded_resource(resourceUri: str) -> list[Any]:  # noqa: N803
        """A prompt with a resource."""
        resource = embedded(resourceUri, "Embedded resource content for testing.")
        return [resource, text("Please process the embedded resource above.")]

    @server.prompt()
    def test_prompt_with_image() -> list[Any]:
        """A prompt with an image."""
        return [image(), text("Please analyze the image above.")]

    @server.completion()
    async def complete(*_: object) -> Completion:
        return Completion(values=["paris", "park"], total=2, has_more=False)
