"""Pairs of documents of one content: equal hashes, so equal keys and nothing to tell."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.records.strategies import study
from tracker.changes.explain import explain
from tracker.records.text import folded
from tracker.records.trial import TrialRecord
from tracker.registries.ctgov.reader import read

Document = dict[str, Any]
HIDDEN = "\u200b"


def references(*found: Document) -> Document:
    return study(referencesModule={"references": list(found)})


def sites(*found: Document) -> Document:
    return study(contactsLocationsModule={"locations": list(found)})


def outcomes(*found: Document) -> Document:
    return study(outcomesModule={"primaryOutcomes": list(found)})


def started(count: str, kind: str = "STARTED") -> Document:
    milestone = {"type": kind, "achievements": [{"numSubjects": count}]}
    return study() | {"resultsSection": {"participantFlowModule": {"periods": [{"milestones": [milestone]}]}}}


def retracted(*sources: str) -> Document:
    return {"pmid": "1", "citation": "", "retractions": [{"source": it} for it in sources]}


PAIRS: dict[str, tuple[Document, Document]] = {
    "retractions in another dress": (
        references(retracted("a study", "b study"), {"pmid": "1"}),
        references(retracted("b study", f"{HIDDEN}a study"), {"pmid": "1"}),
    ),
    "a citation with nothing to see": (
        references({"pmid": "1"}, {"pmid": "1", "type": "RESULT"}),
        references({"pmid": "1", "citation": HIDDEN}, {"pmid": "1", "type": "RESULT"}),
    ),
    "no PMID to see": (references({"citation": "A paper"}), references({"citation": "A paper", "pmid": HIDDEN})),
    "an arm without words": (
        study(armsInterventionsModule={"armGroups": [{"label": "A"}, {"label": "A", "type": "OTHER"}]}),
        study(
            armsInterventionsModule={
                "armGroups": [{"label": "A", "description": HIDDEN}, {"label": "A", "type": "OTHER"}]
            }
        ),
    ),
    "an outcome whose escape is cut by a mark": (
        outcomes({"measure": "Blood pressure &amp;lt; 5"}),
        outcomes({"measure": f"Blood pressure &l{HIDDEN}t; 5"}),
    ),
    "a country in two dresses": (
        sites({"facility": "A", "country": "Spain"}, {"facility": "B", "country": "Spain"}),
        sites({"facility": "A", "country": "Spain"}, {"facility": "B", "country": f"Spa{HIDDEN}in"}),
    ),
    "a postcode that says nothing": (
        sites({"facility": "A", "city": "Lyon", "zip": "&nbsp;"}),
        sites({"facility": "A", "city": "Lyons", "zip": "&nbsp;"}),
    ),
    "a date with nothing to see": (
        study(more_status={"startDateStruct": {"type": "ACTUAL"}}),
        study(more_status={"startDateStruct": {"type": "ACTUAL", "date": HIDDEN}}),
    ),
    "a day with a mark in it": (
        study(more_status={"lastUpdateSubmitDate": "2026-01-05"}),
        study(more_status={"lastUpdateSubmitDate": f"2026{HIDDEN}-01-05"}),
    ),
    "results with nothing in them": (study(), study() | {"resultsSection": {"participantFlowModule": {}}}),
    "participants with a mark between their digits": (started("40"), started(f"4{HIDDEN}0")),
    "a milestone with a mark in its code": (started("40"), started("40", f"START{HIDDEN}ED")),
    "a contact without a telephone": (
        study(contactsLocationsModule={"centralContacts": [{"name": "A"}, {"name": "A", "role": "CONTACT"}]}),
        study(
            contactsLocationsModule={
                "centralContacts": [{"name": "A", "phone": HIDDEN}, {"name": "A", "role": "CONTACT"}]
            }
        ),
    ),
}


def keys(value: Any) -> Any:
    """The shape of a record: its keys, however deep."""
    return {name: keys(item) for name, item in value.items() if item} if isinstance(value, dict) else None


def told(record: TrialRecord) -> Any:
    return keys({name: item for name, item in record.document().items() if name != "warnings"})


@pytest.mark.fault("R-B13")
@pytest.mark.parametrize(("one", "two"), PAIRS.values(), ids=PAIRS.keys())
def test_equal_hashes_mean_equal_keys_and_no_event(one: Document, two: Document) -> None:
    before, after = read(one), read(two)
    assert before.content_hash == after.content_hash
    assert told(before.record) == told(after.record)
    assert folded(before.record.countries) == folded(after.record.countries)
    assert (before.posted, before.submitted) == (after.posted, after.submitted)
    assert explain(before.record, after.record) == ()
    assert explain(after.record, before.record) == ()


HASHES = {
    "retractions in another dress": "23e62a81d9d208003280b778534d900627deac80b3bbb7b3ffa3f55bae8a9cde",
    "an outcome whose escape is cut by a mark": "dbea1991ca394fec10b6607961739bf33831b7c225c1830e7bd44e218062e10e",
    "a postcode that says nothing": "b12f582f6059ea4c41829f06269d64bd0aab9c8cc240b8abde4f292008cf8c8e",
    "results with nothing in them": "5faab0a96ac40accc431032defbd9bb668c5134d7a7939277da6021c98d2a4a4",
}


@pytest.mark.parametrize(("name", "wanted"), HASHES.items())
def test_the_content_hash_is_the_one_that_is_stored(name: str, wanted: str) -> None:
    """It was stored with every version: another one would be taken for another content."""
    assert read(PAIRS[name][0]).content_hash == wanted
