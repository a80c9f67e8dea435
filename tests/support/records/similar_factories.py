"""Small trials: as records, and as a registry's studies and stories."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from hypothesis import strategies as st

from tracker.demo.story import Story, StoryStep
from tracker.records.trial import Eligibility, Intervention, Mesh, Title, TrialRecord

DAY = date(2026, 3, 2)
WORDS = "liver tumour resection tumours resected chemotherapy a the 12 kidney stone Überleben 肝臓 β".split()
texts = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)
names = st.lists(
    st.sampled_from(["Liver Cancer", "liver  cancer", "Stone", "Placebo", "肝臓"]), max_size=2, unique=True
)


def nct(number: int) -> str:
    return f"NCT{number:08d}"


def trial(number: int, title: str = "", **fields: Any) -> TrialRecord:
    return TrialRecord(trial=nct(number), registry="ctgov", status="RECRUITING", title=Title(title), **fields)


@st.composite
def records(draw: st.DrawFn) -> TrialRecord:
    """Draw a trial with number 1. `several` gives others different numbers."""
    return trial(
        1,
        draw(texts),
        conditions=tuple(draw(names)),
        interventions={name: Intervention(name) for name in draw(names)},
        mesh=Mesh(tuple(draw(names)), tuple(draw(names))),
        summary=draw(texts),
        eligibility=Eligibility(criteria=draw(texts)),
        phases=tuple(draw(st.sampled_from([(), ("NA",), ("PHASE2",), ("PHASE1", "PHASE2")]))),
        countries=tuple(draw(st.sampled_from([(), ("China",), ("China", "France")]))),
    )


def several(least: int = 1) -> st.SearchStrategy[list[TrialRecord]]:
    def numbered(found: list[TrialRecord]) -> list[TrialRecord]:
        return [TrialRecord.from_document(it.document() | {"trial": nct(at)}) for at, it in enumerate(found, 1)]

    return st.lists(records(), min_size=least, max_size=8).map(numbered)


def study(number: int, title: str, conditions: list[str], **modules: Mapping[str, Any]) -> dict[str, Any]:
    """Return a v2 record. `modules` are by the registry's names."""
    return {
        "protocolSection": {
            "identificationModule": {"nctId": nct(number), "briefTitle": title},
            "statusModule": {"overallStatus": "RECRUITING", "lastUpdateSubmitDate": "2026-01-05"},
            "sponsorCollaboratorsModule": {"leadSponsor": {"name": "A University", "class": "OTHER"}},
            "designModule": {"studyType": "INTERVENTIONAL"},
            "conditionsModule": {"conditions": conditions},
            **modules,
        },
        "hasResults": False,
    }


def story(*studies: dict[str, Any]) -> Story:
    """Return a registry's story of one day, on which all of these exist."""
    facts = {it["protocolSection"]["identificationModule"]["nctId"]: it for it in studies}
    return Story(facts, tuple(StoryStep(DAY, name, "there", {}, invented=True) for name in facts), opening=DAY)
