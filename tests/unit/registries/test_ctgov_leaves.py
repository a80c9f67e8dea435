"""Every leaf of the registry's schema is told when it changes, goes or comes, or is silent by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import pytest

from tests.support.paths import SHARED
from tests.support.records.strategies import study
from tests.support.registry.ctgov_leaves import (
    REFUSED,
    SILENT,
    UNNAMED,
    Leaf,
    leaves,
    lines,
    record_for,
    removed,
    replaced,
    told,
)
from tracker.changes.diff import compare
from tracker.changes.explain import explain
from tracker.registries.ctgov import schema
from tracker.registries.ctgov.reader import NOT_IN_HISTORY, read, read_past

pytestmark = pytest.mark.fault("R-B6")
RECORDS = SHARED / "data" / "ctgov" / "records"
NOTICES = ("fda.notice", "expanded_access.changed")


def plain(path: str) -> str:
    return path.replace("[]", "")


def is_declared(path: str) -> bool:
    """Whether this leaf, or what it is under, may be silent; ``=`` and ``+`` give conditions, tested below."""
    return any(_covers(name, path) for name in schema.SILENT)


def _covers(name: str, path: str) -> bool:
    above = name.partition("=")[0].partition("+")[0]
    return plain(path) == above or plain(path).startswith(f"{above}.")


def test_each_leaf_is_told_as_the_table_says() -> None:
    found = {leaf.path: said for leaf, said in lines()}
    assert {leaf.path: leaf.told for leaf in leaves()} == found


def test_no_leaf_is_silent_unless_it_is_declared() -> None:
    quiet = {leaf.path for leaf in leaves() if {SILENT, UNNAMED} & set(leaf.told)}
    assert {path for path in quiet if not is_declared(path)} == set()
    assert [name for name in schema.SILENT if not any(_covers(name, leaf.path) for leaf in leaves())] == []


def test_the_names_we_read_are_the_names_of_the_table() -> None:
    """Fields outside the registry's schema are met in real records: they are kept as unnamed ones."""
    found = {leaf.path for leaf in leaves() if schema.unnamed(_one(leaf))}
    assert all(path.startswith("protocolSection.contactsLocationsModule.locations_nested[]") for path in found)
    assert len(found) == 12


def _one(leaf: Leaf) -> dict[str, Any]:
    document: dict[str, Any] = {}
    replaced(document, leaf.path.split("."), leaf.value)
    return document


PARTY = {"investigatorFullName": "A", "investigatorAffiliation": "B", "oldNameTitle": "C", "oldOrganization": "D"}
PLACE = {"facility": "F", "city": "Munich", "zip": "80331", "country": "Germany"}
PENDING = {
    "derivedSection": {"miscInfoModule": {"submissionTracking": {"submissionInfos": [{"releaseDate": "2020-01-02"}]}}}
}
UNPOSTED = {"annotationModule": {"unpostedAnnotation": {"unpostedEvents": [{"type": "RELEASE", "date": "2020-01-02"}]}}}
BESIDE = [
    ("locations.city+zip", study(contactsLocationsModule={"locations": [PLACE]}),
     study(contactsLocationsModule={"locations": [PLACE | {"city": "Muenchen"}]})),
    ("hasExpandedAccess=false", study(), study(more_status={"expandedAccessInfo": {"hasExpandedAccess": False}})),
    ("oldNameTitle+investigatorFullName", study(sponsorCollaboratorsModule={"responsibleParty": PARTY}),
     study(sponsorCollaboratorsModule={"responsibleParty": PARTY | {"oldNameTitle": "X"}})),
    ("oldOrganization+investigatorAffiliation", study(sponsorCollaboratorsModule={"responsibleParty": PARTY}),
     study(sponsorCollaboratorsModule={"responsibleParty": PARTY | {"oldOrganization": "X"}})),
    ("unpostedEvents+submissionTracking", study() | PENDING, study() | PENDING | {"annotationSection": UNPOSTED}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "before", "after"), BESIDE, ids=[it[0] for it in BESIDE])
def test_what_is_silent_under_a_condition_is_silent(name: str, before: Any, after: Any) -> None:
    assert [it for it in schema.SILENT if it.endswith(name)] and told(before, after) in (SILENT, UNNAMED)


