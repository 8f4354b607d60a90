"""The reasoner that needs no model: one of the two behind the `Reasoner` port."""

from itops_core.domain.investigation import Agent, Case, Turn
from itops_core.errors import ModelUnavailableError
from itops_core.reasoning.offline.choosing import Bar
from itops_core.reasoning.offline.corroboration import careful
from itops_core.reasoning.offline.diagnosis import NAME
from itops_core.reasoning.offline.pipeline_plan import plan_pipeline
from itops_core.reasoning.offline.pipeline_questions import PIPELINE
from itops_core.reasoning.offline.planning import plan_remedy
from itops_core.reasoning.offline.root_cause import diagnose
from itops_core.reasoning.offline.scene import Scene
from itops_core.reasoning.offline.setting_aside import unprobed
from itops_core.reasoning.offline.triage import triage
from itops_core.reasoning.offline.watching.reporting import watch
from itops_core.settings import Config


class OfflineReasoner:
    """Thinks by the fault library alone: no network, no tokens, the same case the same turn."""

    def __init__(self, config: Config) -> None:
        self._bar = Bar(config.reasoning.found_at, config.reasoning.lead)
        self._scale_step = config.remediation.scale_step
        self._lone_confidence = config.reasoning.lone_confidence

    @property
    def name(self) -> str:
        """`offline`."""
        return NAME

    @property
    def is_paid(self) -> bool:
        """It costs nothing."""
        return False

    def next_turn(self, case: Case) -> Turn:
        """Return the next questions, or the answer."""
        case = unprobed(case)
        if case.agent is Agent.TRIAGE:
            return triage(case, self._bar)
        if case.agent is Agent.ROOT_CAUSE:
            return diagnose(case, self._bar)
        if case.agent is Agent.WATCHDOG:
            return watch(case)
        if case.agent is not Agent.REMEDIATION:
            raise ModelUnavailableError(f"{NAME} does not think for {case.agent}")
        is_pipeline = PIPELINE in Scene(case).kinds
        turn = plan_pipeline(case) if is_pipeline else plan_remedy(case, self._scale_step)
        return careful(case, self._bar, turn, self._lone_confidence)
