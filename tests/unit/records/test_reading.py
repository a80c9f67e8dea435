"""What of an odd document is refused, and what is carried with a word about it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.records.strategies import study
from tracker.errors import Unreadable
from tracker.registries.ctgov.reader import read

PROTOCOL = "protocolSection"
REFUSED = [
    (study(more_names={"nctId": None}), f"{PROTOCOL}.identificationModule.nctId", "null"),
    (study(more_names={"nctId": "NCT1"}), f"{PROTOCOL}.identificationModule.nctId", "'NCT1'"),
    (
        study(more_names={"nctId": "NCT０５３４９３３１"}),
        f"{PROTOCOL}.identificationModule.nctId",
        "'NCT０５３４９３３１'",
    ),
    (study(status=""), f"{PROTOCOL}.statusModule.overallStatus", "nothing"),
    (study(designModule={"enrollmentInfo": {"count": "40"}}), f"{PROTOCOL}.designModule.enrollmentInfo.count", "'40'"),
    (study(designModule={"enrollmentInfo": {"count": True}}), f"{PROTOCOL}.designModule.enrollmentInfo.count", "True"),
    (study(designModule={"phases": "PHASE1"}), f"{PROTOCOL}.designModule.phases", "'PHASE1'"),
    (study(designModule={"phases": [1]}), f"{PROTOCOL}.designModule.phases", "list"),
    (study(outcomesModule={"primaryOutcomes": ["OS"]}), f"{PROTOCOL}.outcomesModule.primaryOutcomes", "list"),
    (study(descriptionModule={"briefSummary": {"html": ""}}), f"{PROTOCOL}.descriptionModule.briefSummary", "dict"),
    (study(conditionsModule=[]), f"{PROTOCOL}.conditionsModule", "list"),
    (study() | {"hasResults": "yes"}, "hasResults", "'yes'"),
    ({}, f"{PROTOCOL}.identificationModule.nctId", "nothing"),
]


@pytest.mark.parametrize(("document", "path", "found"), REFUSED)
def test_a_shape_that_cannot_be_read_is_refused_with_its_place(document: dict[str, Any], path: str, found: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(document)
    assert caught.value.path == path
    assert caught.value.message.endswith(f"found {found}")


CARRIED = [
    (study(status="PAUSED"), "overallStatus: unknown code PAUSED"),
    (study(designModule={"phases": ["PHASE9"]}), "phases: unknown code PHASE9"),
    (study(more_status={"startDateStruct": {"date": "2026-02-30"}}), "dates.start: 2026-02-30 is no date we can read"),
    (study(more_names={"secondaryIdInfos": [{"type": "EUDRACT_NUMBER"}]}), "secondaryIdInfos.id is missing"),
    (study(more_names={"briefTitle": " "}), "identificationModule.briefTitle is missing"),
    (study(sponsorCollaboratorsModule={"collaborators": [{"class": "NIH"}]}), "collaborators.name is missing"),
    (study() | {"hasResults": True}, "hasResults is True but resultsSection is missing"),
]


@pytest.mark.parametrize(("document", "warning"), CARRIED)
def test_what_is_odd_is_carried_with_a_word(document: dict[str, Any], warning: str) -> None:
    assert any(sentence.endswith(warning) for sentence in read(document).record.warnings)


def test_a_usual_record_raises_no_eyebrow() -> None:
    assert read(study()).record.warnings == ()


def test_fields_we_have_no_name_for_are_kept_by_their_path() -> None:
    document = study(moduleOfTheFuture={"b": [2, 1]}, oversightModule={"isNew": "  yes "}) | {"sectionNew": 1}
    assert read(document).record.other == {
        f"{PROTOCOL}.moduleOfTheFuture": {"b": [1, 2]},
        f"{PROTOCOL}.oversightModule.isNew": "yes",
        "sectionNew": 1,
    }


def test_an_odd_number_of_participants_counts_nobody() -> None:
    odd = [{"numSubjects": "7"}, {"numSubjects": "many"}, {"numSubjects": "9" * 5000}]
    started = {"type": "STARTED", "achievements": odd}
    flow = {"participantFlowModule": {"periods": [{"milestones": [started]}]}}
    counted = study(designModule={"enrollmentInfo": {"count": 7, "type": "ACTUAL"}})
    summary = read(counted | {"resultsSection": flow}).record.results.summary
    assert summary is not None
    assert summary.participants == 7
