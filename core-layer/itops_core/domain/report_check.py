"""A report and all that it cites in one file, and whether the one still follows from the other.

Nothing outside the file is asked: hashes, places of quotes and charts are computed anew.
"""

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import Field

from itops_core.domain.evidence import Citation, Evidence
from itops_core.domain.report import Report, chart_of
from itops_core.domain.values import Value, sha256_of


class ReportFile(Value):
    """A report with its evidence, to be kept, sent and checked anywhere."""

    format: Literal["itops-report/1"] = "itops-report/1"
    report: Report
    evidence: tuple[Evidence, ...] = Field(description="All that the report cites, whole.")
    sha256: str = Field(description="Over the canonical JSON of the report.")


class ReportFault(Value):
    """Something in a report that does not follow from its evidence."""

    where: str
    reason: str


def cited_ids(report: Report) -> tuple[str, ...]:
    """Return the ids of all evidence that a report rests on, each once."""
    cited = [citation.evidence_id for claim in report.claims for citation in claim.citations]
    if report.plan is not None:
        cited += [one.evidence_id for step in report.plan.actions for one in step.citations]
    return tuple(dict.fromkeys([*cited, *(chart.evidence_id for chart in report.charts)]))


def report_file(report: Report, evidence: tuple[Evidence, ...]) -> ReportFile:
    """Return the file of `report`."""
    return ReportFile(report=report, evidence=evidence, sha256=sha256_of(report))


def faults_in(file: ReportFile) -> tuple[ReportFault, ...]:
    """Return everything that does not hold, in the order of the report; none is a good report."""
    # A report that was made before a field was added does not hold that field.
    as_written = file.report.model_dump(mode="json", exclude_unset=True)
    if file.sha256 not in {sha256_of(file.report), sha256_of(as_written)}:
        changed = ReportFault(where=file.report.incident_id, reason="the report was changed")
        return (changed, *_faults(file))
    return tuple(_faults(file))


def _faults(file: ReportFile) -> Iterator[ReportFault]:
    report = file.report
    known = {one.evidence_id: one for one in file.evidence}
    hashes = {source.evidence_id: source.sha256 for source in report.evidence}
    for evidence in file.evidence:
        reason = _changed(evidence, hashes.get(evidence.evidence_id), report.incident_id)
        if reason:
            yield ReportFault(where=evidence.evidence_id, reason=reason)
    for number, claim in enumerate(report.claims, start=1):
        if not claim.citations:
            yield ReportFault(where=f"claim {number}", reason="it names no evidence")
        for citation in claim.citations:
            yield from _unresolved(f"claim {number}", citation, known)
    for at, planned in enumerate(report.plan.actions if report.plan else (), start=1):
        for citation in planned.citations:
            yield from _unresolved(f"planned action {at}", citation, known)
    for chart in report.charts:
        evidence = known.get(chart.evidence_id)
        if evidence is None or chart_of(evidence) != chart:
            reason = "the chart does not show what the evidence holds"
            yield ReportFault(where=chart.evidence_id, reason=reason)


def _changed(evidence: Evidence, noted: str | None, incident_id: str) -> str:
    if not evidence.is_intact():
        return "the evidence was changed: it no longer has the hash it was stored with"
    if noted is None:
        return "the report knows no such evidence"
    if evidence.sha256 != noted:
        return "it is not the evidence that the report was made of: the hashes differ"
    if evidence.incident_id != incident_id:
        return f"it belongs to {evidence.incident_id}"
    return ""


def _unresolved(
    where: str, citation: Citation, known: Mapping[str, Evidence]
) -> Iterator[ReportFault]:
    evidence = known.get(citation.evidence_id)
    if evidence is None:
        reason = f"{citation.evidence_id} is not there"
    elif citation.span is None and citation.quote not in evidence.text:
        reason = f"{citation.evidence_id} does not hold the words quoted from it"
    elif citation.span is not None and _at(evidence, citation.span) != citation.quote.encode():
        start, end = citation.span
        reason = f"{citation.evidence_id} holds other words in bytes {start} to {end}"
    else:
        return
    yield ReportFault(where=where, reason=reason)


def _at(evidence: Evidence, span: tuple[int, int]) -> bytes | None:
    start, end = span
    return evidence.text.encode()[start:end] if 0 <= start < end else None