def test_a_conditional_silence_is_all_that_the_table_has_of_them() -> None:
    conditional = {name for name in schema.SILENT if "+" in name or "=" in name}
    assert len(conditional) == len(BESIDE)


def _real() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each leaf of the real records, with one record that has it."""
    seen: set[str] = set()
    for path in sorted(RECORDS.glob("*.json")):
        document = orjson.loads(path.read_bytes())
        for leaf in sorted(set(_leaves(document, "")) - seen):
            seen.add(leaf)
            yield leaf, document


def _leaves(value: Any, path: str) -> Iterator[str]:
    """Of lists the first element: that is the one which is edited."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        if value:
            yield from _leaves(value[0], f"{path}[]")
    else:
        yield path


def test_no_leaf_of_the_real_records_is_silent() -> None:
    if not RECORDS.is_dir():
        pytest.skip("the optional folder of real records (../shared/data/ctgov) is not on this machine")
    table, quiet, new = {leaf.path: leaf for leaf in leaves()}, set(), set()
    for path, document in _real():
        if path not in table:
            new.add(path)
            continue
        copies = [orjson.loads(orjson.dumps(document)) for _ in range(2)]
        leaf = table[path]
        same = told(document, _with(document, leaf)) == SILENT
        replaced(copies[0], path.split("."), leaf.other if same else leaf.value)
        removed(copies[1], path.split("."))
        said = {told(document, copies[0]), told(document, copies[1]), told(copies[1], document)}
        if said & {SILENT, UNNAMED} and not is_declared(path):
            quiet.add((path, *sorted(said)))
    assert (new, quiet) == (set(), set())


def _with(document: dict[str, Any], leaf: Leaf) -> dict[str, Any]:
    copied: dict[str, Any] = orjson.loads(orjson.dumps(document))
    replaced(copied, leaf.path.split("."), leaf.value)
    return copied


def noted(*notices: dict[str, str], violation: bool | None = None) -> Any:
    flag: dict[str, Any] = {} if violation is None else {"oversightModule": {"fdaaa801Violation": violation}}
    events = {"annotationModule": {"violationAnnotation": {"violationEvents": list(notices)}}}
    return read(study(**flag) | ({"annotationSection": events} if notices else {})).record


FOUND = {"type": "VIOLATION_IDENTIFIED", "issuedDate": "2021-04-28", "description": "No results in time."}
PENALTY = {"type": "PENALTY_IMPOSED", "issuedDate": "2021-09-01"}
MENDED = {"type": "CORRECTION_CONFIRMED", "creationDate": "2021-10-02"}
ADDRESSED = {"type": "ISSUES_IN_LETTER_ADDRESSED_CONFIRMED", "issuedDate": "2021-11-03"}


@pytest.mark.parametrize(
    ("before", "after", "severity", "summary"),
    [
        (noted(), noted(FOUND, violation=True), "major",
         "FDA notice: violation found on 2021-04-28: No results in time."),
        (noted(FOUND), noted(FOUND, PENALTY), "critical", "FDA notice: penalty imposed on 2021-09-01"),
        (noted(FOUND), noted(MENDED, FOUND), "major", "FDA notice: correction confirmed on 2021-10-02"),
        (noted(FOUND), noted(FOUND, ADDRESSED), "major",
         "FDA notice: issues of its letter addressed on 2021-11-03"),
        (noted(FOUND), noted(FOUND, {"type": "LETTER_LOST"}), "major", "FDA notice: letter lost"),
        (noted(FOUND), noted(FOUND | {"issuedDate": "2021-04-29"}), "minor", "FDA notice: edited: violation found"),
        (noted(FOUND, violation=True), noted(violation=False), "major",
         "FDA notice: no longer shown: violation found; no violation of FDAAA 801 noted any more"),
    ],
)  # fmt: skip
def test_each_notice_of_the_fda_is_told(before: Any, after: Any, severity: str, summary: str) -> None:
    [event] = explain(before, after)
    assert (event.kind, event.severity, event.summary) == (NOTICES[0], severity, summary)


