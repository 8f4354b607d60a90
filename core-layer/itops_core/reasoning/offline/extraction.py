"""Everything that was seen, as one sighting per symptom."""

from itops_core.reasoning.offline.extract_changes import change_sightings
from itops_core.reasoning.offline.extract_databases import database_sightings
from itops_core.reasoning.offline.extract_ecs import service_sightings
from itops_core.reasoning.offline.extract_executions import execution_sightings
from itops_core.reasoning.offline.extract_logs import log_sightings
from itops_core.reasoning.offline.extract_metrics import alarm_sightings, metric_sightings
from itops_core.reasoning.offline.extract_places import place_sightings
from itops_core.reasoning.offline.leftovers import leftover_sightings
from itops_core.reasoning.offline.metric_pairs import paired_sightings
from itops_core.reasoning.offline.scene import Scene
from itops_core.reasoning.offline.sightings import Sightings, merged

_EXTRACTORS = (
    alarm_sightings,
    metric_sightings,
    paired_sightings,
    place_sightings,
    service_sightings,
    log_sightings,
    execution_sightings,
    database_sightings,
    leftover_sightings,
)


def sightings(scene: Scene) -> Sightings:
    """Return what the scene's observations show, symptom by symptom."""
    seen = merged(sighting for extract in _EXTRACTORS for sighting in extract(scene))
    return merged((*seen.values(), *change_sightings(scene, seen)))
