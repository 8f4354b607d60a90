"""X-Ray of the local cloud, on its own port."""

import http.client
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud import xray
from local_cloud.address import Address, read_address
from tests.support.clouds import CloudFactory

pytestmark = pytest.mark.cloud


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    factory = CloudFactory(tmp_path_factory.mktemp("xray"))
    try:
        yield factory.bare()
    finally:
        factory.stop_all()


def put(address: Address, number: int, age_seconds: float) -> str:
    began = time.time() - age_seconds
    trace_id = f"1-{int(began):08x}-{number:024x}"
    document = {
        "trace_id": trace_id,
        "id": f"{number:016x}",
        "name": "web",
        "start_time": began,
        "end_time": began + 0.5,
    }
    answer = address.client("xray").put_trace_segments(TraceSegmentDocuments=[json.dumps(document)])
    assert answer["UnprocessedTraceSegments"] == []
    return trace_id


def summaries(address: Address) -> set[str]:
    now = datetime.now(UTC)
    answer: dict[str, Any] = address.client("xray").get_trace_summaries(
        StartTime=now - timedelta(hours=6), EndTime=now + timedelta(seconds=5)
    )
    return {one["Id"] for one in answer["TraceSummaries"]}


def test_a_trace_that_was_put_is_found_and_read(bare: Address) -> None:
    trace_id = put(bare, 1, 60)

    (found,) = bare.client("xray").batch_get_traces(TraceIds=[trace_id])["Traces"]

    assert trace_id in summaries(bare)
    assert json.loads(found["Segments"][0]["Document"])["name"] == "web"


def test_old_traces_are_forgotten(bare: Address) -> None:
    old = put(bare, 2, xray.KEPT_SECONDS + 60)
    new = put(bare, 3, 30)

    assert new in summaries(bare)
    assert old not in summaries(bare)


def test_other_web_pages_and_other_operations_are_refused(bare: Address) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", bare.xray_port, timeout=60)
    connection.request("POST", "/TraceSummaries", "{}", {"Origin": "https://evil.example"})
    status = connection.getresponse().status
    connection.close()

    with pytest.raises(ClientError) as refused:
        bare.client("xray").get_groups()

    assert status == 403
    assert "HTTPStatusCode': 400" in str(refused.value.response)


def test_the_address_of_x_ray_is_told_to_whoever_asks_for_the_cloud(bare: Address) -> None:
    assert read_address(bare.folder) == bare
    assert bare.environment()["AWS_ENDPOINT_URL_XRAY"] == bare.xray_url
    assert bare.xray_url not in {bare.endpoint_url, bare.front_url}
