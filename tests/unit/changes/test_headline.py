"""Headlines and what follows them: few words, every number once, nothing said twice."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.records.results_arc import ARC, pending, posted, round_
from tests.support.records.results_records import made
from tests.support.records.strategies import pairs
from tests.unit.changes.test_noticed import CASES
from tests.unit.changes.test_warning import record
from tracker.changes.detect_changes import detect_changes
from tracker.changes.event import Event
from tracker.changes.kinds import KINDS
from tracker.changes.wording.headline import LONGEST, headline
from tracker.changes.wording.rest import rest_of
from tracker.records.dates import RegistryDate
from tracker.records.trial import Dates, Delay, Enrollment, Results, Sponsor, TrialRecord
from tracker.registries.ctgov.reader import read

DAY = dt.date(2026, 3, 1)
MONTHS = "January February March April May June July August September October November December".split()


def as_printed(event: Event) -> dict[str, Any]:
    printed: dict[str, Any] = msgspec.to_builtins(event)
    return printed


def said(before: TrialRecord, after: TrialRecord, kind: str, day: dt.date = DAY) -> tuple[str, str]:
    """The headline and the rest of the one event of a kind between two versions."""
    [event] = [it for it in detect_changes(before, after, day) if it.kind == kind]
    return headline(as_printed(event)), rest_of(as_printed(event))


def ending(date: str | None, kind: str | None = "ESTIMATED", name: str = "completion") -> TrialRecord:
    dates: dict[str, Any] = {name: RegistryDate(date, kind) if date else None}
    return made(dates=Dates(**dates))


DATES: list[tuple[tuple[Any, ...], tuple[Any, ...], str, str]] = [
    (("2025-04-30",), ("2025-10-31",), "Completion slipped 184 days", "to 31 October 2025"),
    (("2026-04",), ("2026-10",), "Completion slipped 184 days", "to October 2026"),
    (("2026-04",), ("2026-10-30",), "Completion slipped 183 days", "to 30 October 2026"),
    (("2025-10-30",), ("2025-10-31",), "Completion slipped 1 day", "to 31 October 2025"),
    (
        ("2027-02-06",),
        ("2026-07-31", "ACTUAL"),
        "Completion moved 190 days earlier",
        "to 31 July 2026, now an actual date",
    ),
    (("2030-01-01",), ("2001-01-01",), "Completion moved 10,592 days earlier", "to 1 January 2001"),
    # A year is too coarse to count days from in a headline. The summary does, and so does the rest.
    (("2026",), ("2027",), "Completion now 2027", "365 days later"),
    (("2026",), ("2027-10-31",), "Completion now Oct 2027", "31 October 2027, 304 days later"),
    # No slip: only more precise, or withdrawn, or not to be counted.
    (("2026-05",), ("2026-05-14",), "Completion now May 2026", "given more precisely: 14 May 2026 (was May 2026)"),
    (
        ("2026-01-14", "ACTUAL"),
        ("2027-01-14",),
        "Completion now Jan 2027",
        "no longer the actual date: now 14 January 2027 (estimated), was 14 January 2026, 365 days later",
    ),
    (("2026-02-30",), ("2027-01-14",), "Completion now Jan 2027", "changed from 2026-02-30 to 14 January 2027"),
    ((None,), ("2027-01-14",), "Completion now Jan 2027", "14 January 2027, none was given before"),
    ((None,), ("2027-01", "ACTUAL"), "Completion now Jan 2027", "an actual date, none was given before"),
    ((None,), ("soon",), "Completion now soon", "set to soon"),
    (("2027-01-14",), (None,), "Completion date removed", "was 14 January 2027"),
    (
        ("2026-09-01",),
        ("2026-09-01", "ACTUAL"),
        "Completion date confirmed",
        "1 September 2026, now an actual date",
    ),
]


@pytest.mark.parametrize(("before", "after", "head", "rest"), DATES)
def test_a_date_is_told_by_its_slip(before: tuple[Any, ...], after: tuple[Any, ...], head: str, rest: str) -> None:
    rest = rest.replace("2026-02-30", "30 February 2026")  # the registry's own, as readable as it gets
    assert said(ending(*before), ending(*after), "date.completion_changed") == (head, rest)


def test_a_long_name_of_a_date_leaves_out_the_verb() -> None:
    before, after = (ending(day, name="primary_completion") for day in ("2027-04-30", "2025-10-28"))
    head, rest = said(before, after, "date.primary_completion_changed")
    assert (head, rest) == ("Primary completion 549 days earlier", "to 28 October 2025")


FIRST, RETURNED = round_("2026-01-05"), round_("2026-01-05", resetDate="2026-01-09")
CANCELLED = round_("2026-01-05", unreleaseDate="2026-01-09")
RESULTS: list[tuple[str, TrialRecord, TrialRecord, str, str]] = [
    ("submitted", pending(), pending(FIRST), "Results submitted", "on 5 January 2026, for quality control"),
    (
        "submitted",
        pending(RETURNED),
        pending(RETURNED, round_("2026-02-01")),
        "Results submitted again",
        "on 1 February 2026, for quality control",
    ),
    (
        "submitted",
        pending(CANCELLED),
        pending(CANCELLED, round_("2026-02-01")),
        "Results submitted again",
        "on 1 February 2026, for quality control",
    ),
    (
        "returned",
        pending(FIRST),
        pending(RETURNED),
        "Results sent back",
        "to the sponsor by quality control on 9 January 2026",
    ),
    (
        "cancelled",
        pending(FIRST),
        pending(CANCELLED),
        "Results submission cancelled",
        "by the sponsor on 9 January 2026",
    ),
    (
        "posted",
        ARC[-2],
        posted(),
        "Results posted",
        "1 primary and 2 secondary measures, serious adverse events in 4 (Placebo) and 3 (Drug)",
    ),
    (
        "removed",
        posted(),
        pending(),
        "Posted results removed",
        "from the registry (state now: none)",
    ),
    (
        "delay_certified",
        made(),
        made(results=Results(delay=Delay(first_submitted="2026-02-19"))),
        "Delay of results certified",
        "on 19 February 2026",
    ),
    (
        "delay_certified",
        made(results=Results(delay=Delay(first_submitted="2026-02-19"))),
        made(),
        "Certificate of delay withdrawn",
        "",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("what", "before", "after", "head", "rest"), RESULTS)
def test_the_way_of_the_results(what: str, before: TrialRecord, after: TrialRecord, head: str, rest: str) -> None:
    assert said(before, after, f"results.{what}") == (head, rest)


def test_an_old_submission_that_is_listed_again_is_not_submitted_again() -> None:
    summary = "The submission of 2026-01-05 is listed as pending again"
    fields = [{"field": "results.state", "before": "cancelled", "after": "submitted"}]
    change = {"kind": "results.submitted", "summary": summary, "fields": fields}
    assert headline(change) == "Results submitted"
    assert rest_of(change) == "The submission of 5 January 2026 is listed as pending again"


def running(status: str, **more: Any) -> TrialRecord:
    return made(status=status, **more)


def people(count: int | None, kind: str | None = "ESTIMATED") -> TrialRecord:
    return made(status="NOT_YET_RECRUITING", enrollment=Enrollment(count, kind))


COUNTED, TARGET, STATUS = "enrollment.actual_reported", "enrollment.target_changed", "status.changed"
OTHERS: list[tuple[str, TrialRecord, TrialRecord, str, str]] = [
    (COUNTED, people(80), people(74, "ACTUAL"), "74 people took part, of 80 planned", ""),
    (COUNTED, people(80), people(80, "ACTUAL"), "80 people took part, of 80 planned", ""),
    (COUNTED, people(2), people(1, "ACTUAL"), "1 person took part, of 2 planned", ""),
    (COUNTED, people(None), people(74, "ACTUAL"), "74 people took part", "target was none"),
    (COUNTED, people(120_000), people(120_345, "ACTUAL"), "120,345 people took part", "target was 120,000"),
    (COUNTED, people(999_999), people(74, "ACTUAL"), "74 people took part", "target was 999,999"),
    (COUNTED, people(74, "ACTUAL"), people(75, "ACTUAL"), "75 people took part", "corrected from 74"),
    (TARGET, people(80), people(60), "Enrollment target cut to 60", "from 80 (-25%) (before the start)"),
    (TARGET, people(99_999_999), people(60), "Enrollment target set to 60", "was 99,999,999"),
    (TARGET, people(80), people(None), "Enrollment target changed", "removed (was 80)"),
    (STATUS, running("ACTIVE_NOT_RECRUITING"), running("COMPLETED"), "Completed", "was Active, not recruiting"),
    (
        STATUS,
        running("ACTIVE_NOT_RECRUITING"),
        running("TERMINATED", why_stopped="Slow accrual"),
        "Terminated",
        "was Active, not recruiting; reason given: Slow accrual (after the start)",
    ),
    (STATUS, running("NOT_YET_RECRUITING"), running("RECRUITING"), "Now recruiting", "was Not yet recruiting"),
    (STATUS, running("WITHHELD"), running("RECRUITING"), "Record made public", "withheld until now: Recruiting"),
    (
        STATUS,
        running("RECRUITING"),
        running("UNKNOWN"),
        "Status no longer known",
        "was Recruiting (set by the registry: the record was not verified in time)",
    ),
    ("phase.changed", made(phases=("PHASE1",)), made(phases=("PHASE2",)), "Now phase 2", "was Phase 1"),
    ("phase.changed", made(phases=("PHASE1",)), made(phases=("NA",)), "Phase now not applicable", "was Phase 1"),
    ("phase.changed", made(phases=("NA",)), made(phases=("EARLY_PHASE1",)), "Now early phase 1", "was Not applicable"),
    (
        "sponsor.changed",
        made(sponsor=Sponsor("A")),
        made(sponsor=Sponsor("B to C")),
        "Sponsor now B to C",
        "was A (after completion)",
    ),
]


@pytest.mark.parametrize(("kind", "before", "after", "head", "rest"), OTHERS)
def test_what_happened_and_what_was_before(
    kind: str, before: TrialRecord, after: TrialRecord, head: str, rest: str
) -> None:
    assert said(before, after, kind) == (head, rest)


TOLD = [
    ("results.due_moved", "Due date under the WHO joint statement moved 181 days later, to 2027-04-30: it is so",
     "Results due 181 days later", "on 30 April 2027, under the WHO joint statement: it is so"),
    ("results.due_moved", "Due date under FDAAA 801 moved 975 days earlier, to 2025-05-31: the primary completion date "
     "changed from 2027-01-31 to 2024-05-31; results are 519 days overdue", "Results overdue by 519 days",
     "under FDAAA 801: due 31 May 2025, moved 975 days earlier: the primary completion date changed from 31 January "
     "2027 to 31 May 2024"),
    ("results.overdue", "Results overdue by 1,231 days under FDAAA 801: due 2023-01-01",
     "Results overdue by 1,231 days", "under FDAAA 801: due 1 January 2023"),
    ("results.due_soon", "Results due in 30 days, on 2027-01-01, under FDAAA 801", "Results due in 30 days",
     "on 1 January 2027, under FDAAA 801"),
    ("results.updated", "Posted results updated: adverse events", "Posted results updated", "adverse events"),
    ("results.measure_changed", "Primary result changed: PFS: 12 -> 13 months; 3 more", "Primary result changed",
     "PFS: 12 -> 13 months; 3 more"),
    ("results.safety_changed", "Adverse events changed: Nausea: 1 -> 2", "Reported adverse events changed",
     "Nausea: 1 -> 2"),
    ("duty.began", "Results are now due under FDAAA 801, on 2027-01-01: it has a US site",
     "Results became due by law", "under FDAAA 801, on 1 January 2027: it has a US site"),
    ("duty.began", "Results are due again under FDAAA 801, and are 3 days overdue: it has a US site",
     "Results became due by law", "again under FDAAA 801, and are 3 days overdue: it has a US site"),
    ("duty.ended", "Results are no longer due under FDAAA 801: no US site", "Results no longer due by law",
     "under FDAAA 801: no US site"),
    ("trial.first_seen", "First seen: A study (Recruiting)", "First seen", "A study (Recruiting)"),
    ("trial.gone", "The registry no longer has this trial (404)", "No longer in the registry", "404"),
    ("eligibility.changed", "Changed: Eligibility criteria", "Eligibility changed", "Eligibility criteria"),
    ("eligibility.changed", "Only spelled differently: Eligibility criteria", "Eligibility changed",
     "Only spelled differently: Eligibility criteria"),
    ("reference.added", "3 references added with results: A paper", "No longer cited as its results",
     "3 references added with results: A paper"),
    ("title.changed", "Titles were changed", "Title changed", "Titles were changed"),
    ("ops.held", "Run 12 was held, nothing of it was written: 40 of 41 records lost a date at once",
     "Run 12 was held", "nothing of it was written: 40 of 41 records lost a date at once"),
    ("fda.notice", "FDA notice: violation found on 2026-01-05: It says 2026-01-06", "FDA notice",
     "violation found on 2026-01-05: It says 2026-01-06"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "summary", "head", "rest"), TOLD)
def test_a_sentence_goes_on_where_its_headline_ends(kind: str, summary: str, head: str, rest: str) -> None:
    change = {"kind": kind, "summary": summary, "fields": []}
    assert (headline(change), rest_of(change)) == (head, rest)


def in_words(text: str) -> str:
    """Days in words, written for this test alone."""

    def said_as(found: re.Match[str]) -> str:
        year, month, day = found.groups()
        return " ".join([*([str(int(day))] if day else []), MONTHS[int(month) - 1], year])

    return re.sub(r"\b(\d{4})-(0[1-9]|1[0-2])(?:-(\d\d))?\b", said_as, text)


def numbers(text: str) -> set[str]:
    return set(re.findall(r"\d+(?:[.,]\d+)*", in_words(text)))


def held(change: dict[str, Any]) -> None:
    """The law: every number of the summary is said, and the rest does not begin with what the headline said."""
    head, rest = headline(change), rest_of(change)
    assert numbers(change["summary"]) <= numbers(f"{head} {rest}")
    assert len(head) <= LONGEST and rest == " ".join(rest.split())
    assert not rest.casefold().startswith(head.casefold())
    words = head.casefold().split()
    runs = [" ".join(words[at : at + 3]) for at in range(len(words) - 2)]
    assert not [run for run in runs if f" {run} " in f" {rest.casefold()} "], (head, rest)


@given(pairs())
def test_no_number_is_lost_and_nothing_is_said_twice(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    for event in detect_changes(read(pair[0]).record, read(pair[1]).record, DAY):
        held(as_printed(event))


@pytest.mark.parametrize(("what", "before", "after", "day", "told_as", "said"), CASES, ids=[it[0] for it in CASES])
def test_a_sign_is_told_once(
    what: str, before: dict[str, Any], after: dict[str, Any], day: dt.date, told_as: tuple[str, str], said: str
) -> None:
    for event in detect_changes(record(**before), record(**after), day):
        held(as_printed(event))


WORDS = st.lists(st.sampled_from("Results due in 30 days on 2027-01-01 (was 5) x: y; Changed: a".split()), min_size=1)


@given(st.sampled_from(KINDS), WORDS.map(" ".join))
def test_a_sentence_of_other_words_loses_no_number(kind: str, summary: str) -> None:
    change = {"kind": kind, "summary": summary, "fields": []}
    assert numbers(summary) <= numbers(f"{headline(change)} {rest_of(change)}")


def test_what_may_obey_is_shown() -> None:
    change = {"kind": "title.changed", "summary": "Changed: \u202e\x00 2 \ud800", "fields": []}
    assert rest_of(change) == "\\u202e\\x00 2 \\ud800"
