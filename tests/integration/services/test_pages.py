"""The lists of the pages say what the use cases of the command line say, on the same store, both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, nullcontext
from functools import partial
from typing import NamedTuple

import msgspec
import pytest
from sqlalchemy import text

from storage.engine.database import Database
from storage.reads.door import ReadDoor
from storage.reads.in_session import SessionReader
from storage.values.change_filter import ChangeFilter
from storage.watching import watches
from tests.support.harness import IDS, ONE, THREE, TWO, Harness, with_results, with_rounds
from tests.support.store.store_factories import add_event
from tracker.context.progress import silent
from tracker.errors import UnknownTrial, UsageError
from tracker.services.changes.changes import ChangesRequest, changes
from tracker.services.changes.changes_page import change_with, changes_page
from tracker.services.known_by_door import opened_anyway
from tracker.services.labels.notes import new_note
from tracker.services.listing.list_order import SortBy
from tracker.services.listing.list_trials import list_trials
from tracker.services.listing.trial_list import trial_rows
from tracker.services.listing.trials_page import (
    UNTOLD,
    TrialSort,
    TrialsPage,
    TrialsRequest,
    all_statuses,
    all_tags,
    trials_page,
)
from tracker.services.results.kept.keep_standings import refresh
from tracker.services.results.owed_page import OwedRequest, owed_page
from tracker.services.results.owing import OwingRequest, OwingSort, owing
from tracker.services.results.portfolio import lines_of
from tracker.services.results.report_parts import scorecard
from tracker.services.today import today_summary
from tracker.services.versions.version_list import versions_of
from tracker.services.versions.version_strips import strips


class Lived(NamedTuple):
    """A store in which much happened, and a door to it."""

    harness: Harness
    database: Database
    door: ReadDoor

    def page(self, **wanted: object) -> TrialsPage:
        request = TrialsRequest(**{"sort": TrialSort.TRIAL, **wanted})  # type: ignore[arg-type]
        return trials_page(self.door, self.database, request, self.harness.clock.now())

    def refresh(self) -> int:
        return refresh(self.database).rows


@pytest.fixture
def lived(empty_url: str, make_world: Callable[[str], Harness]) -> Iterator[Lived]:
    harness = make_world(empty_url)
    live(harness)
    database = harness.context.database
    with closing(ReadDoor.open(database.where)) as door:
        yield Lived(harness, database, door)


def live(harness: Harness) -> None:
    """Months in which trials end, slip, submit, post, go, and are no longer watched."""
    for trial in IDS:
        owes(harness, trial, "2025-03")
    harness.settled()
    with harness.context.database.write() as session:
        watches.add_tag(session, [ONE, TWO, IDS[4]], "liver")
        new_note(session, TWO, "Ask the sponsor.", harness.clock.now())
    for days, change in enumerate((slipped, submitted, posted, renamed), start=20):
        harness.day(days)
        change(harness)
        harness.poll()
    with harness.context.database.write() as session:
        watches.unwatch(session, IDS[5], harness.clock.now())


def owes(harness: Harness, trial: str, completed: str) -> None:
    """Make it a trial of a regulated drug in the United States that has ended."""
    harness.status(trial).update(
        overallStatus="COMPLETED",
        startDateStruct={"date": "2020-01"},
        primaryCompletionDateStruct={"date": completed, "type": "ACTUAL"},
    )
    harness.module(trial, "oversightModule").update(isFdaRegulatedDrug=True, isFdaRegulatedDevice=False)
    harness.module(trial, "armsInterventionsModule")["interventions"] = [{"type": "DRUG", "name": "A drug"}]
    site = {"facility": "Hospital", "city": "Boston", "country": "United States"}
    harness.module(trial, "contactsLocationsModule")["locations"] = [site]


def slipped(harness: Harness) -> None:
    harness.status(TWO)["primaryCompletionDateStruct"] = {"date": "2025-07-01", "type": "ACTUAL"}
    harness.status(IDS[3])["primaryCompletionDateStruct"] = {"date": "2025-09-05", "type": "ACTUAL"}


def submitted(harness: Harness) -> None:
    with_rounds(harness.registry.studies[TWO], {"releaseDate": "2026-08-16"})
    harness.status(IDS[4])["overallStatus"] = "TERMINATED"


def posted(harness: Harness) -> None:
    with_results(harness.registry.studies[THREE])
    harness.status(THREE).update(
        resultsFirstSubmitDate="2026-08-20", resultsFirstPostDateStruct={"date": "2026-09-20", "type": "ACTUAL"}
    )


def renamed(harness: Harness) -> None:
    harness.module(IDS[4], "sponsorCollaboratorsModule")["leadSponsor"]["name"] = "Société d'Été"
    harness.module(ONE, "identificationModule")["briefTitle"] = "A 100% new title_"
    del harness.registry.studies[IDS[5]]


def test_rows_are_those_of_the_list_and_of_the_portfolio(lived: Lived) -> None:
    now = lived.harness.clock.now()
    with lived.database.read() as session:
        expected = trial_rows(session)
    listed = list_trials(lived.door, partial(nullcontext, lived.database), now, None, SortBy.TRIAL)
    assert list(listed.rows) == expected
    lines = lines_of(lived.database, IDS, now.date())
    for _ in range(2):
        page = lived.page()
        assert [row.trial for row in page.rows] == [row.trial for row in expected] == IDS[:5]
        for row, listed in zip(page.rows, expected, strict=True):
            assert row == msgspec.structs.replace(listed, **lines[row.trial].document())
        assert (page.total, page.next, page.left_out) == (5, None, [])
        lived.refresh()
    assert [row.trial for row in lived.page(watched_only=False).rows] == IDS
    assert {row.slip for row in page.rows} > {0} and any(row.overdue for row in page.rows)


@pytest.mark.parametrize(
    ("sort", "of_list"), [("late", SortBy.OVERDUE), ("slip", SortBy.SLIP), ("changed", SortBy.CHANGED)]
)
def test_the_sorts_by_versions_are_those_of_the_list(lived: Lived, sort: str, of_list: SortBy) -> None:
    assert lived.refresh() == 6
    now, store = lived.harness.clock.now(), partial(nullcontext, lived.database)
    expected = list(list_trials(lived.door, store, now, None, of_list).rows)
    assert [row.trial for row in lived.page(sort=TrialSort(sort)).rows] == [row.trial for row in expected]


def test_counts_filters_and_words(lived: Lived) -> None:
    lived.refresh()
    page = lived.page()
    states = [row.results or UNTOLD for row in page.rows]
    assert {state: number for state, number in page.by_results.items() if number} == {
        state: states.count(state) for state in states
    }
    assert page.waiting == 0
    of_posted = lived.page(results=["posted"])
    assert ([row.trial for row in of_posted.rows], of_posted.total) == ([THREE], 1)
    assert of_posted.by_results == page.by_results
    assert [row.trial for row in lived.page(tag="liver").rows] == [ONE, TWO, IDS[4]]
    assert [row.trial for row in lived.page(words="société ÉTÉ").rows] == [IDS[4]]
    assert [row.trial for row in lived.page(words="100% title_").rows] == [ONE]
    assert [row.trial for row in lived.page(statuses=["TERMINATED"]).rows] == [IDS[4]]
    owing_now = {row.trial for row in page.rows if row.overdue is not None}
    assert {row.trial for row in lived.page(owing=True).rows} == owing_now != set()
    assert [tuple(it) for it in all_tags(lived.door)] == [("liver", 3)]
    assert [tuple(it) for it in all_statuses(lived.door)] == [("COMPLETED", 4), ("TERMINATED", 1)]


def test_pages_join_by_offset_and_by_cursor(lived: Lived) -> None:
    lived.refresh()
    for sort in TrialSort:
        whole = [row.trial for row in lived.page(sort=sort).rows]
        assert sorted(whole) == IDS[:5]
        by_offset = [lived.page(sort=sort, limit=2, offset=start).rows for start in (0, 2, 4)]
        assert [row.trial for rows in by_offset for row in rows] == whole
        by_cursor, after = [], None
        for _ in range(3):
            page = lived.page(sort=sort, limit=2, after=after)
            by_cursor += [row.trial for row in page.rows]
            after = page.next
        assert (by_cursor, after, page.total) == (whole, None, 5)


def test_what_is_shown_is_never_stale(lived: Lived) -> None:
    """The daemon has stored a version, and nothing has worked out the status since."""
    lived.refresh()
    lived.harness.day()
    with_rounds(lived.harness.registry.studies[ONE], {"releaseDate": "2026-11-16"})
    lived.harness.poll()
    now = lived.harness.clock.now()
    row = lived.page().rows[0]
    assert (row.results, row.overdue, row.changed) == ("submitted", None, now.date().isoformat())
    before = owed_page(lived.door, lived.database, OwedRequest(), now.date())
    assert ONE not in {it.trial for it in before.rows}
    assert lived.refresh() == 1
    after = owed_page(lived.door, lived.database, OwedRequest(), now.date())
    assert after.rows == before.rows and after.total == before.total - 1


def test_a_page_writes_nothing(lived: Lived) -> None:
    lived.page()
    with lived.database.read() as session:
        assert session.connection().execute(text("SELECT count(*) FROM standing")).scalar() == 0
    assert lived.page().waiting == 6


def test_what_is_out_of_range_is_refused(lived: Lived) -> None:
    for wanted in ({"limit": 0}, {"limit": 1001}, {"offset": -1}, {"words": "a " * 21}, {"words": "a" * 101}):
        with pytest.raises(UsageError):
            lived.page(**wanted)
    for after in ("", "!", "é", "bm90aGluZw", "W10"):
        with pytest.raises(UsageError, match="begin with the first"):
            lived.page(after=after)
    cursor = lived.page(limit=2).next
    with pytest.raises(UsageError, match="another way"):
        lived.page(limit=2, after=cursor, sort=TrialSort.TITLE)
    with pytest.raises(UsageError, match="has the tag"):
        lived.page(tag="nothing has it")
    assert lived.page(trials=["'", "NCT\x00", "\ud800"]).rows == []


def test_owed_is_what_the_use_case_says(lived: Lived) -> None:
    lived.refresh()
    now = lived.harness.clock.now()
    for request in (
        OwedRequest(),
        OwedRequest(sort=OwingSort.DUE, tag="liver"),
        OwedRequest(sort=OwingSort.TRIAL, rule="fdaaa801"),
        OwedRequest(sponsor="UNIVERSITY"),
        OwedRequest(rule="eu-ctr"),
    ):
        page = owed_page(lived.door, lived.database, request, now.date())
        said = owing(
            *opened_anyway(lived.database),
            OwingRequest(tag=request.tag, rule=request.rule, sponsor=request.sponsor, sort=request.sort),
            now.date(),
            silent,
        )
        assert page.rows == said.rows
        assert (page.total, page.looked_at, page.perhaps) == (len(said.rows), said.looked_at, said.perhaps)
        assert page.late == sum(row.days_late is not None for row in said.rows)
    assert page.rows == []
    whole = owed_page(lived.door, lived.database, OwedRequest(), now.date())
    assert whole.rows
    cards, _ = scorecard(*opened_anyway(lived.database), IDS[:5], now.date())
    assert {(it.sponsor, it.trials, it.due, it.overdue, it.pending, it.posted) for it in whole.sponsors} == {
        (it.sponsor, it.trials, it.due, it.overdue, it.pending, it.posted) for it in cards
    }
    longest = {it.sponsor: it.longest for it in whole.sponsors}
    for row in whole.rows:
        assert row.days_late is None or row.days_late <= (longest[row.sponsor] or 0)


def test_what_lies_ahead(lived: Lived) -> None:
    lived.harness.day()
    today = lived.harness.clock.now().date()
    lived.harness.status(ONE)["primaryCompletionDateStruct"] = {"date": f"{today.year - 1}-{today.month:02}-28"}
    lived.harness.poll()
    lived.refresh()
    page = owed_page(lived.door, lived.database, OwedRequest(), today)
    assert [(it.trial, it.days) for it in page.ahead] == [(ONE, 28 - today.day)]
    assert page.ahead_total == 1
    near = owed_page(lived.door, lived.database, OwedRequest(ahead_days=1), today)
    assert (near.ahead, near.ahead_total) == ([], 0)


def test_changes_are_those_of_the_use_case(lived: Lived) -> None:
    for wanted in (ChangeFilter(), ChangeFilter(tag="liver"), ChangeFilter(trials=(ONE,), severities=("minor",))):
        said = changes(lived.door, partial(nullcontext, lived.database), ChangesRequest(wanted.trials, wanted))
        page = changes_page(lived.door, lived.database, wanted)
        assert list(page.changes) == list(reversed(said.changes)) and page.changes
        assert page.titles == said.titles
        assert (page.total, page.last_seq, page.next_before) == (len(said.changes), said.last_seq, None)
    pages, before = [], None
    while True:
        page = changes_page(lived.door, lived.database, ChangeFilter(limit=7, before_seq=before))
        pages += page.changes
        if (before := page.next_before) is None:
            break
    assert [it.seq for it in pages] == list(range(page.last_seq, 0, -1))
    forward = changes_page(lived.door, lived.database, ChangeFilter(limit=3, after_seq=2), count=False)
    assert ([it.seq for it in forward.changes], forward.next_after, forward.by_severity) == ([3, 4, 5], 5, {})
    with pytest.raises(UnknownTrial, match="NCT09999999"):
        changes_page(lived.door, lived.database, ChangeFilter(trials=("NCT09999999",)))
    assert changes_page(lived.door, lived.database, ChangeFilter(trials=(ONE, "NCT09999999"))).unknown == [
        "NCT09999999"
    ]


def test_change_with_by_id_and_by_seq(lived: Lived) -> None:
    last = changes_page(lived.door, lived.database, ChangeFilter(limit=1)).changes[0]
    found = change_with(lived.door, last.id)
    assert found is not None and found == change_with(lived.door, last.seq)
    assert (found.change, found.after) == (last, None)
    assert found.before is not None and change_with(lived.door, found.before).after == last.seq  # type: ignore[union-attr]
    for key in ("evt_nothing", "\ud800", 0, 10**40):
        assert change_with(lived.door, key) is None


def test_strips_are_those_of_the_history(lived: Lived) -> None:
    for trial in IDS:
        with lived.database.read() as session:
            said = versions_of(SessionReader(session), trial)
        strip = strips(lived.door, [trial])[trial]
        assert [(it.version, it.effective) for it in strip] == [(it.version, it.effective) for it in said.versions]
    assert [it.severity for it in strips(lived.door, [THREE])[THREE]][-1] == "critical"
    assert strips(lived.door, ["NCT09999999"]) == {}


def test_notes_on_an_obsolete_id_are_shown(lived: Lived) -> None:
    with lived.database.write() as session:
        watches.add_alias(session, IDS[5], IDS[3], lived.harness.clock.now())
        watches.add_alias(session, IDS[3], TWO, lived.harness.clock.now())
        new_note(session, IDS[4], "Its own.", lived.harness.clock.now())
        session.connection().execute(
            text("UPDATE note SET trial = :alias WHERE trial = :trial"), {"alias": IDS[5], "trial": IDS[4]}
        )
    now = lived.harness.clock.now()
    with lived.database.read() as session:
        expected = trial_rows(session)
    listed = list_trials(lived.door, partial(nullcontext, lived.database), now, None, SortBy.TRIAL)
    assert list(listed.rows) == expected
    assert [row.notes for row in lived.page().rows] == [row.notes for row in expected]
    assert [it.text for it in lived.page().rows[1].notes] == ["Ask the sponsor.", "Its own."]


def test_a_summary_of_today(lived: Lived) -> None:
    lived.refresh()
    today = lived.harness.clock.now().date()
    said = changes(lived.door, partial(nullcontext, lived.database), ChangesRequest(None, ChangeFilter())).changes
    found = today_summary(lived.door, lived.database, today, at_most=2)
    assert (found.last_seq, found.watched) == (said[-1].seq, 5)
    page = owed_page(lived.door, lived.database, OwedRequest(ahead_days=None), today)
    assert found.overdue == [row for row in page.rows if row.days_late is not None][:2]
    assert (found.overdue_total, found.ahead_total) == (page.late, page.ahead_total)


def test_a_refresh_does_only_what_is_new(lived: Lived) -> None:
    first = refresh(lived.database)
    assert first.rows == 6
    assert refresh(lived.database, first.mark) == (0, first.mark)
    assert refresh(lived.database).rows == 0, "in a new process"
    lived.harness.day()
    slipped(lived.harness)
    lived.harness.status(TWO)["primaryCompletionDateStruct"] = {"date": "2025-08-01", "type": "ACTUAL"}
    lived.harness.poll()
    assert lived.page(sort=TrialSort.SLIP).rows[0].trial != TWO or lived.page().rows[1].slip
    second = refresh(lived.database, first.mark)
    assert second.rows == 1
    head = lived.harness.head(ONE).current_version
    with lived.database.write() as session:
        add_event(session, ONE, head, kind="trial.gone", effective="2026-12-24", from_version=head, to_version=head)
    third = refresh(lived.database, second.mark)
    assert (third.rows, lived.page().rows[0].changed) == (1, "2026-12-24"), "an event without a version"
    with lived.database.write() as session:
        session.connection().execute(text("UPDATE standing SET rules = 'older' WHERE trial = :it"), {"it": ONE})
    assert refresh(lived.database).rows == 1
