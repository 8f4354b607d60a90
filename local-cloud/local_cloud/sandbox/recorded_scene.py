"""A scenario placed in time among the services that nothing ails, ready to be written down."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from local_cloud.address import ACCOUNT, REGION
from local_cloud.sandbox.estate import ServiceSpec
from local_cloud.sandbox.gaps import Missing
from local_cloud.sandbox.parts import Part
from local_cloud.sandbox.scenario import Scenario
from local_cloud.sandbox.story import Story
from local_cloud.sandbox.tracing import Told


@dataclass(frozen=True)
class Scene:
    """A scenario placed in time, among the services that nothing ails."""

    scenario: Scenario
    story: Story
    told: Told
    now: float

    def parts(self) -> list[Part]:
        """Return everything that is told of."""
        return [part for part, _ in self.told.values()]

    def services(self) -> list[ServiceSpec]:
        """Return the ECS services among it."""
        return [part for part in self.parts() if isinstance(part, ServiceSpec)]

    def at_change(self, minutes_before_onset: float) -> float:
        """Return when something happened that long before the onset."""
        return self.story.onset - minutes_before_onset * 60

    def missing(self, kind: str) -> list[Missing]:
        """Return what is missing of a kind."""
        return [gap for gap in self.scenario.missing if gap.kind == kind]

    def lacks(self, kind: str, part: str) -> bool:
        """Whether that is missing of a part."""
        return any(gap.service == part for gap in self.missing(kind))


def ecs_arn(resource: str) -> str:
    """Return the ARN of something of ECS."""
    return f"arn:aws:ecs:{REGION}:{ACCOUNT}:{resource}"


def digits(text: str) -> str:
    """Return a number that follows from `text`, as ECS numbers rollouts and events."""
    return str(int(hashlib.sha256(text.encode()).hexdigest()[:16], 16))


def moment(at: float) -> datetime:
    """Return a time as boto3 tells it."""
    return datetime.fromtimestamp(at, UTC)
