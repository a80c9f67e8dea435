"""One leaf of a real record replaced by what nobody expects there: each ends in a reading, or keeps that record aside.

`mutants` draws them from a seed, so that the gate sees the same ones every day; `make fuzz` goes on with other seeds.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import orjson

from storage.documents.documents import canonical, digest
from tests.support.paths import SHARED
from tests.support.records.strategies import study
from tracker.changes.explain import explain
from tracker.changes.guards import Survey
from tracker.records.linked_ids import numbers_of
from tracker.records.trial import TrialRecord
from tracker.registries.ctgov.content import digests, light_hash
from tracker.registries.ctgov.muted import muted
from tracker.registries.ctgov.reader import read, read_past
from tracker.results.duties import duties_of

__all__ = ["DATA", "KINDS", "Document", "Mutant", "mutants", "own_records", "real_records", "some_path", "walk"]

Document = dict[str, Any]
DATA = SHARED / "data" / "ctgov" / "records"


def _nested(depth: int, *, lists: bool) -> Any:
    value: Any = "deep"
    for _ in range(depth):
        value = [value] if lists else {"a": value}
    return value


KINDS: dict[str, Any] = {
    "4,400 digits in a reference": "&#" + "9" * 4400 + ";",
    "4,400 zeros in a reference": "&#" + "0" * 4400 + "65",
    "4,400 hexadecimal digits": "&#x" + "f" * 4400,
    "4,400 digits": "9" * 4400,
    "a number with 2,000 commas": "1" + ",000" * 2000,
    "digits of another script": "１２-٣٤",
    "raised digits": "²³",
    "NUL": "a\x00b",
    "a reference to NUL": "&#0;&#x0;",
    "a reference to half a pair": "&#xD800;&#55296;",
    "half a pair": "\ud800",
    "a noncharacter": "\uffff\ufdd0",
    "right to left": "\u202eabc\u2066\u200f",
    "hidden marks": "\u00ad\u200b\u2060\ufeff",
    "a terminal's escape": "\x1b]0;x\x07\x9b2J",
    "combining marks": "e" + "\u0301" * 300,
    "escapes of escapes": "&amp;" * 500 + "lt;",
    "backslashes": "\\" * 999,
    "open tags": "<ul><li>" * 400,
    "a very long text": "word " * 40_000,
    "a very long word": "x" * 200_000,
    "nothing": "",
    "blanks": " \n\t\u00a0 ",
    "nan": "nan",
    "NaN with a sign": "-NaN",
    "infinity": "Infinity",
    "a formula": "=1+1",
    "no date": "0000-00-00",
    "the 13th month": "2026-13",
    "the 30th of February": "2026-02-30",
    "the first day": "0001-01-01",
    "the last day": "9999-12-31",
    "a day in other digits": "２０２６-01-01",
    "an instant": "2026-01-01T00:00:00+99:99",
    "another trial": "NCT00000000",
    "a code from elsewhere": "true",
    "true": True,
    "false": False,
    "null": None,
    "zero": 0,
    "less than zero": -1,
    "the largest number": 2**63 - 1,
    "the smallest number": -(2**63),
    "one too large": 2**64,
    "a fraction": 0.1,
    "1e308": 1e308,
    "-0.0": -0.0,
    "an empty object": {},
    "an empty list": [],
    "lists in lists": [[[]], [{}], [None]],
    "a list of texts": ["a", "a", ""],
    "a list of kinds": ["a", 1, None, {"b": [True]}],
    "an object of kinds": {"a": {"b": [1, "2", None]}, "": "", "\u202e": "x", "a.b": 1, "~": {}},
    "150 objects deep": _nested(150, lists=False),
    "150 lists deep": _nested(150, lists=True),
    "deeper than is kept": _nested(230, lists=False),
}


class Mutant(NamedTuple):
    """`path`: where in `before` the value of this kind was put to make `after`."""

    kind: str
    path: tuple[str | int, ...]
    before: Document
    after: Document


def mutants(records: Sequence[Document], count: int, seed: int) -> Iterator[Mutant]:
    """`count` mutants: every kind in turn, each at a place of its own choosing; now and then a whole branch goes."""
    rng = random.Random(seed)
    kinds = sorted(KINDS)
    for number in range(count):
        kind = kinds[number % len(kinds)]
        before = rng.choice(records)
        path = some_path(before, rng)
        if len(path) > 1 and rng.random() < 0.3:
            path = path[: rng.randrange(1, len(path))]
        yield Mutant(kind, path, before, _put(before, path, KINDS[kind]))


def some_path(value: Any, rng: random.Random) -> tuple[str | int, ...]:
    """Each step at random, so that a long list does not draw all the others' mutants."""
    path: list[str | int] = []
    while value and isinstance(value, (dict, list)):
        step: Any = rng.choice(sorted(value)) if isinstance(value, dict) else rng.randrange(len(value))
        path.append(step)
        value = value[step]
    return tuple(path)


