"""An intended difference: what the present code concludes becomes what a capsule has."""

from itops_cli.capsules.capsule import Capsule
from itops_cli.capsules.export import capsule_of
from itops_cli.capsules.recording import SCENARIO, recorded_capsule
from itops_cli.capsules.replaying import investigated
from itops_cli.capsules.thinking import present_thinkers
from itops_cli.investigation.thinkers import offline
from itops_core.settings import config


def accepted(capsule: Capsule) -> Capsule:
    """Return the capsule with what the present code makes of it.

    Where it asks what the capsule has no answer to, a scenario of the library is looked at anew;
    anything else keeps what was known, and the new question stays open.
    """
    thinkers = present_thinkers(capsule.last_round)
    found, unknown = investigated(capsule, thinkers, config())
    played = any(one.turn.model_turn for one in capsule.last_round)
    if unknown and not played and capsule.made_from.startswith(SCENARIO):
        return recorded_capsule(capsule.made_from.removeprefix(SCENARIO), offline)
    return capsule_of(found, capsule.catalog, capsule.made_from, made_at=capsule.made_at)
