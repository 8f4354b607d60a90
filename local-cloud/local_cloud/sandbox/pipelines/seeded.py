"""The pipelines that are there from the start, as `scenarios/pipelines.yaml` tells them."""

from functools import lru_cache
from typing import Any

import yaml

from itops_core.settings import bundled
from local_cloud.sandbox.estate import catalog_entries
from local_cloud.sandbox.pipelines.specs import PipelineSpec

_OF_CATALOG = ("tier", "owner", "description", "depends_on", "runbook")


@lru_cache
def seeded_fields() -> dict[str, dict[str, Any]]:
    """Return the fields of each seeded pipeline: the catalog's, then how it runs."""
    text = (bundled("scenarios") / "pipelines.yaml").read_text(encoding="utf-8")
    known = {entry.entry_id: entry for entry in catalog_entries()}
    return {
        fields["name"]: {
            **{name: getattr(known[fields["name"]], name) for name in _OF_CATALOG},
            **fields,
        }
        for fields in yaml.safe_load(text)["pipelines"]
    }


@lru_cache
def seeded_pipelines() -> tuple[PipelineSpec, ...]:
    """Return the pipelines that are there from the start."""
    return tuple(PipelineSpec.model_validate(fields) for fields in seeded_fields().values())


def with_seeded(pipeline: object) -> object:
    """Return a pipeline of a scenario with what is not said taken from the seeded one."""
    if not isinstance(pipeline, dict):
        return pipeline
    return {**seeded_fields().get(str(pipeline.get("name")), {}), **pipeline}
