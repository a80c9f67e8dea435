"""What holds for any two versions of a record, however odd."""

from __future__ import annotations

import random
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from storage.values.severity import Severity
from tests.support.records.apply_changes import apply
from tests.support.records.reference_diff import as_compared, is_item, leaves
from tests.support.records.strategies import disguised, documents, dressed, pairs, salted, shuffled, study
from tracker.changes.diff import compare
from tracker.changes.explain import Event, explain
from tracker.changes.field_change import FieldChange
from tracker.changes.fields import FIELDS, KEY, field_of
from tracker.changes.kinds import odd_kind
from tracker.changes.matching.match_items import matched
from tracker.records.text import folded
from tracker.records.trial import TrialRecord
from tracker.registries.ctgov.reader import read

KINDS = set(
    """status.changed enrollment.target_changed enrollment.actual_reported
    date.start_changed date.primary_completion_changed date.completion_changed
    results.submitted results.returned results.cancelled results.delay_certified results.posted results.removed
    results.updated outcome.primary_changed outcome.secondary_changed phase.changed sponsor.changed
    eligibility.changed arms.changed design.changed conditions.changed title.changed
    site.added site.removed site.status_changed document.added reference.added reference.retracted
    fda.notice expanded_access.changed admin.changed""".split()
)
Pair = tuple[dict[str, Any], dict[str, Any]]
GONE, COME = " gone", " come"
ALL_KINDS = {row.kind for row in FIELDS if row.kind and "." in row.kind} | KINDS
randoms = st.builds(random.Random, st.integers(0, 2**32 - 1))


def _paper(*retracted_by: str) -> dict[str, Any]:
    return {"pmid": "1", "citation": "", "retractions": [{"source": source} for source in retracted_by]}


NAMESAKES = study(
    referencesModule={"references": [_paper("Overall survival", "overall SURVIVAL!"), _paper("30 days"), {"pmid": "1"}]}
)
"""Several papers of one number without a citation, with lists of retractions: "1 reference added" was told once."""
BLANK_POSTCODE = study(contactsLocationsModule={"locations": [{"zip": " \n", "city": "Overall survival"}, {}]})


def told(pair: Pair) -> tuple[Event, ...]:
    return explain(read(pair[0]).record, read(pair[1]).record)


def compared(pair: Pair) -> tuple[dict[str, Any], dict[str, Any]]:
    before, after = (read(side).record.document() for side in pair)
    return before, after


