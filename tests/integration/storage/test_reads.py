"""The named SQL texts, against rows that the models wrote: what sessions say and what the texts say is the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import time, timedelta
from fnmatch import fnmatchcase
from itertools import chain, product
from operator import ge, le

import pytest
from sqlmodel import Session, col, select

from storage.engine.database import Database
from storage.reads.changes import stored_changes
from storage.reads.changes.stored_changes import EventField
from storage.reads.door import ReadDoor, Reader
from storage.reads.trials import stored_duties, versions
from storage.reads.trials import stored_trials as reads
from storage.reads.trials.stored_duties import DutyFilter
from storage.reads.trials.tags import TAGS_BETWEEN, TAGS_OF
from storage.reads.trials.trial_filter import SORTS, After, Chosen, TrialFilter, count_by_results
from storage.reads.trials.trial_pages import Order, page
from storage.tables.models import EventRow, FieldChangeRow, TagRow
from storage.values.change_filter import ChangeFilter, both_bounds
from storage.values.storable import storable
from storage.versions import history, results_cache, trials
from storage.versions.results_cache import Made, OpenDuty
from storage.watching import watches
from tests.support.store.store_factories import NOW, add_event, add_version

TODAY = "2026-03-01"
HOSTILE = [
    "100%",
    "_",
    "'; DROP TABLE trial; --",
    "nul\x00byte",
    "half \ud800 pair",
    "!%_",
    ":seq %s $1",
    "\\",
    "x" * 5000,
]
NAMES = [f"NCT{number:08d}" for number in range(1, 9)]


def status(trial: str, **values: object) -> Made:
    made = Made(trial, 1, 1, "{}", seq=99)
    return made._replace(**values)  # type: ignore[arg-type]


def duty(rule: str, due: str, late_from: str | None = None, **values: bool | None) -> OpenDuty:
    return OpenDuty(rule, values.get("applies", True), values.get("stands", False), due, late_from)


def statuses() -> list[Made]:
    """All but those of two trials: one was never read, one is not worked out."""
    of_a_law = duty("fdaaa801", "2025-12-01", "2026-01-01")
    of_two = (duty("who-2017", "2025-11-01", "2026-01-15"), duty("eu-ctr", "2026-02-20", "2026-03-20"))
    in_grace = (duty("fdaaa801", "2026-02-28", "2026-03-31"), duty("eu-ctr", "2026-03-01", stands=None))
    planned, perhaps = duty("eu-ctr", "2026-05-01", "2026-05-30"), duty("who-2017", "2025-01-01", applies=None)
    elan = {"sponsor": "Élan", "late_from": "2026-01-01", "state": "none"}
    lab = {"sponsor": "Heart_Lab", "state": "none"}
    return [
        status(NAMES[0], **elan, due="2025-12-01", slip=5, changed="2026-01-01", duties=(of_a_law,)),
        status(NAMES[1], **lab, due="2026-05-01", slip=0, changed="2026-02-01", duties=(planned,)),
        status(NAMES[2], **elan, due="2025-11-01", slip=-3, duties=of_two),
        status(NAMES[3], duties=(perhaps,)),
        status(NAMES[5], sponsor="NUL\x00", due="2026-02-28", late_from="2026-03-31", duties=in_grace),
        status(NAMES[7], **lab, due="2025-01-01", late_from="2025-02-01", duties=(of_a_law,)),
    ]


@pytest.fixture
def door(database: Database) -> Iterator[ReadDoor]:
    """Eight trials: watched but for the last, one gone, one never read, titles and sponsors with odd characters."""
    titles = ["Ärzte 100% sicher", "a_b", "Zebra", "apple", "", "Ümlaut und Herz", "O'Neill", "unwatched heart"]
    states = ["none", "posted", "submitted", None, "none", "cancelled", "posted", "none"]
    with database.write() as session:
        for number, (trial, title, state) in enumerate(zip(NAMES, titles, states, strict=True)):
            if number != 4:
                day = f"2026-01-0{number + 1}"
                add_version(session, trial, head=None, trial=trial, title=title, results=state, effective=day)
            if number != 7:
                watches.watch(session, trial, "ctgov", NOW, ["set", f"t{number % 2}"])
        trials.set_gone(session, NAMES[2], NOW)
        later = NOW + timedelta(days=1)
        trials.seen(session, NAMES[:2], data_timestamp="2026-03-01T09:00:05", day=TODAY, now=NOW)
        trials.seen(session, NAMES[2:4], data_timestamp="2026-03-01T09:00:05", day=TODAY, now=later)
        results_cache.keep(session, statuses(), "rules")
    with closing(ReadDoor.open(database.where)) as opened:
        yield opened


def paged(door: ReadDoor, wanted: TrialFilter, sort: str, limit: int = 100, **options: object) -> list[Chosen]:
    order = Order(sort, **{"descending": False, "today": TODAY, **options})  # type: ignore[arg-type]
    with door.read() as reader:
        return page(reader, wanted, order, limit)


def chosen(door: ReadDoor, wanted: TrialFilter, sort: str = "trial", limit: int = 100, **options: object) -> list[str]:
    return [row.trial for row in paged(door, wanted, sort, limit, **options)]


def numbers(found: list[str]) -> list[int]:
    return [NAMES.index(trial) for trial in found]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (TrialFilter(), [0, 1, 2, 3, 4, 5, 6]),
        (TrialFilter(watched_only=False), [0, 1, 2, 3, 4, 5, 6, 7]),
        (TrialFilter(tag="t1"), [1, 3, 5]),
        (TrialFilter(tag="none"), []),
        (TrialFilter(trials=[NAMES[3], NAMES[7], "'"]), [3]),
        (TrialFilter(trials=[]), []),
        (TrialFilter(results=["posted"]), [1, 6]),
        (TrialFilter(results=["none", None]), [0, 3, 4]),
        (TrialFilter(results=[]), []),
        (TrialFilter(statuses=["RECRUITING"]), [0, 1, 2, 3, 5, 6]),
        (TrialFilter(owing_on=TODAY), [0, 2]),
        (TrialFilter(owing_on="2025-12-31"), []),
        (TrialFilter(words=["HEART"]), [1]),
        (TrialFilter(words=["heart"], watched_only=False), [1, 7]),
        (TrialFilter(words=["%"]), [0]),
        (TrialFilter(words=["_"]), [1]),
        (TrialFilter(words=["o'neill"]), [6]),
        (TrialFilter(words=["nct00000004"]), [3]),
        (TrialFilter(words=["sicher", "élan"]), [0]),
        (TrialFilter(words=["nul\x00"]), [5]),
        (TrialFilter(words=["apple", "zebra"]), []),
    ],
)
def test_each_filter_finds_its_trials(door: ReadDoor, wanted: TrialFilter, expected: list[int]) -> None:
    assert numbers(chosen(door, wanted)) == expected


def test_letters_of_any_alphabet_have_no_case(door: ReadDoor) -> None:
    for word in ("ÉLAN", "élan", "Élan"):
        assert numbers(chosen(door, TrialFilter(words=[word]))) == [0, 2]


@pytest.mark.parametrize(
    ("sort", "ascending"),
    [
        ("trial", [0, 1, 2, 3, 4, 5, 6]),
        ("title", [6, 2, 1, 3, 0, 5, 4]),
        ("status", [0, 1, 2, 3, 5, 6, 4]),
        ("checked", [0, 1, 2, 3, 4, 5, 6]),
        ("changed", [0, 1, 2, 3, 4, 5, 6]),
        ("due", [2, 0, 5, 1, 3, 4, 6]),
        ("slip", [2, 1, 0, 3, 4, 5, 6]),
        ("late", [2, 0, 1, 3, 4, 5, 6]),
    ],
)
def test_each_sort_has_its_order_and_pages_join_without_a_seam(door: ReadDoor, sort: str, ascending: list[int]) -> None:
    assert numbers(chosen(door, TrialFilter(), sort)) == ascending
    # A filter by tag is another way to the same rows.
    for wanted, descending in product((TrialFilter(), TrialFilter(tag="set")), (False, True)):
        whole = chosen(door, wanted, sort, descending=descending)
        assert sorted(whole) == NAMES[:7]
        starts = range(0, 9, 2)
        by_offset = [chosen(door, wanted, sort, 2, descending=descending, offset=start) for start in starts]
        assert list(chain(*by_offset)) == whole
        after: After | None = None
        by_cursor: list[str] = []
        while rows := paged(door, wanted, sort, 2, descending=descending, after=after):
            by_cursor += [row.trial for row in rows]
            after = After(*rows[-1])
        assert by_cursor == whole
    assert numbers(chosen(door, TrialFilter(), sort, descending=True)) != ascending or sort == "status"


def test_counts_are_those_of_the_rows(door: ReadDoor) -> None:
    for wanted in (TrialFilter(), TrialFilter(watched_only=False), TrialFilter(tag="t0"), TrialFilter(words=["heart"])):
        query, named = count_by_results(wanted)
        with door.read() as reader:
            counts = reader.one(query, **named)
        assert sum(counts) == len(chosen(door, wanted))
        assert counts.posted == len(
            chosen(door, TrialFilter(wanted.watched_only, tag=wanted.tag, words=wanted.words, results=["posted"]))
        )
    with door.read() as reader:
        assert reader.one(reads.WATCHED).number == 7
        assert reader.one(reads.WAITING).number == 1
        assert [tuple(it) for it in reader.rows(reads.TAGS)] == [("set", 7), ("t0", 4), ("t1", 3)]
        assert [tuple(it) for it in reader.rows(reads.STATUSES)] == [("RECRUITING", 6)]


def test_the_rows_of_a_list_are_those_of_the_session(door: ReadDoor, database: Database) -> None:
    with database.read() as session, door.read() as reader:
        listed = trials.rows(session, watched_only=False)
        found = {row.trial: row for row in reader.rows(reads.LISTED, trials=NAMES)}
        assert found.keys() == set(NAMES)
        for it in listed:
            row = found[it.trial.trial]
            assert row.active == it.active
            stored = it.trial.model_dump()
            assert {name: value for name, value in row._asdict().items() if name in stored} == {
                name: stored[name] for name in row._fields if name in stored
            }


@pytest.mark.parametrize("size", [1, 2, 500])
def test_the_watched_rows_come_in_order_some_at_a_time(door: ReadDoor, database: Database, size: int) -> None:
    with database.write() as session:
        watches.unwatch(session, NAMES[1], NOW)
    with database.read() as session:
        expected = [(it.trial.trial, it.trial.title, list(it.tags)) for it in trials.rows(session)]
        tagged = [it.trial.trial for it in trials.rows(session, expected[0][2][0])]
    found: list[tuple[str, str, list[str]]] = []
    with door.read() as reader:
        while rows := _next(reader, None, found[-1][0] if found else "", size):
            tags = reader.rows(TAGS_BETWEEN, after=found[-1][0] if found else "", last=rows[-1].trial)
            found += [(row.trial, row.title, sorted(it.tag for it in tags if it.trial == row.trial)) for row in rows]
        assert [row.trial for row in _next(reader, expected[0][2][0], "", 500)] == tagged
        assert reader.one(reads.NOTE_COUNT).number == 0
    assert found == expected and len(found) > 2 and tagged


def _next(reader: Reader, tag: str | None, after: str, limit: int) -> list[reads.ListedTrial]:
    query, named = reads.watched_after(tag, after, limit)
    return reader.rows(query, **named)


def test_a_status_counts_only_while_it_fits_versions_rules_and_events(door: ReadDoor, database: Database) -> None:
    def valid(trial: str, rules: str = "rules") -> bool | None:
        with door.read() as reader:
            found = reader.first(reads.STANDINGS, trials=[trial], rules=rules)
        return None if found is None else found.is_valid

    assert valid(NAMES[0]) is True
    assert valid(NAMES[0], "other") is False
    assert valid(NAMES[4]) is None
    with database.write() as session:
        add_version(session, "more", head=1, trial=NAMES[0], effective="2026-02-02")
    assert valid(NAMES[0]) is False
    with database.write() as session:
        results_cache.keep(session, [status(NAMES[1], seq=0)], "rules")
    assert valid(NAMES[1]) is False, "there is a later event"


FILTERS = [
    ChangeFilter(),
    ChangeFilter(trials=(NAMES[0], NAMES[1])),
    ChangeFilter(trials=()),
    ChangeFilter(kinds=("status.*", "trial.gone")),
    ChangeFilter(kinds=()),
    ChangeFilter(kinds=("*",)),
    ChangeFilter(kinds=("%", "_*", "status_changed")),
    ChangeFilter(severities=("major",)),
    ChangeFilter(severities=("critical", "admin")),
    ChangeFilter(severities=()),
    ChangeFilter(since_day="2026-02-01"),
    ChangeFilter(until_day="2026-02-28"),
    ChangeFilter(since_instant=NOW, until_instant=NOW),
    ChangeFilter(since_day="2026-01-15", until_day="2026-03-01"),
    ChangeFilter(tag="t1"),
    ChangeFilter(tag="nothing has it"),
    ChangeFilter(after_seq=3),
    ChangeFilter(before_seq=5),
    ChangeFilter(since_seq=4),
    ChangeFilter(since_seq=2, before_seq=7, past=False),
    ChangeFilter(after_seq=2, before_seq=8, severities=("major", "minor")),
    ChangeFilter(past=True),
    ChangeFilter(past=False, tag="set"),
]


@pytest.fixture
def busy(door: ReadDoor, database: Database) -> ReadDoor:
    """With changes of every sort."""
    with database.write() as session:
        add_event(session, NAMES[0], head=1, kind="trial.first_seen", severity="minor")
        add_event(session, NAMES[0], head=1, kind="trial.gone", severity="critical", effective="2026-02-10")
        add_event(session, NAMES[1], head=1, severity="admin", backfilled=True, effective="2026-02-03")
        add_event(session, NAMES[1], head=1, severity="major", backfilled=True, effective="2025-02-03")
        add_event(session, NAMES[2], head=1, observed_at=NOW - timedelta(days=40), from_version=1, to_version=1)
        add_event(session, "", kind="ops.poll_failing", severity="minor", observed_at=NOW + timedelta(days=2))
    return door


def matches(row: EventRow, wanted: ChangeFilter, tagged: set[str]) -> bool:
    """Return whether a filter wants an event, in plain Python."""
    is_past = row.backfilled or row.kind == "trial.first_seen"
    conditions = [
        wanted.trials is None or row.trial in wanted.trials,
        wanted.kinds is None or any(fnmatchcase(row.kind, it) for it in wanted.kinds),
        wanted.severities is None or row.severity in wanted.severities,
        wanted.tag is None or row.trial in tagged,
        wanted.after_seq is None or row.seq > wanted.after_seq,
        wanted.before_seq is None or row.seq < wanted.before_seq,
        wanted.since_seq is None or row.seq > wanted.since_seq,
        wanted.past is None or is_past == wanted.past,
    ]
    for bound, is_within in (
        (both_bounds(wanted.since_day, wanted.since_instant, time.min), ge),
        (both_bounds(wanted.until_day, wanted.until_instant, time.max), le),
    ):
        if bound is not None:
            conditions.append(
                is_within(row.effective, bound[0]) if row.backfilled else is_within(row.observed_at, bound[1])
            )
    return all(conditions)


@pytest.mark.parametrize("wanted", FILTERS, ids=range(len(FILTERS)))
def test_changes_are_those_that_plain_python_picks(busy: ReadDoor, database: Database, wanted: ChangeFilter) -> None:
    with database.read() as session, busy.read() as reader:
        tagged = set(session.exec(select(TagRow.trial).where(TagRow.tag == storable(wanted.tag or ""))))
        rows = session.exec(select(EventRow).order_by(col(EventRow.seq)))
        expected = [row for row in rows if matches(row, wanted, tagged)]
        query, named = stored_changes.choose(wanted, None)
        found = reader.rows(query, **named)
        assert [row._asdict() for row in found] == [
            {name: getattr(row, name) for name in stored_changes.Event._fields} for row in expected
        ]
        assert history.changes(session, wanted) == [
            (row, [EventField(*_of(it)) for it in _fields(session, row.seq)]) for row in found
        ]
        query_of_latest, named = stored_changes.choose(wanted, 2)
        few = [row.seq for row in reader.rows(query_of_latest, **named)]
        seqs = [row.seq for row in expected]
        assert few == (seqs[:2] if wanted.after_seq is not None else seqs[:-3:-1])
        for up_to in (0, 3, 99):
            query_of_count, named = stored_changes.count(wanted, up_to)
            assert reader.one(query_of_count, **named).number == sum(seq <= up_to for seq in seqs)
        query_of_counts, named = stored_changes.count_by_severity(wanted)
        counts = reader.one(query_of_counts, **named)
        if wanted.severities is None:
            assert sum(counts) == len(expected)
            assert counts.major == sum(event.severity == "major" for event in expected)


def _fields(session: Session, seq: int) -> list[FieldChangeRow]:
    mine = select(FieldChangeRow).where(FieldChangeRow.seq == seq)
    return list(session.exec(mine.order_by(col(FieldChangeRow.position))))


def _of(row: FieldChangeRow) -> tuple[int, str, str, str, str]:
    return row.seq, row.field, row.label, row.before, row.after


def test_a_session_sees_what_its_transaction_added(database: Database) -> None:
    with database.write() as session:
        seq = add_event(session)
        session.get_one(EventRow, seq).summary = "Changed in this transaction"
        [(found, _)] = history.changes_of(session, [seq, seq])
        assert (found.seq, found.summary) == (seq, "Changed in this transaction")


def test_one_event_is_found_by_either_key_with_its_neighbours(busy: ReadDoor) -> None:
    with busy.read() as reader:
        query, named = stored_changes.choose(ChangeFilter(trials=(NAMES[0],)), 10)
        last, middle, first = reader.rows(query, **named)
        assert (
            reader.first(stored_changes.BY_ID, id=middle.id)
            == reader.first(stored_changes.BY_SEQ, seq=middle.seq)
            == middle
        )
        assert tuple(reader.one(stored_changes.NEIGHBOURS, seq=middle.seq)) == (first.seq, last.seq)
        assert tuple(reader.one(stored_changes.NEIGHBOURS, seq=first.seq)) == (None, middle.seq)
        for seq in (0, -1, 10**30, -(10**30)):
            assert reader.first(stored_changes.BY_SEQ, seq=seq) is None


def owed(door: ReadDoor, wanted: DutyFilter, sort: str = "late") -> list[tuple[int, str]]:
    query, named = stored_duties.owed(wanted, sort, limit=50, offset=0)
    with door.read() as reader:
        return [(NAMES.index(row.trial), row.rule) for row in reader.rows(query, **named)]


@pytest.mark.parametrize(
    ("wanted", "sort", "expected"),
    [
        (DutyFilter(TODAY), "late", [(2, "who-2017"), (0, "fdaaa801"), (2, "eu-ctr"), (5, "fdaaa801")]),
        (DutyFilter(TODAY), "due", [(2, "who-2017"), (0, "fdaaa801"), (2, "eu-ctr"), (5, "fdaaa801")]),
        (DutyFilter(TODAY), "trial", [(0, "fdaaa801"), (2, "who-2017"), (2, "eu-ctr"), (5, "fdaaa801")]),
        (DutyFilter("2026-03-31"), "late", [(2, "who-2017"), (0, "fdaaa801"), (2, "eu-ctr"), (5, "fdaaa801")]),
        (DutyFilter(TODAY, rule="fdaaa801"), "late", [(0, "fdaaa801"), (5, "fdaaa801")]),
        (DutyFilter(TODAY, tag="t1"), "late", [(5, "fdaaa801")]),
        (DutyFilter(TODAY, sponsor="ÉLAN"), "due", [(2, "who-2017"), (0, "fdaaa801"), (2, "eu-ctr")]),
        (DutyFilter(TODAY, sponsor="lan"), "due", [(2, "who-2017"), (0, "fdaaa801"), (2, "eu-ctr")]),
        (DutyFilter(TODAY, sponsor="%"), "due", []),
        (DutyFilter(TODAY, rule="'"), "due", []),
    ],
)
def test_what_is_owed(door: ReadDoor, wanted: DutyFilter, sort: str, expected: list[tuple[int, str]]) -> None:
    assert owed(door, wanted, sort) == expected
    query, named = stored_duties.count_owed(wanted)
    with door.read() as reader:
        counts = reader.one(query, **named)
    assert (counts.rows, counts.trials) == (len(expected), len({trial for trial, _ in expected}))


def test_what_may_be_owed_lies_ahead_and_whose_it_is(door: ReadDoor) -> None:
    wanted = DutyFilter(TODAY, unnamed="(none)")
    with door.read() as reader:
        query, named = stored_duties.count_perhaps(wanted)
        assert reader.one(query, **named).number == 1
        coming, named = stored_duties.ahead(wanted, None, 10)
        rows = reader.rows(coming, **named)
        assert [(NAMES.index(row.trial), row.due) for row in rows] == [(5, "2026-03-01"), (1, "2026-05-01")]
        for until, expected in ((None, 2), ("2026-04-30", 1), ("2026-02-01", 0)):
            of_ahead, named = stored_duties.count_ahead(wanted, until)
            assert reader.one(of_ahead, **named).number == expected
        of_all, named = stored_duties.looked_at(wanted)
        assert tuple(reader.one(of_all, **named)) == (5, 3, 0)
        of_none, named = stored_duties.looked_at(DutyFilter(TODAY, sponsor="(NONE)", unnamed="(none)"))
        assert reader.one(of_none, **named).trials == 1
        ranked, named = stored_duties.sponsors(wanted, 10)
        assert [tuple(row)[:5] for row in reader.rows(ranked, **named)] == [
            ("Élan", 2, 2, 2, "2025-11-01"),
            ("NUL�", 1, 1, 0, None),
            ("Heart_Lab", 1, 0, 0, None),
            (None, 1, 0, 0, None),
        ]
        of_rule, named = stored_duties.sponsors(DutyFilter(TODAY, rule="fdaaa801"), 1)
        assert [tuple(row)[:5] for row in reader.rows(of_rule, **named)] == [("Élan", 2, 2, 1, "2025-12-01")]


def test_versions_lie_as_the_session_lays_them(door: ReadDoor, database: Database) -> None:
    with database.write() as session:
        add_version(session, "late", head=1, trial=NAMES[0], effective="2025-12-01", source="backfill", seen_day=None)
        add_version(session, "page", head=1, trial=NAMES[0], effective="2026-01-20", source="page", seen_day=None)
    with database.read() as session, door.read() as reader:
        rows = reader.rows(versions.VERSIONS, trials=NAMES)
        found = versions.in_order(rows, reader.rows(versions.SEEN, trials=NAMES))
        for trial in NAMES:
            expected = history.timeline(session, trial)
            assert [it._asdict() for it in found.get(trial, [])] == [
                {name: getattr(it, name) for name in versions.Version._fields} for it in expected
            ]
        assert [it.version for it in found[NAMES[0]]] == [2, 1]
        assert sum(row.source == "page" for row in rows) == 1


@pytest.mark.parametrize("word", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_are_words(door: ReadDoor, database: Database, word: str) -> None:
    clean = storable(word)
    with database.write() as session:
        add_version(session, "hostile", head=1, trial=NAMES[0], title=f"<{word}>", effective="2026-02-02")
        watches.watch(session, NAMES[0], "ctgov", NOW, [word])
    tag = chosen(door, TrialFilter(tag=word))
    assert tag == [NAMES[0]]
    assert chosen(door, TrialFilter(words=[f"<{word}>"])) == [NAMES[0]]
    for wanted in (TrialFilter(trials=[word]), TrialFilter(statuses=[word]), TrialFilter(results=[word])):
        assert chosen(door, wanted) == []
    assert chosen(door, TrialFilter(), after=After(word, word), sort="title") is not None
    with door.read() as reader:
        assert [it.tag for it in reader.rows(TAGS_OF, trials=[NAMES[0]]) if it.tag == clean] == [clean]
        assert reader.first(stored_changes.BY_ID, id=word) is None
        query, named = stored_changes.choose(ChangeFilter(kinds=(word, f"{word}*"), tag=word, trials=(word,)), 5)
        assert reader.rows(query, **named) == []
    assert owed(door, DutyFilter(TODAY, tag=word, rule=word, sponsor=word)) == []


def test_an_empty_store_has_an_empty_answer(database: Database) -> None:
    with closing(ReadDoor.open(database.where)) as door:
        for sort, descending in product(SORTS, (False, True)):
            assert chosen(door, TrialFilter(), sort, descending=descending) == []
        with door.read() as reader:
            query, named = stored_changes.count_by_severity(ChangeFilter())
            assert tuple(reader.one(query, **named)) == (0, 0, 0, 0)
            counts, named = stored_duties.count_owed(DutyFilter(TODAY))
            assert tuple(reader.one(counts, **named)) == (0, 0, 0)
            assert reader.one(reads.WAITING).number == 0
            assert reader.one(stored_changes.LAST_SEQ).number == 0
