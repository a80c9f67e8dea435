"""Tables fit every width, and nothing is left out of them without a word."""

from __future__ import annotations

import io
import time
from collections.abc import Sequence
from contextlib import redirect_stdout
from datetime import UTC
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from tracker.changes.wording.words import moved_days
from tracker.cli.render.column import Column
from tracker.cli.render.local_time import times_in
from tracker.cli.render.table import print_table
from tracker.cli.render.table_layout import cut, wrapped
from tracker.cli.render.tables.trial_table import EARLIER

WORDS = st.text(st.sampled_from("abc de-漢é\u0301…👩x"), max_size=70).map(lambda it: " ".join(it.split()))
COLUMNS = (
    Column("no", "No.", right=True),
    Column("title", "Title", room=1, line=True, spare=1, joins="what"),
    Column("kind", "Kind of change", spare=2),
    Column("due", "Due", legend={"?": "? means perhaps."}),
    Column("what", "What happened", room=2),
)


def printed(columns: Sequence[Column], rows: Sequence[dict[str, Any]], width: object, **extra: str) -> list[str]:
    """The lines of a table at a width, as in a pipe."""
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()) as out:
        for name in ("FORCE_COLOR", "TTY_COMPATIBLE"):
            patch.delenv(name, raising=False)
        patch.setenv("COLUMNS", str(width))
        for name, value in extra.items():
            patch.setenv(name, value)
        print_table(columns, rows)
    time.tzset()  # as TZ is outside
    return out.getvalue().splitlines()


@given(
    rows=st.lists(st.fixed_dictionaries(dict.fromkeys(("no", "title", "kind", "due", "what"), WORDS)), max_size=4),
    width=st.integers(30, 200),
)
@example(rows=[{"no": "1", "title": "t" * 90, "kind": "k" * 90, "due": "d" * 90, "what": "w" * 90}], width=30)
def test_no_line_is_longer_than_the_terminal_is_wide(rows: list[dict[str, str]], width: int) -> None:
    assert max(map(cell_len, printed(COLUMNS, rows, width))) <= width


@pytest.mark.fault("R-F8")
@given(
    rows=st.lists(st.fixed_dictionaries(dict.fromkeys(("no", "kind", "due", "what"), WORDS)), min_size=1, max_size=3),
    width=st.integers(30, 200),
)
def test_a_column_is_there_or_named_as_left_out(rows: list[dict[str, str]], width: int) -> None:
    """Every value of a column that is not named is there, character by character."""
    titled = [{**row, "title": ""} for row in rows]
    lines = printed(COLUMNS, titled, width)
    said = [number for number, line in enumerate(lines) if line.startswith(("Columns that", "A column that"))]
    below = " ".join(lines[said[0] :]) if said else ""
    seen = "".join(lines)
    for column in COLUMNS:
        if column.key == "title" or f" {column.heading}" in below.partition(". ")[0]:
            continue
        for row in rows:
            assert all(seen.count(it) >= row[column.key].count(it) for it in row[column.key].replace(" ", ""))


def test_the_title_is_the_last_to_be_cut_and_never_goes() -> None:
    """Without room for a column it stands above what happened. Then other columns go, and say so."""
    rows = [{"no": 12, "title": "A study of sleep", "kind": "status.changed", "due": "2026-01-01?", "what": "w " * 60}]
    wide = printed(COLUMNS, rows, 140)
    assert wide[0].split("  ")[0] == "No." and "Title" in wide[0] and "Kind of change" in wide[0]
    assert wide[-1] == "? means perhaps."
    narrow = printed(COLUMNS, rows, 70)
    assert "Title" not in narrow[0] and narrow[2].endswith("A study of sleep") and narrow[3].lstrip().startswith("w w")
    assert narrow[-2:] == [
        "A column that does not fit: Kind of change. A wider terminal shows it,",
        "and -o json has everything.",
    ]
    block = printed(COLUMNS, rows, 30)
    assert [line.split()[0] for line in block if line[:1].strip()][:5] == ["No.", "Title", "Kind", "Due", "What"]
    assert not any("not fit" in line for line in block), "a block has everything"


