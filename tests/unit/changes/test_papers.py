"""Papers: told by their title and by what they are to the trial."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.support.paths import SHARED
from tests.support.records.strategies import study
from tracker.changes.explain import Event, explain
from tracker.changes.wording.headline import headline
from tracker.records.citation import title_of
from tracker.records.trial import TrialRecord
from tracker.registries.ctgov.reader import read

MANY = ", ".join(f"Author{letter} {letter}B" for letter in "ABCDEFGHIJKLMNOPQRST")
TITLES = [
    (f"{MANY}. A device for the heart. J Tests. 2020 Jan;1(2):3-4. doi: 10.1/x.", "A device for the heart"),
    ("Smith J, van der Berg AB, De Luca C; A Study Group. Which is best? J Tests. 2020;1:2.", "Which is best?"),
    ("Lee C-R, O'Byrne PM, Baker J 2nd. [A title in another tongue]. Rev Test. 2001;3:4.", "A title in another tongue"),
    ("Smith J. S. aureus vs. other germs: a trial. J Tests. 1999.", "S. aureus vs. other germs: a trial"),
    ("Salama, R. (2010). Trials of a plant. Bulletin, 9(5), 513-522.", "Trials of a plant"),
    ("A.B. Smith, C. Jones and D. Brown. Lines of a tumour. Ann Test (2014) 25.", "Lines of a tumour"),
    ("12. Smith J, Jones B, et al. A guideline for tests. Testology. 2015;38:431.", "A guideline for tests"),
    ("A consensus on tests in children. J Tests. 2010;1:2.", "A consensus on tests in children"),
    ("Smith J. Overview. J Tests. 2011;6:1.", "Overview"),
    ("The Test Society Committee. Rules for all tests of hearts. J Tests. 2011;6:1.", "Rules for all tests of hearts"),
]


@pytest.mark.fault("R-B7")
@pytest.mark.parametrize(("citation", "title"), TITLES)
def test_the_title_is_taken_out_of_the_citation(citation: str, title: str) -> None:
    assert title_of(citation) == title


@pytest.mark.parametrize("citation", ["", "10.1/x", ". . .", "Smith J", "A B. C D. " * 400, "(" * 3000, "1999"])
def test_a_citation_that_tells_no_title_has_none(citation: str) -> None:
    assert title_of(citation) is None


def cited(*papers: dict[str, Any]) -> TrialRecord:
    return read(study(referencesModule={"references": list(papers)})).record


def paper(kind: str | None, title: str = "A device for the heart", pmid: str = "1", **more: Any) -> dict[str, Any]:
    return {"pmid": pmid, "citation": f"{MANY}. {title}. J Tests. 2020."} | ({"type": kind} if kind else {}) | more


def one(before: TrialRecord, after: TrialRecord) -> Event:
    [event] = explain(before, after)
    return event


ADDED = [
    ("RESULT", "major", "1 reference added with results: A device for the heart"),
    ("DERIVED", "minor", "1 reference added naming the trial: A device for the heart"),
    ("BACKGROUND", "minor", "1 reference added as background: A device for the heart"),
    (None, "minor", "1 reference added: A device for the heart"),
]


@pytest.mark.fault("R-B7")
@pytest.mark.parametrize(("kind", "severity", "summary"), ADDED)
def test_a_paper_is_told_by_title_and_kind(kind: str | None, severity: str, summary: str) -> None:
    event = one(cited(), cited(paper(kind)))
    assert (event.kind, event.severity, event.summary) == ("reference.added", severity, summary)


@pytest.mark.fault("R-B7")
def test_a_paper_with_results_is_named_first_of_many() -> None:
    crowd = [paper("BACKGROUND", f"Background {it}", str(it)) for it in range(2, 9)]
    event = one(cited(), cited(*crowd, paper("RESULT")))
    assert event.severity == "major"
    assert event.summary.startswith("1 reference added with results: A device for the heart; 7 references added")


TURNS = [
    ("BACKGROUND", "RESULT", "major", "Reference now cited as its results (was background): A device for the heart"),
    (
        "DERIVED",
        "RESULT",
        "major",
        "Reference now cited as its results (was a paper naming the trial): A device for the heart",
    ),
    (None, "RESULT", "major", "Reference now cited as its results: A device for the heart"),
    ("RESULT", "BACKGROUND", "minor", "Reference no longer cited as its results: A device for the heart"),
]


@pytest.mark.fault("R-B7")
@pytest.mark.parametrize(("old", "new", "severity", "summary"), TURNS)
def test_a_paper_that_becomes_results_is_news(old: str | None, new: str, severity: str, summary: str) -> None:
    event = one(cited(paper(old)), cited(paper(new)))
    assert (event.kind, event.severity, event.summary) == ("reference.added", severity, summary)


def test_other_turns_and_papers_gone_are_housekeeping() -> None:
    assert one(cited(paper("BACKGROUND")), cited(paper("DERIVED"))).severity == "admin"
    assert one(cited(paper("RESULT")), cited()).severity == "admin"


def test_a_retraction_is_told_by_the_title() -> None:
    event = one(cited(paper("RESULT")), cited(paper("RESULT", retractions=[{"pmid": "9", "source": "J Tests"}])))
    assert (event.kind, event.severity) == ("reference.retracted", "major")
    assert event.summary == "Reference retracted: A device for the heart"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (cited(), cited(paper("RESULT")), "1 publication with results"),
        (cited(paper("BACKGROUND")), cited(paper("RESULT")), "1 publication with results"),
        (cited(paper("RESULT")), cited(paper("BACKGROUND")), "No longer cited as its results"),
        (cited(), cited(paper("BACKGROUND"), paper(None, "B", "2")), "2 publications added"),
    ],
)
def test_the_subject_says_whether_results_came(before: TrialRecord, after: TrialRecord, said: str) -> None:
    event = one(before, after)
    fields = [{"field": it.field, "before": it.before, "after": it.after} for it in event.fields]
    assert headline({"kind": event.kind, "summary": event.summary, "fields": fields}) == said


@pytest.mark.fault("R-B7")
def test_most_real_citations_give_their_title() -> None:
    folder = SHARED / "data" / "ctgov" / "records"
    if not folder.is_dir():
        pytest.skip("the optional folder of real records (../shared/data/ctgov) is not on this machine")
    found = set()
    for path in folder.glob("*.json"):
        module = orjson.loads(path.read_bytes())["protocolSection"].get("referencesModule", {})
        found |= {(it["citation"], "pmid" in it) for it in module.get("references", []) if it.get("citation")}
    told = [pubmed for citation, pubmed in found if title_of(citation)]
    assert len(told) >= 0.99 * len(found) and sum(told) >= 0.995 * sum(pubmed for _, pubmed in found)
