"""Links that can wait: in a storm, what opens an incident goes before what only counts.

The first links of a new incident are written with its batch; the others, and those of a storm that
is known, go into a queue of their own. They are safe there, and another outage does not wait until
they are counted.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from itops_core.domain.intake import AlarmLink, Fate
from itops_core.errors import InvalidInputError
from itops_core.stores.link_writes import Entry, Record

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

ENTRIES = "entries"
_AT_ONCE = 36
"""Two transactions: short enough that nobody waits long for the one who writes them."""


@dataclass(frozen=True)
class LaterLinks:
    """The queue of links that are still to be written."""

    client: "Callable[[], SQSClient]"
    queue_url: str
    expect: Callable[[AlarmLink], None]
    """Told the first of links that are put off, before they are."""
    written_at_once: int = 18

    def split(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Put off what can wait, and return the others.

        What opens an incident is written with the first of its alarms; of one that is known
        already, many at a time can all wait.
        """
        is_new = any(entry.fate.is_new for entry in entries)
        now = self.written_at_once if is_new or len(entries) <= self.written_at_once else 0
        for start in range(now, len(entries), _AT_ONCE):
            later = entries[start : start + _AT_ONCE]
            text = _text_of(later)
            self.expect(later[0].link)
            self.client().send_message(QueueUrl=self.queue_url, MessageBody=text)
        return entries[:now]


def entries_in(content: Mapping[str, Any]) -> list[Entry]:
    """Return the entries that a message of that queue holds."""
    try:
        return list(_entries(content[ENTRIES]))
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInputError(f"the message holds no links: {error}") from error


def _entries(told: Sequence[Mapping[str, Any]]) -> Iterator[Entry]:
    for one in told:
        records = {key: Record(**record) for key, record in one["records"].items()}
        link, fate = AlarmLink.model_validate(one["link"]), Fate.model_validate(one["fate"])
        yield Entry(link, fate, records)


def _text_of(entries: Sequence[Entry]) -> str:
    return json.dumps(
        {
            ENTRIES: [
                {
                    "link": entry.link.model_dump(mode="json"),
                    "fate": entry.fate.model_dump(mode="json"),
                    "records": {
                        key: {
                            "value": dict(record.value),
                            "seconds": record.seconds,
                            "exclusive": record.exclusive,
                        }
                        for key, record in entry.records.items()
                    },
                }
                for entry in entries
            ]
        },
        ensure_ascii=False,
    )