def at(document: dict[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = document
    for key in path:
        value = value[key]
    return value


@given(documents())
def test_a_record_does_not_differ_from_itself(document: dict[str, Any]) -> None:
    record = read(document).record
    assert compare(record.document(), record.document()) == []
    assert explain(record, record) == ()


@given(documents())
def test_a_record_reads_back_from_what_is_printed(document: dict[str, Any]) -> None:
    record = read(document).record
    assert TrialRecord.from_document(orjson.loads(orjson.dumps(record.document()))) == record


def by_new_keys(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both documents with the renamed items under their new keys, and marks on what came and went beside them."""
    before, after = (orjson.loads(orjson.dumps(it)) for it in (before, after))
    for path, found in matched(before, after).items():
        old, new = at(before, path), at(after, path)
        moved = {pair.after: old.pop(pair.before) for pair in found.moved}
        for key in found.gone:
            old[f"{key}{GONE}"] = old.pop(key)
        for key in found.come:
            new[f"{key}{COME}"] = new.pop(key)
        old.update(moved)
    return before, after


def _marked(change: FieldChange) -> dict[tuple[str, ...], tuple[Any, Any]]:
    """A whole item under a marked key. One in the place of another is one that is gone and one that came."""
    *path, key = change.path
    sides = {GONE: (change.before, None), COME: (None, change.after)}
    return {(*path, key + mark): sides[mark] for mark in sides if sides[mark] != (None, None)}


@given(pairs())
def test_every_differing_leaf_is_found_and_no_other(pair: Pair) -> None:
    """But for twins: items equal in both versions whose key alone changed, because a namesake came or went."""
    before, after = compared(pair)
    changes = [it for it in compare(before, after) if it.path[-1] != KEY]
    paths = matched(before, after).keys()
    before, after = by_new_keys(before, after)
    told = [_marked(it) if it.path[:-1] in paths else {it.path: (it.before, it.after)} for it in changes]
    found = {path: (as_compared(was), as_compared(now)) for it in told for path, (was, now) in it.items()}
    expected = leaves(before, after)
    assert found.items() <= expected.items()
    twins = set()
    gone, come = (
        [path for path in sorted(expected.keys() - found.keys()) if expected[path][n] is not None] for n in (0, 1)
    )
    for path in gone:
        name = (*path[:-1], path[-1].partition("~")[0])
        alike = [
            other
            for other in come
            if (*other[:-1], other[-1].partition("~")[0]) == name
            and leaves(at(before, path), at(after, other), path) == {}
        ]
        twins.add(next(other for other in alike if other not in twins))
    assert twins == set(come)


@given(pairs())
def test_the_changes_applied_to_the_old_give_the_new(pair: Pair) -> None:
    """Up to what is not compared, and to re-keyed twins (items that are equal under another key)."""
    before, after = compared(pair)
    built = apply(compare(before, after), before)
    assert compare(built, after) == []
    left = leaves(built, after)
    assert all(is_item(path) for path in left)


@given(documents(), randoms)
def test_the_order_of_lists_never_matters(document: dict[str, Any], rng: random.Random) -> None:
    assert read(shuffled(document, rng)) == read(document)


@given(pairs(), randoms)
def test_the_order_of_lists_changes_no_event(pair: Pair, rng: random.Random) -> None:
    assert told((shuffled(pair[0], rng), shuffled(pair[1], rng))) == told(pair)


@example(NAMESAKES, random.Random(3))
@given(documents(), randoms)
def test_the_dress_of_texts_never_matters(document: dict[str, Any], rng: random.Random) -> None:
    """Fault B25, and history text with HTML escapes against plain text (peers' regression 9)."""
    other = read(dressed(shuffled(document, rng), rng))
    assert other.content_hash == read(document).content_hash
    assert explain(read(document).record, other.record) == ()


def keyed_of(record: TrialRecord) -> dict[str, Any]:
    """The keys of each of the record's keyed maps."""
    found: dict[str, Any] = {
        name: list(getattr(record, name))
        for name in "identifiers arms interventions sites references links documents other".split()
    }
    found |= {f"outcomes.{name}": list(getattr(record.outcomes, name)) for name in ("primary", "secondary", "other")}
    found |= {f"contacts.{name}": list(getattr(record.contacts, name)) for name in ("central", "officials")}
    found |= {f"sites.{key}.contacts": list(site.contacts) for key, site in record.sites.items()}
    return found | {"collaborators": list(record.sponsor.collaborators), "countries": folded(record.countries)}


@pytest.mark.fault("R-B13")
@example(NAMESAKES, random.Random(3))
@example(BLANK_POSTCODE, random.Random(1))
@given(documents(), randoms)
def test_equal_content_has_equal_keys_and_no_event(document: dict[str, Any], rng: random.Random) -> None:
    """Whatever the content hash leaves out decides no key, no order and no event."""
    document = salted(document, rng)
    before, after = read(document), read(disguised(document, rng))
    assert after.content_hash == before.content_hash
    assert keyed_of(after.record) == keyed_of(before.record)
    assert explain(before.record, after.record) == ()


@given(pairs())
def test_equal_content_means_nothing_happened(pair: Pair) -> None:
    before, after = read(pair[0]), read(pair[1])
    if before.content_hash == after.content_hash:
        assert explain(before.record, after.record) == ()


@given(documents(), randoms)
def test_what_the_registry_derives_by_itself_is_silent(document: dict[str, Any], rng: random.Random) -> None:
    """The day of the data set, coordinates, subject headings, cities beside a postcode (peers' regression 10)."""
    before, after = read(document), read(_derived_anew(document, rng))
    assert before.content_hash == after.content_hash
    assert explain(before.record, after.record) == ()


def _derived_anew(document: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    other: dict[str, Any] = orjson.loads(orjson.dumps(document))
    misc = other.setdefault("derivedSection", {}).setdefault("miscInfoModule", {})
    misc |= {"versionHolder": "2031-01-01", "modelPredictions": {"bmiLimits": {}}}
    other["derivedSection"]["conditionBrowseModule"] = {"meshes": [{"id": "D1", "term": "Other"}]}
    for place in other["protocolSection"].get("contactsLocationsModule", {}).get("locations", []):
        place["geoPoint"] = {"lat": rng.random()}
        if place.get("zip"):
            place["city"] = rng.choice(["Lyon", "Lyons", "Leyden"])
    return other


@given(pairs())
def test_events_hold_every_change_once_and_are_well_made(pair: Pair) -> None:
    before, after = compared(pair)
    changed = {it.field for it in compare(before, after)}
    events = told(pair)
    kinds = [event.kind for event in events]
    assert {item.field for event in events for item in event.fields} == changed
    assert len(kinds) == len(set(kinds))
    assert set(kinds) <= KINDS
    for event in events:
        assert event.severity in Severity
        assert event.fields
        assert event.summary == " ".join(event.summary.split())
        assert 0 < len(event.summary) <= 160
        assert len({item.field for item in event.fields}) == len(event.fields)


@given(pairs())
def test_only_the_results_family_shares_its_fields(pair: Pair) -> None:
    """Several steps of one cycle in one version stand on the same rounds; all else belongs to one event."""
    fields = [item.field for event in told(pair) if not event.kind.startswith("results.") for item in event.fields]
    assert len(fields) == len(set(fields))


@given(pairs())
def test_going_back_is_told_as_well(pair: Pair) -> None:
    """A value that returns to an earlier state is news again (peers' regression 11)."""
    before, after = compared(pair)
    there, back = compare(before, after), compare(after, before)
    keys = {it.path[:-1]: (*it.path[:-2], it.before) for it in there if it.path[-1] == KEY}

    def under_old_keys(path: tuple[str, ...]) -> tuple[str, ...]:
        return next((keys[path[:n]] + path[n:] for n in (2, 3) if path[:n] in keys and len(path) > n), path)

    assert sorted((it.path, repr(it.after), repr(it.before)) for it in back) == sorted(
        (under_old_keys(it.path), repr(it.before), repr(it.after)) for it in there
    )


def test_every_record_field_has_a_row_of_its_own() -> None:
    """No field of a record falls through to the nameless row."""
    record = read(
        {"protocolSection": {"identificationModule": {"nctId": "NCT05349331"}, "statusModule": {"overallStatus": "X"}}}
    ).record
    paths = [
        (name,) if not isinstance(part, dict) else (name, *list(part)[:1]) for name, part in record.document().items()
    ]
    nameless = [
        path
        for path in paths
        if field_of(path).pattern == "**"
        and path[0] not in ("sites", "documents", "references", "outcomes", "fda_notices", "parts")
    ]
    assert nameless == []


def test_every_kind_of_a_field_may_be_asked_for_by_rules_and_filters() -> None:
    assert [kind for kind in sorted(ALL_KINDS) if odd_kind(kind)] == []
