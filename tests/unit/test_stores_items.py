"""The codec keeps every value exactly as it was, through DynamoDB's own types."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from itops_core.domain.values import Moment, Value, sha256_of
from itops_core.stores.items import item_of, moment_text, value_of


class Sample(Value):
    """One field of each kind that the domain uses."""

    name: str
    count: int
    share: float
    is_on: bool
    at: Moment
    note: str | None = None
    parts: tuple[str, ...] = ()
    content: dict[str, Any] = Field(default_factory=dict)


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
_SHARES = st.floats(min_value=-1e100, max_value=1e100).filter(
    lambda share: share == 0 or abs(share) > 1e-100
)
_MOMENTS = st.datetimes(
    min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)
)  # fmt: skip
_SAMPLES = st.builds(
    Sample,
    name=st.text(),
    count=st.integers(-(10**30), 10**30),
    share=_SHARES,
    is_on=st.booleans(),
    at=_MOMENTS,
    note=st.none() | st.text(),
    parts=st.lists(st.text(), max_size=3).map(tuple),
    content=st.dictionaries(st.text(), _JSON, max_size=4),
)


def through_dynamodb(item: dict[str, Any]) -> dict[str, Any]:
    wire = {name: TypeSerializer().serialize(content) for name, content in item.items()}
    return {name: TypeDeserializer().deserialize(content) for name, content in wire.items()}


@given(_SAMPLES)
def test_a_value_comes_back_as_it_was_with_the_hash_it_had(sample: Sample) -> None:
    back = value_of(Sample, through_dynamodb(item_of(sample, item_key="k")))

    assert back == sample
    assert sha256_of(back.content) == sha256_of(sample.content)


@given(_MOMENTS, _MOMENTS)
def test_times_sort_as_text_as_they_do_in_time(first: datetime, second: datetime) -> None:
    assert (moment_text(first) < moment_text(second)) == (first < second)


def test_a_time_of_another_zone_sorts_by_its_moment() -> None:
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    same = noon.astimezone(timezone(timedelta(hours=5)))

    assert moment_text(same) == moment_text(noon)


def test_a_number_that_dynamodb_cannot_hold_is_kept_where_it_is_nested() -> None:
    tiny = Sample(
        name="n", count=1, share=0.5, is_on=True, at=datetime.now(UTC),
        content={"tiny": 5e-324, "huge": 1.7e308},
    )  # fmt: skip

    assert value_of(Sample, through_dynamodb(item_of(tiny))).content == tiny.content
