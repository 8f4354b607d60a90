"""Every agent step and everything the agents saw: append-only, evidence kept whole."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError
from pydantic import Field

from itops_core.domain.evidence import Evidence
from itops_core.domain.investigation import Step
from itops_core.domain.values import Moment, Value
from itops_core.errors import InvalidInputError, NotFoundError
from itops_core.stores.items import is_refused_condition, item_of, query_all, value_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_s3 import S3Client

_INLINE_BYTES = 100_000
_ITEM_BYTES = 380_000


@dataclass(frozen=True)
class EvidenceBucket:
    """The private bucket for what is too large for an item."""

    client: "S3Client"
    name: str


class EvidenceHead(Value):
    """What a piece of evidence is, without its content."""

    evidence_id: str
    incident_id: str
    server: str
    tool: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    data_source: str
    sha256: str
    collected_at: Moment
    size: int


class AgentStateStore:
    """One table: `step#…` and `evidence#…` under the incident's id."""

    def __init__(self, table: "Table", bucket: EvidenceBucket | None = None) -> None:
        self._table = table
        self._bucket = bucket

    def put_step(self, step: Step) -> bool:
        """Append a step; `False` where another run has taken its number."""
        return self._put_new(item_of(step, item_key=f"step#{step.number:06d}"))

    def steps(self, incident_id: str, after: int = 0, limit: int | None = None) -> tuple[Step, ...]:
        """Return the steps behind number `after`, oldest first."""
        items = query_all(
            self._table,
            limit,
            KeyConditionExpression=Key("incident_id").eq(incident_id)
            & Key("item_key").between(f"step#{after + 1:06d}", "step#999999"),
            ConsistentRead=True,
        )
        return tuple(value_of(Step, item) for item in items)

    def put_evidence(self, evidence: Evidence) -> Evidence:
        """Keep one tool's whole answer and return what is kept under its id.

        The first one stands: a repeated step has to cite what the first run stored.
        """
        text = evidence.text
        size = len(text.encode())
        item = item_of(evidence.model_copy(update={"content": {}}), item_key=_key_of(evidence))
        item["size"] = size
        if size <= _INLINE_BYTES or (self._bucket is None and size <= _ITEM_BYTES):
            item["content_text"] = text
        else:
            item["content_key"] = self._upload(evidence, text)
        if self._put_new(item):
            return evidence
        return self.get_evidence(evidence.incident_id, evidence.evidence_id)

    def get_evidence(self, incident_id: str, evidence_id: str) -> Evidence:
        """Return one piece of evidence, or raise `NotFoundError`."""
        key = {"incident_id": incident_id, "item_key": f"evidence#{evidence_id}"}
        item = self._table.get_item(Key=key, ConsistentRead=True).get("Item")
        if item is None:
            raise NotFoundError(f"no evidence {evidence_id!r} in incident {incident_id!r}")
        return self._whole(item)

    def list_evidence(self, incident_id: str) -> tuple[Evidence, ...]:
        """Return all evidence of an incident, whole, oldest first."""
        found = [self._whole(item) for item in self._evidence_items(incident_id)]
        return tuple(sorted(found, key=lambda evidence: evidence.collected_at))

    def evidence_heads(self, incident_id: str) -> tuple[EvidenceHead, ...]:
        """Return what evidence there is, without contents, oldest first."""
        found = [_head_of(item) for item in self._evidence_items(incident_id)]
        return tuple(sorted(found, key=lambda head: head.collected_at))

    def _evidence_items(self, incident_id: str) -> list[dict[str, Any]]:
        return list(
            query_all(
                self._table,
                KeyConditionExpression=Key("incident_id").eq(incident_id)
                & Key("item_key").begins_with("evidence#"),
                ConsistentRead=True,
            )
        )

    def _put_new(self, item: dict[str, Any]) -> bool:
        try:
            self._table.put_item(Item=item, ConditionExpression=Attr("item_key").not_exists())
        except ClientError as error:
            if is_refused_condition(error):
                return False
            raise
        return True

    def _upload(self, evidence: Evidence, text: str) -> str:
        if self._bucket is None:
            raise InvalidInputError(
                f"evidence of {len(text)} characters needs the evidence bucket, which is not set"
            )
        # The hash in the key lets two runs of one step upload without touching each other's.
        name = f"{evidence.evidence_id}-{evidence.sha256[:12]}.json"
        key = f"evidence/{evidence.incident_id}/{name}"
        self._bucket.client.put_object(
            Bucket=self._bucket.name,
            Key=key,
            Body=text.encode(),
            ContentType="application/json",
        )
        return key

    def _whole(self, item: dict[str, Any]) -> Evidence:
        text = item.get("content_text")
        if text is None:
            text = self._download(str(item["content_key"]))
        bare = value_of(Evidence, item)
        return bare.model_copy(update={"content": json.loads(str(text))})

    def _download(self, key: str) -> str:
        if self._bucket is None:
            raise NotFoundError(f"the content lies in the evidence bucket, key {key!r}")
        answer = self._bucket.client.get_object(Bucket=self._bucket.name, Key=key)
        return answer["Body"].read().decode()


def _head_of(item: dict[str, Any]) -> EvidenceHead:
    details = {**json.loads(str(item.get("details", "{}")))}
    details.pop("content", None)
    return value_of(EvidenceHead, {**item, "details": json.dumps(details)})


def _key_of(evidence: Evidence) -> str:
    return f"evidence#{evidence.evidence_id}"
