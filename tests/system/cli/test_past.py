"""show, history, diff: a trial as it was, by what the registry said and by what we knew."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import Session, col

from storage.engine.database import Database
from storage.reads.in_session import SessionReader
from storage.tables.models import SnapshotRow
from tests.support.program.program import Program
from tests.support.registry.embedded_registry import RegistryServer
from tests.system.cli.conftest import ONE, TWO
from tracker.backfill.choose_version import BASES, Basis, When, of_moment
from tracker.errors import UnknownTrial


def test_as_of_a_day(lived: Program) -> None:
    def version(*words: str) -> int:
        found: int = lived.json("show", ONE, *words)["version"]
        return found

    assert [version("--as-of", day) for day in ("2026-01-15", "2026-08-14", "2026-08-16", "2027-01-01")] == [1, 1, 2, 3]
    assert version("--as-of", "2026-08-14", "--basis", "known") == 1
    assert version("--as-of", "2026-08-15T23:00Z") == 2 and version("--as-of", "1d") == 3
    assert version("--version", "2") == 2
    unknown = lived.error("show", ONE, "--as-of", "2026-08-13", "--basis", "known", code=4)
    assert "2026-08-13" in unknown[0], "the record was there, but we had not seen it"


DAYS = {
    "2026-01-14": (None, None),
    "2026-01-15": (1, None),
    "2026-01-16": (1, None),
    "2026-08-13": (1, None),
    "2026-08-14": (1, 1),
    "2026-08-15": (2, 2),
    "2026-08-16": (2, 2),
    "2026-08-17": (3, 3),
    "2026-08-18": (3, 3),
}
"""Day -> the version the record was on it, and the one we knew."""


def version_of(session: Session, when: When, basis: Basis) -> int | None:
    try:
        return of_moment(SessionReader(session), ONE, when, basis).version
    except UnknownTrial:
        return None


def test_both_times_on_every_boundary_day(lived: Program) -> None:
    with closing(Database.open(f"sqlite:///{lived.home / 'trialwatch.db'}")) as store, store.read() as session:
        found = {day: tuple(version_of(session, When(day), basis) for basis in BASES) for day in DAYS}
    assert found == DAYS


def test_what_was_known_is_asked_of_an_instant_and_what_was_said_of_its_day(lived: Program) -> None:
    """The first look was at 15:00, the second a day later. What is printed as an instant can be asked by it."""

    def version(*words: str) -> int | None:
        return lived.json("show", ONE, "--as-of", *words)["version"]  # type: ignore[no-any-return]

    lived.error("show", ONE, "--as-of", "2026-08-14T14:59:59Z", "--basis", "known", code=4)
    assert version("2026-08-14T15:00:00Z", "--basis", "known") == 1
    assert version("2026-08-15T16:59:59+02:00", "--basis", "known") == 1
    assert version("2026-08-15T17:00:00+02:00", "--basis", "known") == version("5d", "--basis", "known") == 2
    assert version("2026-08-15T00:00Z") == 2
    with closing(Database.open(f"sqlite:///{lived.home / 'trialwatch.db'}")) as store, store.write() as session:
        observed = datetime(2026, 8, 15, 15, 0, 0, 523_000, tzinfo=UTC)
        session.connection().execute(
            update(SnapshotRow).where(col(SnapshotRow.version) == 2).values(observed_at=observed)
        )
    printed = lived.json("history", ONE)["versions"][1]["observed_at"]
    assert (printed, version(printed, "--basis", "known")) == ("2026-08-15T15:00:00Z", 2)


def test_a_basis_needs_a_date_and_a_date_excludes_a_number(lived: Program) -> None:
    assert "--as-of" in lived.error("show", ONE, "--basis", "known", code=2)[0]
    assert "two different things" in lived.error("show", ONE, "--as-of", "2026-08-15", "--version", "1", code=2)[0]
    assert "one of registry, known" in lived.error("show", ONE, "--basis", "x", code=2)[0]
    assert "no version 9" in lived.error("show", ONE, "--version", "9", code=4)[0]


def test_a_diff_between_two_days_is_that_of_what_was_said_on_them(lived: Program) -> None:
    def diff(span: str) -> tuple[int, int, Any]:
        found = lived.json("diff", ONE, span)
        return found["from"], found["to"], found["fields"]

    assert diff("2026-01-15..2026-08-14")[:2] == (1, 1) and diff("2026-01-15..2026-08-14")[2] == []
    assert diff("2026-08-14..2026-08-15") == diff("1..2")
    assert diff("2026-08-16..2030-01-01") == diff("2..3")
    assert diff("2026-01-15..1d") == diff("1..3")
    back = {row["field"]: (row["after"], row["before"]) for row in diff("2..1")[2]}
    assert back == {row["field"]: (row["before"], row["after"]) for row in diff("1..2")[2]}
    assert "2026-01-14 or before" in lived.error("diff", ONE, "2026-01-14..2026-08-15", code=4)[0]
    for span in ("1", "..2", "1..", "1..x"):
        lived.error("diff", ONE, span, code=2)


def test_a_field_over_time_says_what_the_diffs_say(lived: Program) -> None:
    """Each name that a difference gives can be asked for, and its values are the two sides of the difference."""
    for one, two in pairwise(range(1, 4)):
        for row in lived.json("diff", ONE, f"{one}..{two}")["fields"]:
            [series] = lived.json("history", ONE, "--field", row["field"])["fields"]
            values = {value["version"]: value["value"] or None for value in series["values"]}
            assert (values[one], values[two]) == (row["before"] or None, row["after"] or None), row["field"]


def test_a_field_nobody_has_is_refused_and_an_empty_one_is_empty(lived: Program) -> None:
    assert "no field 'enrollment.size'" in lived.error("history", ONE, "--field", "enrollment.size", code=2)[0]
    assert "No version" in lived.error("history", ONE, "--field", "status", "--field", "sites.x.status", code=2)[0]
    [series] = lived.json("history", ONE, "--field", "results.delay.first_submitted")["fields"]
    assert [value["value"] for value in series["values"]] == [None, None, None]


def test_raw_is_the_registrys_own_document(lived: Program) -> None:
    raw = lived.run("show", ONE, "--raw", "--version", "1").json
    assert raw["protocolSection"]["statusModule"]["overallStatus"] == "RECRUITING"
    assert raw == lived.run("show", ONE, "--raw", "--version", "1", "-o", "table").json


def test_the_page_tells_what_a_person_asks(lived: Program) -> None:
    page = lived.run("show", ONE, "-o", "table").out
    for text in (f"A study called {ONE}", "version 3", "Completed", "74 participants", "submitted 2026-08-16"):
        assert text in page


def test_a_diff_of_one_version_has_nothing_to_compare(program: Program) -> None:
    program.run("watch", ONE)
    said, _ = program.error("diff", ONE, code=4)
    assert "only one version" in said and f"trialwatch show {ONE}" in said


def test_tables_fit(lived: Program) -> None:
    """Nothing is cut in silence: narrow terminals lose whole columns, and the first say what matters."""
    for width in (80, 100, 140):
        for words in (["list"], ["history", ONE], ["diff", TWO], ["results"], ["changes"]):
            seen = lived.run(*words, "-o", "table", COLUMNS=str(width)).out
            assert max(map(len, seen.splitlines())) <= width, (words, width)
    assert "Seen by us" in lived.run("history", ONE, "-o", "table", COLUMNS="140").out
    assert "Completed" in lived.run("history", ONE, "-o", "table", COLUMNS="80").out


def test_a_trial_stands_with_its_title_at_every_width(lived: Program) -> None:
    """From 60 columns on, the start of the title is there; a column that is not there is named."""
    for width in (60, 80, 100, 140, 200):
        for words in (["list"], ["history", TWO], ["diff", TWO], ["results"], ["changes"], ["changes", "--explain"]):
            seen = lived.run(*words, "-o", "table", COLUMNS=str(width)).out
            assert "A study cal" in seen, (words, width)
            assert max(map(len, seen.splitlines())) <= width, (words, width)
        results = lived.run("results", "-o", "table", COLUMNS=str(width)).out
        for heading in ("Since", "Steps so far", "Days late"):
            assert heading in results, (heading, width)
    assert "not fit" not in lived.run("results", "-o", "table", COLUMNS="200").out


def test_a_long_text_is_shown_where_it_changed(program: Program, registry: RegistryServer) -> None:
    module = registry.studies[ONE]["protocolSection"]["eligibilityModule"] = {}
    same = "* adults who can walk a mile in one hour, and have done so before\n" * 20
    module["eligibilityCriteria"] = f"{same}* no more than 4 drinks a week"
    program.run("watch", ONE, "--no-backfill")
    program.day()
    module["eligibilityCriteria"] = f"{same}* no more than 40 drinks a week"
    program.run("poll")
    told = program.run("diff", ONE, "-o", "table").out.split()
    assert "4" in told and "40" in told
    series = program.run("history", ONE, "--field", "eligibility.criteria", "-o", "table").out
    assert " ".join(series.split()).endswith("no more than 40 drinks a week")


@pytest.mark.fault("R-C7")
def test_tables_say_words_and_json_says_codes(program: Program, registry: RegistryServer) -> None:
    protocol = registry.studies[ONE]["protocolSection"]
    site = {"facility": "Univ. Hosp. München", "city": "München", "zip": "81377", "country": "Germany"}
    protocol["contactsLocationsModule"] = {"locations": [{**site, "status": "NOT_YET_RECRUITING"}]}
    program.run("watch", ONE, "--no-backfill")
    program.day()
    protocol["contactsLocationsModule"] = {"locations": [{**site, "status": "RECRUITING"}]}
    protocol["statusModule"]["lastKnownStatus"] = "ENROLLING_BY_INVITATION"
    protocol["designModule"]["designInfo"] = {"maskingInfo": {"masking": "QUADRUPLE"}, "allocation": "NA"}
    program.run("poll")
    fields = {it["field"]: (it["before"], it["after"]) for it in program.json("diff", ONE)["fields"]}
    [key] = [name for name in fields if name.startswith("sites.")]
    assert fields[key] == ("NOT_YET_RECRUITING", "RECRUITING") and fields["design.masking"] == (None, "QUADRUPLE")
    said = " ".join(program.run("diff", ONE, "-o", "table").out.split())
    series = program.run("history", ONE, "--field", key, "--field", "design.masking", "-o", "table").out
    page = program.run("show", ONE, "-o", "table").out
    for text in (said, series, page):
        assert "_" not in text and "QUADRUPLE" not in text and key not in text and key.split(".")[1] not in text
    assert "Site status: Univ. Hosp. München" in series and "Not yet recruiting" in series
    for words in ("Univ. Hosp. München", "Enrolling by invitation", "Quadruple blind", "Not applicable"):
        assert words in said
