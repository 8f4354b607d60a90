"""The front door: the page and the API of the deployed stack at one port, and no one else's."""

import gzip
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message
from http.client import HTTPConnection
from pathlib import Path

import pytest

from local_cloud.address import Address
from local_cloud.deployer import deploy
from local_cloud.front import PAGE_POLICY
from local_cloud.page import upload_page
from tests.support.clouds import CloudFactory
from tests.support.small_stack import write_small_stack

pytestmark = pytest.mark.cloud

_LONG = "export const words = 'many';\n" * 200


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    factory = CloudFactory(tmp_path_factory.mktemp("front"))
    try:
        address = factory.bare()
        outputs = deploy(address, {}, write_small_stack(tmp_path_factory.mktemp("stack")))
        page = tmp_path_factory.mktemp("page")
        (page / "views").mkdir()
        (page / "index.html").write_text("<h1>Incidents</h1>")
        (page / "app.js").write_text("export {};")
        (page / "views" / "icon.svg").write_text("<svg/>")
        (page / "assets").mkdir()
        (page / "assets" / "app-1a2b.js").write_text(_LONG)
        s3 = address.client("s3")
        s3.put_object(Bucket=outputs["UiBucket"], Key="old.js", Body=b"export {};")
        upload_page(s3, outputs["UiBucket"], page, {"api_base": "api", "of": "this one"})
        yield address
    finally:
        factory.stop_all()


def fetch(
    address: Address,
    path: str,
    method: str = "GET",
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, Message, bytes]:
    url = f"{address.front_url}{path}"
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


@pytest.mark.parametrize(
    ("path", "media_type", "content"),
    [
        ("/", "text/html; charset=utf-8", b"<h1>Incidents</h1>"),
        ("/index.html", "text/html; charset=utf-8", b"<h1>Incidents</h1>"),
        ("/app.js", "text/javascript; charset=utf-8", b"export {};"),
        ("/views/icon.svg", "image/svg+xml", b"<svg/>"),
    ],
)
def test_the_page_comes_from_the_bucket_as_what_it_is(
    deployed: Address, path: str, media_type: str, content: bytes
) -> None:
    status, headers, body = fetch(deployed, path)

    assert (status, headers["content-type"], body) == (200, media_type, content)
    assert headers["cache-control"] == "no-cache"
    assert headers["access-control-allow-origin"] is None


def test_a_long_file_travels_compressed_to_whoever_takes_that_and_is_kept_for_ever(
    deployed: Address,
) -> None:
    path = "/assets/app-1a2b.js"

    _, headers, small = fetch(deployed, path, headers={"Accept-Encoding": "gzip, br"})
    _, plain_headers, plain = fetch(deployed, path)

    assert headers["content-encoding"] == "gzip"
    assert gzip.decompress(small).decode() == plain.decode() == _LONG
    assert plain_headers["content-encoding"] is None
    assert "immutable" in headers["cache-control"]


def test_a_page_is_sent_with_its_policy_and_told_of_its_deployment(deployed: Address) -> None:
    _, headers, _ = fetch(deployed, "/")
    _, _, settings = fetch(deployed, "/config.json")

    assert headers["content-security-policy"] == PAGE_POLICY
    assert headers["referrer-policy"] == "no-referrer"
    assert json.loads(settings) == {"api_base": "api", "of": "this one"}


def test_what_is_no_longer_part_of_the_page_is_gone(deployed: Address) -> None:
    assert fetch(deployed, "/old.js")[0] == 404


def test_a_head_request_tells_the_length_without_the_page(deployed: Address) -> None:
    status, headers, body = fetch(deployed, "/", "HEAD")

    assert (status, headers["content-length"], body) == (200, "18", b"")


@pytest.mark.parametrize("path", ["/nothing.js", "/..%2f..%2fetc/passwd", "/views/"])
def test_what_is_not_in_the_bucket_is_not_found(deployed: Address, path: str) -> None:
    status, headers, _ = fetch(deployed, path)

    assert (status, headers["content-type"]) == (404, "application/problem+json")


def test_the_page_cannot_be_written_to(deployed: Address) -> None:
    assert fetch(deployed, "/index.html", "PUT", b"x")[0] == 405


def test_the_api_gets_path_query_and_body(deployed: Address) -> None:
    status, _, body = fetch(deployed, "/api/notes/a%20b?limit=5", "GET")
    read = json.loads(body)
    written = json.loads(fetch(deployed, "/api/notes", "POST", b'{"text": "hi"}')[2])

    assert (status, read["path"], read["query"]) == (200, "/notes/a b", {"limit": "5"})
    assert written["body"] == '{"text": "hi"}'


def test_an_unknown_path_of_the_api_is_refused_by_the_api(deployed: Address) -> None:
    assert fetch(deployed, "/api/nothing/here")[0] in {403, 404}


@pytest.mark.parametrize("path", ["/", "/api/notes/a"])
@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "null"}]
)
def test_strangers_are_refused(deployed: Address, path: str, headers: dict[str, str]) -> None:
    assert fetch(deployed, path, headers=headers)[0] == 403


def test_our_own_page_may_call_the_api(deployed: Address) -> None:
    status, _, _ = fetch(deployed, "/api/notes/a", headers={"Origin": deployed.front_url})

    assert status == 200


@pytest.mark.parametrize("path", ["/_ministack/reset", "/_ministack/config", "/_ministack/health"])
def test_nobody_resets_the_emulator_over_the_network(deployed: Address, path: str) -> None:
    for port in (deployed.port, deployed.front_port):
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("POST", path)

        assert connection.getresponse().status == 403
        connection.close()


def test_before_a_deployment_the_front_says_what_to_do(cloud_factory: CloudFactory) -> None:
    address = cloud_factory.bare()

    for path in ("/", "/api/health"):
        status, _, body = fetch(address, path)
        assert status == 503
        assert "itops local up" in json.loads(body)["detail"]


def test_a_new_deployment_is_seen_at_once(cloud_factory: CloudFactory, tmp_path: Path) -> None:
    address = cloud_factory.bare()
    assert fetch(address, "/api/notes/a")[0] == 503

    deploy(address, {}, write_small_stack(tmp_path / "stack"))

    assert fetch(address, "/api/notes/a")[0] == 200


def test_nothing_listens_beyond_loopback(deployed: Address) -> None:
    listening = Path("/proc/net/tcp")
    if not listening.exists():
        pytest.skip("needs /proc")
    rows = [line.split()[1] for line in listening.read_text().splitlines()[1:]]
    bound = {row.split(":")[0] for row in rows if int(row.split(":")[1], 16) == deployed.port}

    assert "00000000" not in bound
    assert "0100007F" in bound
