"""Names that a system might have, by kind of part: for variants of a scenario."""

from random import Random

from local_cloud.sandbox.components import ComponentSpec
from local_cloud.sandbox.parts import Part
from local_cloud.sandbox.pipelines.other_words import other_words
from local_cloud.sandbox.scenario import Scenario

_FIELDS = (
    "tariff", "voucher", "ledger", "seat", "claims", "fleet", "parcel", "quote", "loyalty",
    "media", "menu", "rental", "harvest", "voyage", "clinic", "survey", "pension", "auction",
    "recipe", "charger", "permit", "donor", "festival", "library", "warranty", "meter",
)  # fmt: skip
_ROLES = {
    "service": ("api", "service", "desk", "gateway", "hub", "engine", "core", "portal", "svc"),
    "lambda": ("handler", "fn", "task", "step", "renderer", "importer", "job"),
    "table": ("records", "table", "items", "by-id", "ledger", "rows"),
    "queue": ("queue", "inbox", "jobs", "stream-in", "mailbox"),
    "api": ("edge", "public-api", "rest", "api-front", "endpoint"),
    "database": ("db", "postgres", "sql", "primary-db"),
    "device": ("unit", "tracker", "sensor", "box", "logger"),
    "external": ("vendor", "partner", "provider", "saas"),
    "other": ("cache", "store", "share", "bus"),
    "pipeline": ("etl", "flow", "pipeline", "nightly"),
}
_DEAD = "-dlq"


def other_names(scenario: Scenario, chance: Random) -> dict[str, str]:
    """Return another name for everything that has one, no two alike."""
    fields: list[str] = list(chance.sample(_FIELDS, len(_FIELDS)))
    found: dict[str, str] = {}
    for part in sorted(scenario.parts, key=lambda one: one.name):
        if part.name in found:
            continue
        found[part.name] = _name(part, fields, set(found.values()), chance)
        if any(one.name == f"{part.name}{_DEAD}" for one in scenario.parts):
            found[f"{part.name}{_DEAD}"] = f"{found[part.name]}{_DEAD}"
    for word, other in other_words(scenario.pipelines, fields, chance).items():
        found.setdefault(word, other)
    for number, cluster in enumerate(sorted({one.cluster for one in scenario.estate})):
        found.setdefault(cluster, f"{chance.choice(('prod', 'live', 'eu', 'blue'))}-{number + 1}")
    return found


def _name(part: Part, fields: list[str], taken: set[str], chance: Random) -> str:
    kind = part.kind if isinstance(part, ComponentSpec) else part.catalog_entry().kind
    roles = _ROLES.get(kind, _ROLES["service"])
    while True:
        field = fields[len(taken) % len(fields)]
        name = f"{field}-{chance.choice(roles)}"
        if kind == "device":
            name = f"{name}-{chance.randint(100, 999)}"
        if name not in taken:
            return name
        fields = [*fields[1:], fields[0]]
