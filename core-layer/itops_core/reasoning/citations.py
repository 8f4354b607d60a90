"""Code, not the model, checks that every claim is backed by evidence that exists.

The rule: a citation counts when its evidence belongs to this incident, still has the hash it
was stored with, and contains the quote to the letter. Claims without any such citation are
dropped. Confidence is multiplied by `0.5 + 0.5 * kept / all citations`, so a verdict whose
citations all resolve keeps its confidence and one that made half of them up keeps three
quarters. A verdict that asserts something (`found`, `healthy`) and is left without a claim
becomes `unresolved`.
"""

import json
from collections.abc import Callable, Mapping

from itops_core.domain.evidence import Citation, Claim, Evidence, span_of
from itops_core.domain.investigation import Answer
from itops_core.domain.remediation import PlannedAction, RemediationPlan
from itops_core.domain.reports import WatchReport
from itops_core.domain.verdict import TriageVerdict, Verdict, VerdictOutcome
from itops_core.errors import NotFoundError

_SHORTEST_QUOTE = 3
_UNPROVEN_CEILING = 0.3

Load = Callable[[str], Evidence]
"""Returns the evidence of an id within the incident, or raises `NotFoundError`."""


class CitationCheck:
    """Looks evidence up once, and says which citations hold.

    `recorded` are the hashes that the transcript has for each evidence id: evidence that was
    replaced since does not count, intact or not.
    """

    def __init__(self, load: Load, recorded: Mapping[str, str]) -> None:
        self._load = load
        self._recorded = recorded
        self._seen: dict[str, str | None] = {}
        self.asked = 0
        self.kept = 0

    @property
    def factor(self) -> float:
        """What confidence is multiplied by."""
        return 1.0 if not self.asked else 0.5 + 0.5 * self.kept / self.asked

    def resolved(self, citations: tuple[Citation, ...]) -> tuple[Citation, ...]:
        """Return the citations that hold; a claim without any counts as one that does not."""
        self.asked += max(1, len(citations))
        found = tuple(citation for candidate in citations if (citation := self._resolve(candidate)))
        self.kept += len(found)
        return found

    def text(self, evidence_id: str) -> str | None:
        """Return the text of intact evidence, or `None` where there is none."""
        if evidence_id not in self._seen:
            self._seen[evidence_id] = self._intact_text(evidence_id)
        return self._seen[evidence_id]

    def mentions(self, words: str) -> bool:
        """Whether any evidence that the transcript recorded contains `words`."""
        return any(words in (self.text(known) or "") for known in self._recorded)

    def _resolve(self, citation: Citation) -> Citation | None:
        text = self.text(citation.evidence_id)
        if text is None or len(citation.quote.strip()) < _SHORTEST_QUOTE:
            return None
        escaped = json.dumps(citation.quote, ensure_ascii=False)[1:-1]
        for quote in (citation.quote, escaped):
            span = span_of(quote, text)
            if span is not None:
                return citation.model_copy(update={"quote": quote, "span": span})
        return None

    def _intact_text(self, evidence_id: str) -> str | None:
        recorded = self._recorded.get(evidence_id)
        if recorded is None:
            return None
        try:
            evidence = self._load(evidence_id)
        except NotFoundError:
            return None
        if not evidence.is_intact() or evidence.sha256 != recorded:
            return None
        return evidence.text


def verify_claims(answer: Answer, check: CitationCheck) -> Answer:
    """Return `answer` with only what `check` finds backed, its confidence lowered by the rule."""
    if isinstance(answer, Verdict):
        return _verified_verdict(answer, check)
    if isinstance(answer, TriageVerdict):
        return answer.model_copy(update={"claims": _backed(answer.claims, check)})
    if isinstance(answer, RemediationPlan):
        return _verified_plan(answer, check)
    if isinstance(answer, WatchReport):
        return _verified_report(answer, check)
    claims = _backed(answer.evidence, check)
    cause = answer.probable_cause if claims else ""
    confidence = round(answer.confidence * check.factor, 4) if claims else 0.0
    return answer.model_copy(
        update={"evidence": claims, "probable_cause": cause, "confidence": confidence}
    )


def _verified_report(report: WatchReport, check: CitationCheck) -> WatchReport:
    """Return the report with only those findings whose claim is backed."""
    findings = [
        finding.model_copy(update={"claim": claim, "more": _backed(finding.more, check)})
        for finding in report.findings
        for claim in _backed((finding.claim,), check)
    ]
    return report.model_copy(update={"findings": tuple(findings)})


def _verified_verdict(verdict: Verdict, check: CitationCheck) -> Verdict:
    claims = _backed(verdict.claims, check)
    confidence = round(verdict.confidence * check.factor, 4)
    changes: dict[str, object] = {"claims": claims, "confidence": confidence}
    if verdict.change_id and not check.mentions(verdict.change_id):
        changes["change_id"] = None
    if not claims and verdict.outcome is not VerdictOutcome.UNRESOLVED:
        changes |= {
            "outcome": VerdictOutcome.UNRESOLVED,
            "root_cause": None,
            "change_id": None,
            "confidence": min(confidence, _UNPROVEN_CEILING),
            "summary": f"Not proven: no claim could be traced to evidence. {verdict.summary}",
        }
    return Verdict.model_validate({**dict(verdict), **changes})


def _verified_plan(plan: RemediationPlan, check: CitationCheck) -> RemediationPlan:
    actions = tuple(
        PlannedAction(
            action=planned.action,
            reason=planned.reason,
            citations=check.resolved(planned.citations) if planned.citations else (),
        )
        for planned in plan.actions
    )
    confidence = round(plan.confidence * check.factor, 4)
    return RemediationPlan.model_validate(
        {**dict(plan), "actions": actions, "confidence": confidence}
    )


def _backed(claims: tuple[Claim, ...], check: CitationCheck) -> tuple[Claim, ...]:
    found = ((claim.text, check.resolved(claim.citations)) for claim in claims)
    return tuple(Claim(text=text, citations=citations) for text, citations in found if citations)
