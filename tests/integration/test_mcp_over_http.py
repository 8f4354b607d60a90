"""A tool server over HTTP among clients that are wrong, slow, greedy, many or not invited."""

import asyncio
import http.client
import json
import select
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Annotated, Any

import pytest
from mcp import Client
from pydantic import Field

from itops_core.errors import InvalidInputError
from itops_core.tools.http_face import MAXIMUM_BYTES
from itops_core.tools.http_guard import Guard
from itops_core.tools.http_server import Patience, listening, serving
from itops_core.tools.tool_server import READS, ToolResult, ToolServer
from tests.support.eventually import eventually

HOST = "127.0.0.1"
TOKEN = "a-token-that-nobody-guesses"
JSON = {"content-type": "application/json", "accept": "application/json, text/event-stream"}


class Echo(ToolResult):
    said: str


@dataclass
class Place:
    """Where a server answers, and what its tool waits for."""

    port: int
    asked: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    calls: list[str] = field(default_factory=list[str])

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/mcp"

    def ask(self, body: bytes | str, method: str = "POST", **headers: str) -> tuple[int, Any]:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=60)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, "/mcp", body=body, headers={**JSON, **named})
            reply = connection.getresponse()
            told = reply.read()
            return reply.status, json.loads(told) if told else None
        finally:
            connection.close()

    def say(self, word: str, **headers: str) -> tuple[int, Any]:
        return self.ask(call("say", {"word": word}), **headers)


def call(tool: object, arguments: object) -> str:
    params = {"name": tool, "arguments": arguments}
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})


@contextmanager
def a_place(guard: Guard, patience: Patience | None = None) -> Generator[Place]:
    server = ToolServer("probe", "Echoes.")
    bound = listening(HOST, 0)
    place = Place(bound.getsockname()[1])

    @server.tool(annotations=READS)
    def say(word: Annotated[str, Field(max_length=2_000_000, description="What.")]) -> Echo:
        """Say a word; wait with `wait` until it may go on."""
        place.calls.append(word[:20])
        if word == "wait":
            place.asked.set()
            place.go_on.wait(timeout=180)
        return Echo(said=word, data_source="test", query="say")

    running = serving(server, guard, patience)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [bound]})
    thread.start()
    try:
        yield place
    finally:
        place.go_on.set()
        running.should_exit = True
        thread.join(timeout=60)


@pytest.fixture(scope="module")
def open_place() -> Generator[Place]:
    with a_place(Guard(HOST)) as place:
        yield place


@pytest.fixture(scope="module")
def guarded_place() -> Generator[Place]:
    with a_place(Guard(HOST, TOKEN)) as place:
        yield place


@pytest.fixture(autouse=True)
def still_answers(request: pytest.FixtureRequest) -> Generator[None]:
    """Whatever a test did to a server, the next client is answered."""
    yield
    for name in {"open_place", "guarded_place"} & set(request.fixturenames):
        place: Place = request.getfixturevalue(name)
        status, reply = place.say("still there", authorization=f"Bearer {TOKEN}")
        assert status == 200
        assert reply["result"]["structuredContent"]["said"] == "still there"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, -32700),
        (b"{", 400, -32700),
        (b"\xff\xfe\x00", 400, -32700),
        (b"[" * 100_000, 400, -32700),
        (b'{"jsonrpc": "2.0", "id": ' + b"9" * 5000 + b', "method": "ping"}', 400, -32700),
        (b"null", 400, -32600),
        (b'"ping"', 400, -32600),
        (b'[{"jsonrpc": "2.0", "id": 1, "method": "ping"}]', 400, -32600),
        (b'{"id": 1, "method": "ping"}', 400, -32600),
        (b'{"jsonrpc": "2.0", "id": {}, "method": "ping"}', 400, -32600),
        (b'{"jsonrpc": "2.0", "id": true, "method": "ping"}', 400, -32600),
        (b'{"jsonrpc": "2.0", "id": 1, "method": 5}', 400, -32600),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": [1]}', 400, -32600),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "no/such/method"}', 200, -32601),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call"}', 200, -32602),
        (
            b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": 7}}',
            200,
            -32602,
        ),
    ],
)
def test_what_is_no_message_is_answered_with_an_error_of_the_protocol(
    body: bytes, status: int, code: int, open_place: Place
) -> None:
    told, reply = open_place.ask(body)

    assert (told, reply["error"]["code"]) == (status, code)
    assert "Traceback" not in json.dumps(reply)


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", {}, 405),
        ("DELETE", {}, 405),
        ("PUT", {}, 405),
        ("POST", {"content_type": "text/plain"}, 415),
        ("POST", {"content_type": "application/jsonp"}, 415),
        ("POST", {"accept": "text/html"}, 406),
        ("POST", {"mcp_protocol_version": "1999-01-01"}, 400),
        ("POST", {"mcp_protocol_version": "2026-07-28"}, 400),
        ("POST", {"host": "evil.example"}, 421),
        ("POST", {"host": ""}, 421),
        ("POST", {"host": "[::1"}, 421),
        ("POST", {"origin": "http://evil.example"}, 403),
        ("POST", {"origin": "null"}, 403),
        ("POST", {"origin": f"http://{HOST}.evil.example"}, 403),
    ],
)
def test_a_request_that_does_not_belong_here_is_refused_before_its_message_is_read(
    method: str, headers: dict[str, str], status: int, open_place: Place
) -> None:
    before = list(open_place.calls)

    told, reply = open_place.ask(call("say", {"word": "never said"}), method, **headers)

    assert told == status
    assert reply["error"]["message"]
    assert open_place.calls == before


