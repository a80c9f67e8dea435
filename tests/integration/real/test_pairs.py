"""33 real consecutive versions: exactly what happened, and silence where only noise differs.

Each expectation was written by hand from the two files: the kinds, their severity, and what is telling about them.
`admin` stands for `admin.changed`. Update and verification dates move with nearly every version, so it is nearly always
there; alone, it means a new version in which nothing of the trial changed.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import orjson
import pytest

from tracker.changes.detect_changes import detect_changes
from tracker.changes.diff import compare
from tracker.changes.explain import Event, explain
from tracker.changes.fields import KEY
from tracker.records.paths import NOTHING, is_field, value_at
from tracker.records.trial import TrialRecord
from tracker.registries.ctgov.content import content_hash, digests
from tracker.registries.ctgov.normalize import normalize
from tracker.registries.typed_reading import Warnings

ADMIN = ("admin.changed", "admin")
NOISE: list[tuple[str, str]] = []
MOVED_BOTH = [("date.primary_completion_changed", "major"), ("date.completion_changed", "major")]

# position in pairs.json -> (trial, the events as (kind, severity), words that must be said)
EXPECTED: dict[int, tuple[str, list[tuple[str, str]], list[str]]] = {
    # 18 planned, 8 counted; completion 2025-11-02 -> 2027-02-04; primary completion now ACTUAL on the same day
    0: (
        "NCT04514484",
        [
            ("enrollment.actual_reported", "minor"),
            ("date.completion_changed", "major"),
            ("date.primary_completion_changed", "minor"),
            ADMIN,
        ],
        ["8 (target was 18)", "slipped 459 days to 2027-02-04", "confirmed: 2025-11-02 (actual)"],
    ),
    # two days later on one date, almost a year earlier on the other
    1: (
        "NCT04514484",
        [("date.completion_changed", "minor"), ("date.primary_completion_changed", "major"), ADMIN],
        ["slipped 2 days to 2027-02-06", "moved 356 days earlier to 2024-11-11"],
    ),
    2: ("NCT04514484", [ADMIN], []),  # a new submit date alone
    3: ("NCT04514484", [ADMIN], []),
    4: ("NCT04514484", [ADMIN], []),
    # two sites from completed back to active; a contact's name; a plan for sharing data
    5: ("NCT04895709", [("site.status_changed", "minor"), ADMIN], ["2 sites from Completed to Active, not recruiting"]),
    6: ("NCT05009069", [("reference.added", "minor")], ["1 reference added"]),  # from PubMed, no new version
    # a certificate of delay, and the arms told anew
    7: (
        "NCT05280470",
        [("results.delay_certified", "major"), ("arms.changed", "minor"), ADMIN],
        ["certified on 2026-02-19"],
    ),
    8: ("NCT05329766", [ADMIN], []),
    # target 200 -> 102, both dates out by more than a year, a collaborator more, an arm less
    9: (
        "NCT05414032",
        [
            ("enrollment.target_changed", "major"),
            *MOVED_BOTH,
            ("sponsor.changed", "minor"),
            ("arms.changed", "minor"),
            ADMIN,
        ],
        ["cut from 200 to 102 (-49%)", "slipped 731 days to 2028-07", "slipped 426 days to 2027-09", "Personalis"],
    ),
    10: ("NCT05537740", [ADMIN], ["Link"]),  # a link taken away by the registry
    # two Spanish sites under new names at their old postcodes
    11: ("NCT05537740", [ADMIN], ["2 sites renamed: "]),
    # one site renamed; another's city renamed beside the same postcode, which is not told
    12: (
        "NCT05581004",
        [ADMIN],
        ["Site renamed: ICO l?Hospitalet ? Hospital Duran i Reynals to ICO Hospitalet- Hospital"],
    ),
    13: (
        "NCT05805501",
        [*MOVED_BOTH, ("site.removed", "minor"), ADMIN],
        ["slipped 92 days to 2026-10-31", "1 site removed in South Korea"],
    ),
    14: ("NCT05913115", NOISE, []),  # derived leaves and the day of the data set
    15: ("NCT05914155", NOISE, []),
    # recruitment reopened: sites have statuses again; eight of them spelled another way
    16: (
        "NCT06203210",
        [
            ("status.changed", "major"),
            ("eligibility.changed", "minor"),
            ("site.status_changed", "minor"),
            ADMIN,
        ],
        ["from Active, not recruiting to Recruiting", "8 sites renamed: "],
    ),
    17: (
        "NCT06203210",
        [("site.status_changed", "minor"), ADMIN],
        ["1 site from Not yet recruiting to Recruiting", "8 sites renamed: "],
    ),
    18: ("NCT06302556", [("status.changed", "minor")], ["to Unknown status"]),  # the registry's own doing
    19: ("NCT06646627", [*MOVED_BOTH, ADMIN], ["slipped 212 days to 2026-07"]),
    20: (
        "NCT06754501",
        [("status.changed", "major"), ("enrollment.actual_reported", "minor"), ("site.status_changed", "minor"), ADMIN],
        ["from Recruiting to Active, not recruiting", "4 (target was 35)"],
    ),
    21: ("NCT06825494", NOISE, []),  # coordinates of one site
    # seven sites more; four others got a province
    22: ("NCT06892548", [("site.added", "minor"), ADMIN], ["7 sites added", "Site details"]),
    23: (
        "NCT06953089",
        [("site.added", "minor"), ("site.removed", "minor"), ADMIN],
        ["8 sites added in United States", "1 site removed in United States"],
    ),
    # Madison moved to another postcode, a second site in Ghent, twelve opened
    24: (
        "NCT06989112",
        [("site.added", "minor"), ("site.status_changed", "minor"), ADMIN],
        [
            "1 site added in Belgium",
            "Site renamed: Research Site, 53705 to Research Site, 53792",
            "12 sites from Not yet recruiting to Recruiting",
        ],
    ),
    25: (
        "NCT06989112",
        [("site.added", "minor"), ("site.status_changed", "minor"), ADMIN],
        ["26 sites from Not yet recruiting to Recruiting", "2 sites from Not yet recruiting to Withdrawn"],
    ),
    26: (
        "NCT06996782",
        [("site.added", "minor"), ("site.status_changed", "minor"), ADMIN],
        ["1 site added in Serbia", "2 sites from Not yet recruiting to Withdrawn"],
    ),
    # suspended, 7 of 40 enrolled, and the start told as 107 days before the plan
    27: (
        "NCT07011550",
        [
            ("status.changed", "critical"),
            ("enrollment.actual_reported", "minor"),
            ("date.start_changed", "major"),
            ("site.status_changed", "minor"),
            ADMIN,
        ],
        ["from Recruiting to Suspended: FDA", "7 (target was 40)", "107 days earlier to 2025-08-15 (actual)"],
    ),
    28: ("NCT07011550", [ADMIN], []),
    29: ("NCT07011550", [ADMIN], []),
    30: (
        "NCT07098338",
        [
            ("date.primary_completion_changed", "major"),
            ("outcome.primary_changed", "major"),
            ("outcome.secondary_changed", "minor"),
            ("arms.changed", "minor"),
            ("site.added", "minor"),
            ("site.status_changed", "minor"),
            ADMIN,
        ],
        ["slipped 747 days to 2029-04-06", "6 sites added", "25 sites from Not yet recruiting to Recruiting"],
    ),
    31: (
        "NCT07221253",
        [("site.added", "minor"), ("site.status_changed", "minor"), ADMIN],
        [
            "3 sites added",
            "11 sites from Not yet recruiting to Recruiting",
            "1 site from Not yet recruiting to Suspended",
        ],
    ),
    32: (
        "NCT07227597",
        [
            ("status.changed", "major"),
            ("date.start_changed", "minor"),
            ("outcome.primary_changed", "major"),
            ("outcome.secondary_changed", "minor"),
            ("eligibility.changed", "minor"),
            ("arms.changed", "admin"),  # I-DxD is now spelled I-DXd
            ("site.added", "minor"),
            ADMIN,
        ],
        ["slipped 15 days to 2026-01-29 (actual)", "2 sites added in Israel"],
    ),
}


def versions(data: Path, pair: dict[str, Any]) -> list[tuple[TrialRecord, str]]:
    read = []
    for side in ("a", "b"):
        raw = orjson.loads((data / "records" / pair[side]).read_bytes())
        parts = digests(raw)
        read.append((normalize(raw, parts, Warnings()), content_hash(parts)))
    return read


def told(events: tuple[Event, ...]) -> list[tuple[str, str]]:
    return [(event.kind, event.severity) for event in events]


@pytest.mark.parametrize("position", sorted(EXPECTED))
def test_a_real_pair_gives_exactly_these_events(real_data: Path, position: int) -> None:
    pair = orjson.loads((real_data / "pairs.json").read_bytes())[position]
    trial, expected, words = EXPECTED[position]
    (before, old_hash), (after, new_hash) = versions(real_data, pair)
    events = explain(before, after)
    assert before.trial == trial
    assert sorted(told(events)) == sorted(expected)
    assert (old_hash == new_hash) == (expected == NOISE)
    said = " | ".join(event.summary for event in events)
    assert [word for word in words if word not in said] == []


def test_every_changed_field_of_a_real_pair_can_be_asked_for_by_its_name(real_data: Path) -> None:
    seen = 0
    for pair in orjson.loads((real_data / "pairs.json").read_bytes()):
        before, after = (orjson.loads(orjson.dumps(it.document())) for it, _ in versions(real_data, pair))
        changes = compare(before, after)
        keys = {it.path[:-1]: it.before for it in changes if it.path[-1] == KEY}
        for change in changes:
            assert is_field(change.field), change.field
            if change.path[:2] in keys:  # one thing under another key: its old values stand under the old one
                continue
            for document, value in ((before, change.before), (after, change.after)):
                found = value_at(document, change.field)
                assert (None if found is NOTHING else found or None) == (value or None), change.field
            seen += 1
    assert seen > 300


# position -> rules whose due day moved
DEADLINES = {
    7: ["fdaaa801 2028-03-03"],  # by the certificate
    13: ["fdaaa801 2027-10-31"],
    30: ["fdaaa801 2030-04-06"],
}
# what the signs add to a summary, where it is not only the time of the edit
SIGNED = {
    27: "Status changed from Recruiting to Suspended: FDA (after the start)",
    30: "Primary outcome reworded after the start: Objective response rate (ORR)",
    32: "Primary outcomes after the start: 3 with another time frame",
}


@pytest.mark.parametrize("position", sorted(EXPECTED))
def test_a_real_pair_with_its_signs_and_its_deadlines(real_data: Path, position: int) -> None:
    """No real edit is told below its severity or above it because of a sign; the due days that moved are told."""
    pair = orjson.loads((real_data / "pairs.json").read_bytes())[position]
    (before, _), (after, _) = versions(real_data, pair)
    events = detect_changes(before, after, dt.date.fromisoformat(pair["vh"][1]))
    assert sorted(told(tuple(event for event in events if not event.subject))) == sorted(EXPECTED[position][1])
    moved = [event for event in events if event.subject]
    assert {event.kind for event in moved} <= {"results.due_moved"}
    assert [event.subject.removesuffix(" moved") for event in moved] == DEADLINES.get(position, [])
    assert SIGNED.get(position, "") in " | ".join(event.summary for event in events)


def test_every_pair_has_an_expectation(real_data: Path) -> None:
    assert len(orjson.loads((real_data / "pairs.json").read_bytes())) == len(EXPECTED) == 33
