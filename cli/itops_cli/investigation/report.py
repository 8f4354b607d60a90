"""The report on an investigation of a recording, in the very form that a deployment gives it."""

from itops_cli.investigation.outcome import Investigation
from itops_core.domain.evidence import Evidence
from itops_core.domain.report import chart_of
from itops_core.domain.report_check import ReportFile, cited_ids, report_file
from itops_core.stores.agent_state import EvidenceHead
from itops_core.workflow.reporting import METRICS, Story, cited_in, report_of


def report_on(found: Investigation) -> ReportFile:
    """Return the report on an investigation of a recording, with the evidence that it cites."""
    kept = {one.evidence_id: one for one in found.evidence}
    cited = [kept[one] for one in cited_in(found.incident) if one in kept]
    drawn = (chart_of(one) for one in cited if one.tool == METRICS)
    report = report_of(
        Story(
            incident=found.incident,
            steps=found.steps,
            evidence=[_head_of(one) for one in found.evidence],
            timeline=found.timeline,
            charts=[chart for chart in drawn if chart],
        )
    )
    needed = tuple(kept[one] for one in cited_ids(report) if one in kept)
    return report_file(report, needed)


def _head_of(evidence: Evidence) -> EvidenceHead:
    told = evidence.model_dump(exclude={"content"})
    return EvidenceHead(**told, size=len(evidence.text.encode()))