def _put(document: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """A copy along the path; the rest is shared, and nobody changes it."""
    if not path:
        return value
    copy = dict(document) if isinstance(document, dict) else list(document)
    copy[path[0]] = _put(document[path[0]], path[1:], value)
    return copy


def walk(mutant: Mutant, now: Any) -> TrialRecord:
    """All that is done with a record, without its net: what escapes here is to be mended in the reader.

    Raises RecordError, NotCanonical or TypeError (no JSON) for what is kept aside.
    """
    before, after = mutant.before, mutant.after
    light_hash(after)
    digest(canonical(after, decoded=True))
    record, old = read(after).record, read(before).record
    for one, two in ((old, record), (record, old), (old, read_past(after).record)):
        explain(one, two)
    for survey in (Survey(), Survey()):
        survey.add(before, after)
        survey.storms(0)
    muted(before, after)
    digests(after)
    duties_of(record, [], now)
    numbers_of(record)
    orjson.dumps(record.document())
    return record


def real_records(most: int, seed: int) -> list[Document]:
    """Some real records of the optional folder beside the project; none where it is not there."""
    files = sorted(DATA.glob("*.json")) if DATA.is_dir() else []
    some = random.Random(seed).sample(files, min(most, len(files)))
    return [orjson.loads(path.read_bytes()) for path in some]


def own_records() -> list[Document]:
    """Made-up records with a value in every module that is read."""
    site = {"facility": "Clinic", "city": "Lyon", "zip": "1", "country": "France", "status": "RECRUITING"}
    contact = {"name": "Desk", "role": "CONTACT", "phone": "1", "phoneExt": "2", "email": "desk@example.org"}
    outcome = {"measure": "Survival", "timeFrame": "1 year", "description": "Days alive"}
    date = {"date": "2026-01-05", "type": "ESTIMATED"}
    dates = ("startDateStruct", "primaryCompletionDateStruct", "completionDateStruct", "lastUpdatePostDateStruct")
    full = study(
        more_names={
            "officialTitle": "A trial of bedtimes",
            "nctIdAliases": ["NCT00000001"],
            "secondaryIdInfos": [{"id": "2020-000001-01", "type": "EUDRACT_NUMBER", "domain": "EU"}],
            "orgStudyIdInfo": {"id": "S-1"},
        },
        more_status=dict.fromkeys(dates, date) | {"lastUpdateSubmitDate": "2026-01-02", "whyStopped": "Funding"},
        descriptionModule={"briefSummary": "Whether an early bedtime helps.", "detailedDescription": "As above."},
        conditionsModule={"conditions": ["Insomnia", "Shift work"], "keywords": ["sleep"]},
        armsInterventionsModule={
            "armGroups": [{"label": "A", "type": "OTHER", "description": "x", "interventionNames": ["Other: Bed"]}],
            "interventions": [{"name": "Bed", "type": "OTHER", "armGroupLabels": ["A"], "otherNames": ["Cot"]}],
        },
        outcomesModule={"primaryOutcomes": [outcome, outcome], "secondaryOutcomes": [outcome]},
        eligibilityModule={
            "eligibilityCriteria": "Adults",
            "sex": "ALL",
            "minimumAge": "18 Years",
            "stdAges": ["ADULT"],
        },
        contactsLocationsModule={"locations": [site, {**site, "contacts": [contact]}], "centralContacts": [contact]},
        referencesModule={
            "references": [{"pmid": "1", "citation": "A paper", "type": "RESULT", "retractions": [{"source": "b"}]}],
            "seeAlsoLinks": [{"url": "https://example.org", "label": "More"}],
        },
    )
    tracking = {"submissionInfos": [{"releaseDate": "2026-01-01", "resetDate": "2026-02-01", "mcpReleaseN": 1}]}
    pending = {"derivedSection": {"miscInfoModule": {"versionHolder": "2026-01-06", "submissionTracking": tracking}}}
    milestone = {"type": "STARTED", "achievements": [{"groupId": "FG000", "numSubjects": "40"}]}
    posted = {
        "participantFlowModule": {"periods": [{"milestones": [milestone]}]},
        "outcomeMeasuresModule": {"outcomeMeasures": [{"type": "PRIMARY", "title": "Survival"}]},
        "adverseEventsModule": {"eventGroups": [{"seriousNumAffected": 1, "deathsNumAffected": 0}]},
    }
    return [full | pending, full | {"hasResults": True, "resultsSection": posted}]
