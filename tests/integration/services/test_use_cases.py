"""The use cases without the command line: what a page or an API can call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, nullcontext
from dataclasses import replace
from functools import partial
from io import StringIO
from pathlib import Path

import pytest

from storage.errors import StoreRefused
from storage.integrity.anchors import parse
from storage.reads.door import ReadDoor
from storage.reads.in_session import SessionReader
from storage.versions.history import ChangeFilter
from tests.support.harness import IDS, ONE, TWO, Harness
from tracker.backfill.choose_version import When
from tracker.context.progress import silent
from tracker.errors import UnknownTrial, UsageError
from tracker.services.changes.changes import ChangeReader, ChangesRequest, changes
from tracker.services.changes.mark_shown import mark_shown
from tracker.services.changes.moments import Moment
from tracker.services.export.export import ExportRequest, export
from tracker.services.known_by_door import opened_anyway
from tracker.services.known_trials import known_trials
from tracker.services.listing.list_order import SortBy
from tracker.services.listing.list_trials import list_trials
from tracker.services.polling.poll import DaemonPart, PollRequest, poll_now
from tracker.services.results.results_report import ResultsRequest, results_report
from tracker.services.status import status
from tracker.services.store.verify import verify_store, write_anchor
from tracker.services.versions.diff import diff
from tracker.services.versions.history import follow_fields
from tracker.services.versions.show import VersionChoice, show, show_raw
from tracker.services.versions.version_list import versions_of
from tracker.services.watching.unwatch import unwatch
from tracker.services.watching.watch import Watched, WatchRequest, watch

STRANGER = "NCT09999999"
SHORT = IDS[:3]


@pytest.fixture(autouse=True)
def _silence(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """A use case prints nothing."""
    yield
    assert capfd.readouterr() == ("", "")


def watched(harness: Harness, *trials: str) -> Watched:
    return watch(harness.context, WatchRequest(trials, ("liver",)), silent)


def test_what_is_watched_is_read_and_listed(harness: Harness) -> None:
    found = watched(harness, ONE, TWO)
    assert [(row.trial, row.version, row.tags) for row in found.rows] == [(ONE, 1, ["liver"]), (TWO, 1, ["liver"])]
    assert (found.unknown, found.past, found.linked, found.similar_poll) == ([], None, None, None)


def test_a_number_the_registry_does_not_know_is_dropped(harness: Harness) -> None:
    found = watched(harness, ONE, STRANGER)
    assert (found.unknown, harness.watched()) == ([STRANGER], [ONE])
    assert [item.trial for item in found.report.failed] == [STRANGER]


def test_nothing_is_watched_when_no_number_is_known(harness: Harness) -> None:
    with pytest.raises(UnknownTrial, match=STRANGER):
        watched(harness, STRANGER)
    assert harness.watched() == []


def test_unwatching_names_what_was_not_watched(harness: Harness) -> None:
    watched(harness, ONE)
    with harness.context.database.write() as session:
        found = unwatch(session, [ONE, TWO], harness.clock.now())
    assert ([row.trial for row in found.rows], found.missing, harness.watched()) == ([ONE], [TWO], [])


def polled(harness: Harness, *trials: str) -> tuple[int, list[str], bool]:
    said: list[DaemonPart] = []
    found = poll_now(harness.context, PollRequest(trials or None), None, silent, lambda part, _: said.append(part))
    assert said == [] and found.delivered is None
    return found.report.checked, list(found.missing), found.is_idle


def test_a_poll_says_what_is_not_watched(harness: Harness) -> None:
    assert polled(harness) == (0, [], True)
    watched(harness, ONE)
    harness.day()
    assert polled(harness, ONE, TWO) == (1, [TWO], False)
    with pytest.raises(UnknownTrial, match="not watched"):
        polled(harness, TWO)


def test_a_reader_is_shown_a_change_once(harness: Harness) -> None:
    watched(harness, *SHORT)
    reader = ChangeReader.of("page:somebody", None, None, "admin")
    harness.status(ONE)["overallStatus"] = "COMPLETED"
    harness.day()
    harness.poll()

    def shown(who: ChangeReader | None) -> int:
        request = ChangesRequest(None, ChangeFilter(), new_for=who)
        database = harness.context.database
        with closing(ReadDoor.open(database.where)) as door:
            found = changes(door, partial(nullcontext, database), request)
        if who is not None:
            with database.write() as session:
                mark_shown(session, who, found.last_seq)
        return len(found.changes)

    every = shown(None)
    assert (shown(reader), shown(reader), shown(None)) == (every - 3, 0, every), "without the three first looks"
    assert every > 3
    filtered = ChangeReader.of("page:somebody", [ONE], None, "admin")
    assert filtered.question != reader.question and shown(filtered) == 0, "it was shown everything"


def test_the_list_is_sorted_by_what_is_asked(harness: Harness) -> None:
    watched(harness, *SHORT)
    harness.status(TWO)["overallStatus"] = "COMPLETED"
    harness.day()
    harness.poll()
    database, now = harness.context.database, harness.clock.now()
    with closing(ReadDoor.open(database.where)) as door:
        listed = partial(list_trials, door, partial(nullcontext, database), now)
        assert [row.trial for row in listed(None, SortBy.TRIAL).rows] == SHORT
        with pytest.raises(UsageError, match="No watched trial has the tag 'none'"):
            listed("none", SortBy.TRIAL)
        rows = list(listed(None, SortBy.CHANGED).rows)
    assert [row.trial for row in rows] == [TWO, ONE, SHORT[2]]
    assert rows[0].changed and rows[1].changed is None


def test_results_and_status_of_what_is_watched(harness: Harness) -> None:
    watched(harness, ONE)
    database, now = harness.context.database, harness.clock.now()
    report = results_report(*opened_anyway(database), ResultsRequest([ONE, STRANGER]), now, silent)
    assert ([row.trial for row in report.rows()], report.unknown, len(report.cards)) == ([ONE], [STRANGER], 1)
    with closing(ReadDoor.open(database.where)) as door:
        found = status(door, now, harness.settings)
    assert (found.healthy, found.watched, found.troubles) == (True, 1, [])


def test_known_trials_are_told_from_others(harness: Harness) -> None:
    watched(harness, ONE)
    with harness.context.database.read() as session:
        assert known_trials(SessionReader(session), [ONE, TWO]) == ([ONE], [TWO])
        with pytest.raises(UnknownTrial, match="Nothing is stored"):
            known_trials(SessionReader(session), [TWO])


def test_a_version_is_shown_followed_and_compared(harness: Harness) -> None:
    watched(harness, ONE)
    first = harness.clock.now()
    harness.status(ONE)["overallStatus"] = "COMPLETED"
    harness.day()
    harness.poll()
    with harness.context.database.read() as session:
        now, then = (
            show(SessionReader(session), ONE, VersionChoice()),
            show(SessionReader(session), ONE, VersionChoice(1)),
        )
        by_day = show(SessionReader(session), ONE, VersionChoice(when=When(first.date().isoformat()), basis="known"))
        raw = show_raw(SessionReader(session), ONE, VersionChoice(1))
        versions, fields = versions_of(SessionReader(session), ONE), follow_fields(session, ONE, ["status"])
        between = diff(SessionReader(session), ONE, None)
        with pytest.raises(UsageError, match="no field"):
            follow_fields(session, ONE, ["nothing"])
        with pytest.raises(UnknownTrial, match="no version 7"):
            show(SessionReader(session), ONE, VersionChoice(7))
    assert [it.document["version"] for it in (now, then, by_day)] == [2, 1, 1]
    assert raw["protocolSection"]["statusModule"]["overallStatus"] == then.record.status
    assert [it.version for it in versions.versions] == [1, 2]
    assert [it.value for it in fields.history.fields[0].values] == [then.record.status, "COMPLETED"]
    assert (between.diff.from_, between.diff.to, "status" in {it.field for it in between.diff.fields}) == (1, 2, True)


def test_a_store_is_verified_and_vouched_for(harness: Harness, tmp_path: Path) -> None:
    watched(harness, ONE)
    file = tmp_path / "anchor.json"
    with harness.context.database.read() as session:
        write_anchor(session, file, harness.clock.now(), force=False)
        anchor = parse(file.read_bytes(), "anchor")
        found = verify_store(session, [anchor, replace(anchor, store="another")], lambda _what, _done: None)
    assert (list(found.others), found.own) == (["another"], anchor.store)
    assert found.faults == []


def test_a_table_is_exported_to_a_file_or_a_stream(harness: Harness, tmp_path: Path) -> None:
    watched(harness, *SHORT)
    database, day, out, file = harness.context.database, harness.clock.now().date(), StringIO(), tmp_path / "a.jsonl"
    assert export(database, ExportRequest("versions", "csv", Moment(), out), day).rows == 3
    assert export(database, ExportRequest("versions", "jsonl", Moment(), file), day).rows == 3
    assert len(out.getvalue().splitlines()) == 4 and len(file.read_text().splitlines()) == 3
    with pytest.raises(StoreRefused, match="exists already"):
        export(database, ExportRequest("versions", "jsonl", Moment(), file), day)
    with pytest.raises(UsageError, match="into a file"):
        export(database, ExportRequest("versions", "parquet", Moment(), out), day)
