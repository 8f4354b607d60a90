"""What a tool's signature says is worked out once; whose tool it is, each server knows."""

import asyncio
import gc
import weakref
from typing import Annotated, Any, cast

from pydantic import Field

from itops_core.tools.tool_server import ADDS, READS, ToolResult, ToolServer, offered, readers


class Said(ToolResult):
    """What was said."""

    said: str


class Speaker:
    """Somebody with words of his own."""

    def __init__(self, greeting: str) -> None:
        self._greeting = greeting

    def greet(self, name: Annotated[str, Field(max_length=20, description="Whom.")]) -> Said:
        """Greet somebody."""
        return Said(said=f"{self._greeting} {name}", data_source="test", query="greet")


def asked(server: ToolServer, name: str) -> dict[str, Any]:
    answer = asyncio.run(server.call_tool("greet", {"name": name}))
    return cast(dict[str, Any], cast(Any, answer).structured_content)


def test_servers_of_one_kind_answer_each_from_its_own() -> None:
    first = ToolServer("first", "Greets.", offered(READS, Speaker("Hello").greet))
    second = ToolServer("second", "Greets.", readers([Speaker("Good day").greet], "recorded"))

    assert asked(first, "Ada")["said"] == "Hello Ada"
    assert asked(second, "Ada")["said"] == "Good day Ada"
    assert [asked(one, "Ada")["data_source"] for one in (first, second)] == ["test", "recorded"]


def test_what_one_server_says_of_a_tool_is_not_said_by_another() -> None:
    adds, reads = (offered(how, Speaker("Hello").greet)[0] for how in (ADDS, READS))

    assert (adds.annotations, reads.annotations) == (ADDS, READS)
    assert adds.fn_metadata is reads.fn_metadata


def test_a_server_that_is_gone_is_not_kept_alive_by_what_was_worked_out() -> None:
    class First(Speaker):
        """Whose tool is worked out here, and nowhere before."""

        def greet(self, name: str) -> Said:
            return super().greet(name)

    speaker = First("Hello")
    gone = weakref.ref(speaker)
    offered(READS, speaker.greet)

    del speaker
    gc.collect()

    assert gone() is None
