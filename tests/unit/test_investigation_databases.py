"""Database incidents of our own: each fault is told from its neighbours, and from health."""

from pathlib import Path

import pytest

from itops_cli.investigation import investigate
from itops_cli.investigation.answer import answer_of
from itops_cli.investigation.layouts import recorded_case
from itops_core.reasoning.offline.library import library
from tests.support.database_cases import CASES, INSTANCE, DatabaseCase, write


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_database_incident_is_told_from_its_neighbours(
    case: DatabaseCase, tmp_path: Path
) -> None:
    recorded = recorded_case(write(case, tmp_path))

    answer = answer_of(investigate(recorded.recording, recorded.incident))

    fault = (answer["root_cause"] or {}).get("fault")
    assert answer["outcome"] == ("found" if case.faults else "healthy"), answer["explanation"]
    assert case.faults == frozenset() or fault in case.faults, answer["explanation"]
    words = answer["explanation"].lower()
    assert [word for word in case.words if word.lower() not in words] == []
    assert [word for word in case.forbidden if word.lower() in words] == []


@pytest.mark.parametrize("case", CASES[:1], ids=lambda case: case.name)
def test_every_claim_about_a_database_cites_what_a_tool_said(
    case: DatabaseCase, tmp_path: Path
) -> None:
    recorded = recorded_case(write(case, tmp_path))

    found = investigate(recorded.recording, recorded.incident)

    assert found.verdict is not None
    evidence = {one.evidence_id: one.text for one in found.evidence}
    cited = [citation for claim in found.verdict.claims for citation in claim.citations]
    assert cited
    assert all(citation.quote in evidence[citation.evidence_id] for citation in cited)
    assert found.verdict.root_cause is not None
    assert found.verdict.root_cause.component == INSTANCE


def test_every_fault_of_a_database_has_a_category_and_says_what_it_needs() -> None:
    faults = [fault for fault in library().faults if "database" in fault.kinds]

    assert len(faults) >= 15
    assert all(fault.category and fault.mechanism.endswith(".") for fault in faults)
