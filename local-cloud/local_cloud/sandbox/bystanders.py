"""False leads that a variant adds: somebody else's release, setting, or everyday trouble."""

from random import Random
from typing import Any

Fields = dict[str, Any]

_EVERYDAY = (
    ("WARN", "deprecated header in request {id}"),
    ("WARN", "slow query took {int:700-1500}ms on replica"),
    ("ERROR", "mail to {id} bounced: mailbox does not exist"),
    ("WARN", "retry of upload {id} succeeded on attempt 2"),
    ("INFO", "connection pool resized to {int:8-16}"),
    ("WARN", "feature toggle service answered from cache"),
    ("INFO", "rotated log file, {int:20-90} MB"),
    ("WARN", "user {id} entered a wrong code"),
)
_SETTINGS = (
    ("/ui/theme", "light", "dark"),
    ("/reports/schedule", "0 5 * * *", "0 6 * * *"),
    ("/marketing/banner", "spring", "summer"),
    ("/search/synonyms-version", "41", "42"),
)
_EXTRA_SERVICE = "survey-widget"


def with_false_leads(fields: Fields, chance: Random) -> None:
    """Add a few leads that lead nowhere to the fields of a scenario."""
    guilty = fields["truth"]["component"]
    innocent = [one["name"] for one in fields["estate"] if one["name"] != guilty]
    if chance.random() < 0.4:
        innocent.append(_bystander(fields, chance))
    if innocent and chance.random() < 0.6:
        fields["changes"].append(_release(chance.choice(innocent), chance))
    if chance.random() < 0.5:
        fields["changes"].append(_setting(chance))
    for name in chance.sample(innocent, min(2, len(innocent))):
        fields["logs"].append(_line(name, chance))


def _bystander(fields: Fields, chance: Random) -> str:
    """Add a service that has nothing to do with anything; return its name."""
    name = f"{_EXTRA_SERVICE}-{chance.randint(1, 99)}"
    cluster = fields["estate"][0]["cluster"] if fields["estate"] else "tools"
    fields["estate"].append(
        {
            "name": name,
            "cluster": cluster,
            "tier": 4,
            "owner": "tools-team",
            "description": "Asks visitors how they liked it.",
            "levels": {"requests": chance.uniform(20, 200), "latency": chance.uniform(60, 300)},
            "routine_logs": [
                {"level": "INFO", "per_minute": 2, "message": "answer {id} stored"},
            ],
        }
    )
    return name


def _release(name: str, chance: Random) -> Fields:
    return {
        "change_id": "another-release",
        "kind": "deployment",
        "service": name,
        "minutes_before_onset": round(chance.uniform(2, 90), 1),
        "image": f"registry/{name}:{chance.randint(2, 40)}.{chance.randint(0, 9)}.0",
    }


def _setting(chance: Random) -> Fields:
    parameter, before, after = chance.choice(_SETTINGS)
    return {
        "change_id": "another-setting",
        "kind": "parameter",
        "parameter": parameter,
        "value_before": before,
        "value_after": after,
        "minutes_before_onset": round(chance.uniform(3, 200), 1),
    }


def _line(name: str, chance: Random) -> Fields:
    level, message = chance.choice(_EVERYDAY)
    return {
        "service": name,
        "level": level,
        "message": message,
        "per_minute": round(chance.uniform(0.2, 1.0), 2),
        "during": "always",
    }