@pytest.mark.parametrize("origin", [f"http://{HOST}:5173", "http://localhost:6274"])
def test_a_page_of_this_machine_may_ask(origin: str, open_place: Place) -> None:
    status, _ = open_place.say("hello", origin=origin)

    assert status == 200


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer é"],
)
def test_without_the_token_nothing_is_read_or_told(header: str, guarded_place: Place) -> None:
    given = {"authorization": header} if header else {}

    status, reply = guarded_place.say("never said", **given)

    assert status == 401
    assert TOKEN not in json.dumps(reply)
    assert "never said" not in guarded_place.calls


def test_a_large_body_is_refused_while_it_still_comes(open_place: Place) -> None:
    with socket.create_connection((HOST, open_place.port), timeout=60) as connection:
        head = f"POST /mcp HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
        connection.sendall(f"{head}Content-Length: {10 * 2**20}\r\n\r\n".encode())
        answer = _sent_until_answered(connection, b" " * 65536, MAXIMUM_BYTES + 2**20)

    assert b" 413 " in answer.split(b"\r\n", 1)[0]


def test_a_megabyte_that_is_allowed_comes_back_whole(open_place: Place) -> None:
    _, reply = open_place.say("x" * 1_000_000)

    assert len(reply["result"]["structuredContent"]["said"]) == 1_000_000


@pytest.mark.parametrize(
    "word",
    [
        "\u202egnirts desrever",
        "zero\u200bwidth",
        "e\u0301",
        "😀" * 100,
        "\x00\x1b[2J",
        "ﷺ",
        "line\r\nbreak",
    ],
)
def test_any_text_comes_back_as_it_was(word: str, open_place: Place) -> None:
    _, reply = open_place.say(word)

    assert reply["result"]["structuredContent"]["said"] == word


def test_half_a_character_is_refused_and_harms_nothing(open_place: Place) -> None:
    status, reply = open_place.ask(call("say", {"word": "\ud800"}))

    assert status == 200
    assert reply["result"]["isError"]


@pytest.mark.parametrize("tool", ["no_such_tool", "", "say\u200b", "SAY", "../say", "x" * 100_000])
def test_an_unknown_tool_is_answered_with_those_there_are(tool: str, open_place: Place) -> None:
    _, reply = open_place.ask(call(tool, {}))

    assert reply["result"]["isError"]
    assert "there are say" in reply["result"]["content"][0]["text"]


def test_parallel_calls_do_not_wait_for_each_other(open_place: Place) -> None:
    async def many() -> list[str]:
        async with Client(open_place.url) as client:
            slow = asyncio.create_task(client.call_tool("say", {"word": "wait"}))
            quick = [client.call_tool("say", {"word": f"word {one}"}) for one in range(30)]
            answers = await asyncio.gather(*quick)
            assert not slow.done()
            open_place.go_on.set()
            await slow
        return [str((one.structured_content or {})["said"]) for one in answers]

    open_place.go_on.clear()
    said = asyncio.run(many())

    assert said == [f"word {one}" for one in range(30)]