def test_a_second_notice_of_a_type_is_one_new_notice() -> None:
    """Namesakes get longer keys; that is no edit of the first."""
    [event] = explain(noted(PENALTY), noted(PENALTY, PENALTY | {"issuedDate": "2022-01-01"}))
    assert event.summary == "FDA notice: penalty imposed on 2022-01-01"


def test_notices_are_not_missed_in_the_history_without_them() -> None:
    """The registry's history has no annotations: what it would say of them is not known."""
    past = read(study(), absent=("annotationSection",)).record
    assert explain(past, noted(FOUND)) == explain(noted(FOUND), past) == ()


def access(**info: Any) -> Any:
    return read(study(more_status={"expandedAccessInfo": info} if info else {})).record


OFFERED = {"hasExpandedAccess": True, "nctId": "NCT00000011", "statusForNctId": "AVAILABLE"}


@pytest.mark.parametrize(
    ("before", "after", "severity", "summary"),
    [
        (access(), access(hasExpandedAccess=True), "major", "Expanded access is offered"),
        (access(hasExpandedAccess=True), access(hasExpandedAccess=False), "major",
         "Expanded access is no longer offered"),
        (access(**OFFERED), access(**OFFERED | {"statusForNctId": "NO_LONGER_AVAILABLE"}), "minor",
         "Expanded access: status there from Available to No longer available"),
        (access(hasExpandedAccess=True), access(hasExpandedAccess=True, nctId="NCT00000011"), "minor",
         "Expanded access: offered by NCT00000011"),
        (access(**OFFERED), access(), "major",
         "Expanded access is no longer offered; not by NCT00000011 now; status there from Available to no status"),
    ],
)  # fmt: skip
def test_expanded_access_that_begins_or_ends_is_told(before: Any, after: Any, severity: str, summary: str) -> None:
    [event] = explain(before, after)
    assert (event.kind, event.severity, event.summary) == (NOTICES[1], severity, summary)


def test_a_field_the_registry_invents_anywhere_is_kept() -> None:
    """At any depth, below lists too: it is under `other`, and its change is told."""
    before = study(contactsLocationsModule={"locations": [{"facility": "F", "beds": 3}]})
    after = study(contactsLocationsModule={"locations": [{"facility": "F", "beds": 4}]})
    record = read(before).record
    assert record.other == {"protocolSection.contactsLocationsModule.locations.beds": [3]}
    assert told(before, after) == "admin.changed admin"
    deep = {"annotationSection": {"annotationModule": {"violationAnnotation": {"violationEvents": [{"fine": 1}]}}}}
    assert list(read(study() | deep).record.other) == [
        "annotationSection.annotationModule.violationAnnotation.violationEvents.fine"
    ]
    assert told(study(), study(status=None)) == REFUSED  # type: ignore[arg-type]


NO_LEAVES = {
    f"protocolSection.contactsLocationsModule.{name}"
    for name in (
        *("centralContacts.affiliation", "locations.contacts.affiliation"),
        *("overallOfficials.email", "overallOfficials.phone", "overallOfficials.phoneExt"),
    )
}
"""Kinds of contacts share their names in the schema. The registry does not give each of them everything."""


def _named(tree: Mapping[str, Any], path: str = "") -> Iterator[str]:
    for name, below in tree.items():
        here = f"{path}.{name}".lstrip(".")
        if below:
            yield from _named(below, here)
        elif name != "*":
            yield here


def test_each_field_that_is_named_has_a_line_in_the_table() -> None:
    missing = set(_named(schema.NAMED)) - {plain(leaf.path) for leaf in leaves()} - NO_LEAVES
    assert not missing, (
        f"Write a line for each into ctgov_leaves.tsv: path, a value, another. The rest is written by "
        f"`python -m tests.support.registry.ctgov_leaves`: {sorted(missing)}"
    )


def test_what_the_history_never_has_is_no_change_between_it_and_a_poll() -> None:
    polled = record_for("")
    past = {name: value for name, value in polled.items() if name not in (*NOT_IN_HISTORY, "hasResults")}
    sides = read_past(past).record.document(), read(polled).record.document()
    assert sides[0]["absent"] and compare(*sides) == compare(*reversed(sides)) == []
