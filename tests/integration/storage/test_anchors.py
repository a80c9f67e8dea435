"""Faults F14 and F18: what was cut off at the end of a chain, count and all, an anchor still knows."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import orjson
import pytest

from storage.engine.database import Database
from storage.errors import StoreRefused
from storage.integrity import anchors
from storage.integrity.anchors import Anchor
from tests.integration.storage.test_integrity import OTHER, faults, tamper
from tests.support.store.store_factories import NOW, TRIAL, add_version, small_store

CUT_EVENTS = (
    "DELETE FROM event WHERE seq > 10",
    "DELETE FROM field_change WHERE seq > 10",
    "UPDATE store SET seq = 10, event_head = (SELECT chain FROM event WHERE seq = 10)",
)
CUT_VERSIONS = (
    f"DELETE FROM snapshot WHERE trial = '{TRIAL}' AND version = 3",
    f"DELETE FROM sighting WHERE trial = '{TRIAL}' AND version = 3",
    f"UPDATE trial SET versions = 2, current_version = 2, title = (SELECT title FROM snapshot WHERE trial = '{TRIAL}' "
    f"AND version = 2) WHERE trial = '{TRIAL}'",
)
CUT_TRIAL = (
    f"DELETE FROM snapshot WHERE trial = '{OTHER}'",
    f"DELETE FROM sighting WHERE trial = '{OTHER}'",
    f"DELETE FROM trial WHERE trial = '{OTHER}'",
)


def taken(database: Database) -> Anchor:
    with database.read() as session:
        return anchors.take(session, NOW)


def missed(database: Database, anchor: Anchor) -> set[tuple[str, str]]:
    with database.read() as session:
        return {(fault.table, fault.row) for fault in anchors.anchor_faults(session, anchor)}


@pytest.fixture
def filled(database: Database) -> Database:
    with database.write() as session:
        small_store(session)
    return database


@pytest.mark.fault("F14")
@pytest.mark.parametrize(
    ("cut", "place"),
    [
        (CUT_EVENTS, ("event", "12")),
        (CUT_VERSIONS, ("snapshot", f"{TRIAL} version 3")),
        (CUT_TRIAL, ("snapshot", f"{OTHER} version 3")),
    ],
)
def test_a_cut_tail_is_found_with_an_anchor_and_with_nothing_else(
    filled: Database, cut: tuple[str, ...], place: tuple[str, str]
) -> None:
    anchor = taken(filled)
    tamper(filled, *cut)
    assert faults(filled) == [], "without an anchor this is a store that knows less"
    assert missed(filled, anchor) == {place}


def test_what_came_since_is_no_fault_and_anchors_may_be_checked_in_any_order(filled: Database) -> None:
    first = taken(filled)
    with filled.write() as session:
        add_version(session, "more", head=3, effective="2026-03-02", observed_at=NOW + timedelta(days=1))
    second = taken(filled)
    assert missed(filled, first) == missed(filled, second) == set()
    assert (second.seq, second.trials[TRIAL][0]) == (13, 4)


@pytest.mark.fault("F14")
def test_a_history_written_anew_from_some_point_is_found(filled: Database, tmp_path: Path) -> None:
    """Cut, and then grown again with other content: longer than the anchor, and not what it knows."""
    anchor = taken(filled)
    tamper(filled, *CUT_VERSIONS, *CUT_EVENTS)
    with filled.write() as session:
        for number in range(3):
            add_version(session, f"forged {number}", head=number + 2, effective="2026-04-01", events=2)
    assert faults(filled) == []
    assert missed(filled, anchor) == {("snapshot", f"{TRIAL} version 3"), ("event", "12")}


def test_an_anchor_comes_back_from_its_file(filled: Database) -> None:
    anchor = taken(filled)
    assert anchors.parse(anchors.to_json(anchor), "a.json") == anchor


def test_an_empty_store_has_an_anchor_too(database: Database) -> None:
    anchor = taken(database)
    assert (anchor.seq, anchor.trials) == (0, {}) and missed(database, anchor) == set()


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"format": 1}', b"\xff", b'{"format":"trialwatch-anchor-1"}'])
def test_what_is_no_anchor_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(StoreRefused, match=r"^a\.json: "):
        anchors.parse(data, "a.json")


def test_an_anchor_that_was_edited_or_cut_is_refused(filled: Database) -> None:
    data = anchors.to_json(taken(filled))
    body = orjson.loads(data)
    body["events"]["seq"] = 1
    for altered in (orjson.dumps(body), data[: len(data) // 2], data.replace(TRIAL.encode(), b"NCT00000009")):
        with pytest.raises(StoreRefused):
            anchors.parse(altered, "a.json")
