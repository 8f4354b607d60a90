"""Reports as the command line gets, shows and keeps them."""

from enum import StrEnum

from itops_cli.api import Api
from itops_cli.screen.follow import read
from itops_core.domain.evidence import Evidence
from itops_core.domain.report import Report
from itops_core.domain.report_check import ReportFile, cited_ids, report_file
from itops_core.domain.values import canonical_json
from itops_core.workflow.rendering import html, markdown, plain, slack


class ReportForm(StrEnum):
    """As what a report is shown."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "md"
    HTML = "html"
    SLACK = "slack"


def rendered(report: Report, form: ReportForm) -> str:
    """Return the report as `form`, with a line end."""
    match form:
        case ReportForm.TEXT:
            return plain(report)
        case ReportForm.MARKDOWN:
            return markdown(report)
        case ReportForm.HTML:
            return html(report)
        case ReportForm.SLACK:
            return canonical_json(slack(report)) + "\n"
        case ReportForm.JSON:
            return report.model_dump_json(indent=2) + "\n"


def fetched(api: Api, incident_id: str) -> ReportFile:
    """Return an incident's report with all the evidence that it cites and the API still has.

    What is missing is left out here, and found where the file is checked.
    """
    path = f"/incidents/{incident_id}"
    report = read(Report, api.get(f"{path}/report"))
    kept = {source.evidence_id for source in report.evidence}
    ids = [one for one in cited_ids(report) if one in kept]
    evidence = tuple(read(Evidence, api.get(f"{path}/evidence/{one}")) for one in ids)
    return report_file(report, evidence)
