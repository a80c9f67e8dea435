"""Edits of the posted results of real records: each told once, at its severity, with exactly its fields."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson
import pytest

from tests.integration.real.edits.kit import DAY, Study
from tests.integration.real.edits.reported import REPORTED_MEANINGFUL, REPORTED_MEANINGLESS, Expected
from tracker.changes.detect_changes import detect_changes
from tracker.changes.event import Event
from tracker.changes.fields import worst
from tracker.changes.reported.compare import ReportedSides, wants_reported
from tracker.records.results.reported import Reported
from tracker.registries.ctgov.reader import read
from tracker.registries.ctgov.results.reported import reported_of
from tracker.registries.registry import Reading

SEED = 20261129


class Told(NamedTuple):
    """One edit of one record, and the events that tell it."""

    trial: str
    edit: str
    expected: Expected | None
    events: tuple[Event, ...]


def events_of(old: Reading, reported: Reported | None, after: Study) -> tuple[Event, ...]:
    new = read(after)
    if old.content_hash == new.content_hash:
        return ()
    assert wants_reported(old.record, new.record)
    return detect_changes(old.record, new.record, DAY, reported=ReportedSides(reported, reported_of(after)))


def trial_of(study: Study) -> str:
    return str(study["protocolSection"]["identificationModule"]["nctId"])


def told_edits(studies: list[Study]) -> Iterator[Told]:
    rng = random.Random(SEED)
    for study in studies:
        before, reported, raw = read(study), reported_of(study), orjson.dumps(study)
        for name, edit in REPORTED_MEANINGFUL:
            edited = orjson.loads(raw)
            expected = edit(edited, rng)
            if expected is not None:
                yield Told(trial_of(study), name, expected, events_of(before, reported, edited))
        for name, change in REPORTED_MEANINGLESS:
            edited = orjson.loads(raw)
            if change(edited, rng):
                yield Told(trial_of(study), name, None, events_of(before, reported, edited))


@pytest.fixture(scope="module")
def posted(real_records: list[dict[str, Any]]) -> list[Study]:
    return [record for record in real_records if record.get("resultsSection")]


@pytest.fixture(scope="module")
def found(posted: list[Study]) -> list[Told]:
    return list(told_edits(posted))


def wrong(it: Told) -> str:
    """What is wrong with how an edit is told, or ""."""
    if it.expected is None:
        loud = [event for event in it.events if event.severity != "admin"]
        return f"told: {loud[0].kind} {loud[0].summary}" if loud else ""
    if [event.kind for event in it.events] != [it.expected.kind]:
        return f"events {[(event.kind, event.summary) for event in it.events]}"
    event = it.events[0]
    if it.expected.severity and event.severity != it.expected.severity:
        return f"severity {event.severity}: {event.summary}"
    names = sorted(field.field for field in event.fields)
    if it.expected.fields and names != sorted(it.expected.fields):
        return f"fields {names} instead of {sorted(it.expected.fields)}"
    return "" if it.expected.says in event.summary else f"says {event.summary}"


def test_every_edit_is_told_once_with_its_fields(found: list[Told]) -> None:
    assert [(it.trial, it.edit, said) for it in found if (said := wrong(it))] == []


def test_every_edit_was_made_at_enough_records(found: list[Told], posted: list[Study]) -> None:
    made = Counter(it.edit for it in found)
    assert len(posted) >= 150
    assert len(REPORTED_MEANINGFUL) >= 20
    assert len(REPORTED_MEANINGLESS) >= 10
    assert all(made[name] >= 2 for name, _ in (*REPORTED_MEANINGFUL, *REPORTED_MEANINGLESS)), made


def test_the_worst_of_all_edits_is_major(found: list[Told]) -> None:
    """An edit of results is never critical: nothing was hidden or stopped."""
    reported = [it for it in found if it.expected and it.expected.kind.startswith("results.")]
    assert worst([event.severity for it in reported for event in it.events]) == "major"