def test_a_client_that_hangs_up_during_its_call_leaves_nothing_behind(open_place: Place) -> None:
    open_place.go_on.clear()
    open_place.asked.clear()
    body = call("say", {"word": "wait"})
    with socket.create_connection((HOST, open_place.port), timeout=60) as connection:
        head = f"POST /mcp HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        assert open_place.asked.wait(timeout=60)

    open_place.go_on.set()


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"POST /mcp HT",
        b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ",
    ],
)
def test_who_takes_too_long_for_the_headers_is_hung_up_on(begun: bytes) -> None:
    with a_place(Guard(HOST), Patience(headers=0.2, body=0.2)) as place, _connected(place) as slow:
        _send(slow, begun)

        assert _heard(slow) == b""
        eventually(lambda: _answers(place))


def test_who_takes_too_long_for_the_body_is_told_so_and_hung_up_on() -> None:
    with a_place(Guard(HOST), Patience(headers=60, body=0.2)) as place, _connected(place) as slow:
        head = b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        slow.sendall(head + b"Content-Length: 100\r\n\r\n{")

        answer = slow.recv(4096)
        while more := slow.recv(4096):
            answer += more
        assert b" 408 " in answer.split(b"\r\n", 1)[0]
        eventually(lambda: _answers(place))


def test_a_second_request_on_a_connection_is_bounded_as_the_first() -> None:
    with (
        a_place(Guard(HOST), Patience(headers=1, body=60)) as place,
        eventually(lambda: _answered_once(place)) as slow,
    ):
        _send(slow, b"POST /mcp HT")

        assert _heard(slow) == b""


def test_a_place_that_is_taken_is_told_with_what_to_do() -> None:
    with (
        a_place(Guard(HOST)) as place,
        pytest.raises(InvalidInputError, match=f"port {place.port}: .*--port"),
    ):
        listening(HOST, place.port)


@pytest.mark.parametrize(
    ("host", "token", "told"),
    [
        ("0.0.0.0", None, "needs a token"),  # noqa: S104
        ("192.0.2.7", None, "needs a token"),
        ("::", None, "needs a token"),
        (HOST, "short", "at least 16 characters"),
    ],
)
def test_a_server_that_others_reach_is_not_served_without_a_good_token(
    host: str, token: str | None, told: str
) -> None:
    with pytest.raises(InvalidInputError, match=told):
        Guard(host, token)


@contextmanager
def _connected(place: Place) -> Generator[socket.socket]:
    with socket.create_connection((HOST, place.port), timeout=60) as connection:
        yield connection


def _send(connection: socket.socket, text: bytes) -> None:
    """Send it; who was hung up on before that, as a slow machine is, reads so afterwards."""
    with suppress(ConnectionError):
        connection.sendall(text)


def _heard(connection: socket.socket) -> bytes:
    try:
        return connection.recv(4096)
    except ConnectionResetError:
        return b""


def _answers(place: Place) -> bool:
    """Whether a client is answered; one that the machine holds up is hung up on, too."""
    try:
        return place.say("next")[0] == 200
    except (OSError, http.client.HTTPException):
        return False


def _answered_once(place: Place) -> socket.socket | None:
    """Return a connection on which one request was answered."""
    body = call("say", {"word": "first"}).encode()
    head = b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    connection = socket.create_connection((HOST, place.port), timeout=60)
    try:
        connection.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        told = answer.read()
    except (OSError, http.client.HTTPException):
        connection.close()
        return None
    assert answer.status == 200
    assert b"first" in told
    return connection


def _sent_until_answered(connection: socket.socket, piece: bytes, at_most: int) -> bytes:
    sent = 0
    connection.setblocking(False)
    while True:
        more = [connection] if sent < at_most else []
        readable, writable, _ = select.select([connection], more, [], 60)
        if readable:
            return connection.recv(4096)
        assert writable, "no answer"
        sent += connection.send(piece)