@pytest.mark.parametrize(("width", "meant"), [("0", 140), ("", 140), ("wide", 140), ("-5", 140), ("1", 30), ("10", 30)])
def test_any_value_of_columns_prints_a_table(width: str, meant: int) -> None:
    rows = [{"no": 1, "title": "A study", "kind": "k", "due": "d", "what": "w " * 100}]
    assert printed(COLUMNS, rows, width) == printed(COLUMNS, rows, meant)
    assert len(printed(COLUMNS, rows, meant)) > 2


def test_a_huge_width_is_no_reason_to_fail() -> None:
    rows = [{"no": 1, "title": "A study", "kind": "k", "due": "d", "what": "w " * 100}]
    huge = printed(COLUMNS, rows, "9" * 30)
    assert huge == printed(COLUMNS, rows, 140), "no terminal has so many"
    assert len(printed(COLUMNS, rows, 999_999_999)) == 3


@given(text=WORDS, width=st.integers(2, 40))
def test_wrapping_loses_nothing_and_fits(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert max(map(cell_len, lines)) <= width
    assert cell_len(cut(text, width)) <= width


INSTANTS = Column("at", "Seen", instant=True)


@pytest.mark.parametrize(
    ("zone", "instants", "heading", "cells"),
    [
        ("UTC", ["2026-03-29T00:30:00Z"], "Seen (UTC)", ["2026-03-29 00:30"]),
        ("Asia/Kolkata", ["2026-03-28T23:59:00Z", "never"], "Seen (IST)", ["2026-03-29 05:29", "never"]),
        # the clocks of New York go back on 1 November, at 06:00 UTC
        (
            "America/New_York",
            ["2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"],
            "Seen",
            ["2026-11-01 01:30 EDT", "2026-11-01 01:30 EST"],
        ),
        ("America/Sao_Paulo", ["2026-07-01T12:00:00Z"], "Seen (UTC-0300)", ["2026-07-01 09:00"]),
        ("CET-1CEST,M3.5.0,M10.5.0", ["2026-07-01T12:00:00Z"], "Seen (CEST)", ["2026-07-01 14:00"]),
        ("Nowhere/At_All", ["2026-07-01T12:00:00Z"], "Seen (UTC)", ["2026-07-01 12:00"]),
        ("garbage", ["2026-07-01T12:00:00Z"], "Seen (UTC)", ["2026-07-01 12:00"]),
        ("/etc/no-such-file", ["2026-07-01T12:00:00Z"], "Seen (UTC)", ["2026-07-01 12:00"]),
        ("", ["2026-07-01T12:00:00Z"], "Seen (UTC)", ["2026-07-01 12:00"]),
        ("Asia/Kolkata", ["9999-12-31T23:59:59Z", "0001-01-01"], "Seen (UTC)", ["9999-12-31 23:59", "0001-01-01"]),
        ("Asia/Kolkata", ["2026-07-01", "2027-04-12T09:00:05"], "Seen", ["2026-07-01", "2027-04-12T09:00:05"]),
    ],
)
def test_instants_are_in_local_time_and_dates_stay(
    zone: str, instants: list[str], heading: str, cells: list[str]
) -> None:
    first, _, *lines = printed([INSTANTS], [{"at": it} for it in instants], 80, TZ=zone)
    assert (first, lines) == (heading, cells)


def test_a_slip_to_an_earlier_day_has_a_minus_and_a_legend() -> None:
    columns = [Column("slip", "Slip", lambda row: moved_days(row["slip"]), right=True, legend=EARLIER)]
    later = printed(columns, [{"slip": 1}, {"slip": 1200}], 80)
    assert later[2:] == ["     1 day", "1,200 days"]
    assert printed(columns, [{"slip": -12}], 80)[2:] == ["−12 days", "A slip with a minus: the date is earlier now."]


def test_the_demo_tells_its_story_in_utc() -> None:
    with times_in(UTC):
        assert printed([INSTANTS], [{"at": "2026-07-01T12:00:00Z"}], 80, TZ="Asia/Kolkata")[0] == "Seen (UTC)"


def test_ten_thousand_rows_are_ten_thousand_lines() -> None:
    columns = [Column("trial", "Trial"), Column("title", "Title", room=1, line=True)]
    rows = [{"trial": f"NCT{number:08d}", "title": "long " * 60} for number in range(10_000)]
    lines = printed(columns, rows, 140)
    assert len(lines) == 10_002
    assert [line.split()[0] for line in lines[2:]] == [row["trial"] for row in rows]
