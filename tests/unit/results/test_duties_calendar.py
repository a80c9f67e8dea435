"""The calendar of due dates, read back by RFC 5545's own rules for lines and texts."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.records.strategies import names
from tracker.results.ical import calendar_of

STAMP = datetime(2026, 11, 22, 18, 0, 5, tzinfo=UTC)


def row(trial: str = "NCT05349331", title: str | None = "A trial", **duty: Any) -> dict[str, Any]:
    told = {"rule": "who-2017", "applies": True, "due": "2027-01-14", "why": "It applies; due one year after, so."}
    return {"trial": trial, "title": title, "duties": [told | duty]}


def lines(calendar: str) -> list[str]:
    """The content lines (3.1): CRLF at each end, 75 octets at most, continued lines put together."""
    assert calendar.endswith("\r\n") and not re.search(r"(?<!\r)\n|\r(?!\n)", calendar)
    physical = calendar.split("\r\n")[:-1]
    assert all(0 < len(line.encode()) <= 75 for line in physical)
    return "\r\n".join(physical).replace("\r\n ", "").split("\r\n")


def events(calendar: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for line in lines(calendar):
        name, value = line.split(":", 1)
        if line == "BEGIN:VEVENT":
            found.append({})
        elif found and line != "END:VCALENDAR":
            assert name not in found[-1], "each of ours once"
            found[-1][name] = value
    return found


def text(value: str) -> str:
    """The text behind the escapes (3.3.11)."""
    assert not re.search(r"(?<!\\)(?:\\\\)*[;,]", value)
    return re.sub(r"\\([\\;,nN])", lambda it: "\n" if it[1] in "nN" else it[1], value)


def test_one_event_a_duty() -> None:
    calendar = calendar_of([row()], STAMP)
    assert lines(calendar)[:4] == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Trialwatch//Results due//EN",
        "CALSCALE:GREGORIAN",
    ]
    assert lines(calendar)[-1] == "END:VCALENDAR"
    [event] = events(calendar)
    assert event == {
        "UID": "NCT05349331.who-2017@trialwatch",
        "DTSTAMP": "20261122T180005Z",
        "DTSTART;VALUE=DATE": "20270114",
        "SUMMARY": "Results due (who-2017): NCT05349331: A trial",
        "DESCRIPTION": r"It applies\; due one year after\, so.",
        "TRANSP": "TRANSPARENT",
        "END": "VEVENT",
    }


def test_the_stamp_is_in_utc() -> None:
    there = STAMP.astimezone(timezone(timedelta(hours=9)))
    assert calendar_of([row()], there) == calendar_of([row()], STAMP)


def test_what_does_not_surely_apply_or_has_no_date_is_left_out() -> None:
    rows = [row(applies=None), row(applies=False, due=None), row(due=None), row("NCT00000001", None)]
    [event] = events(calendar_of(rows, STAMP))
    assert event["SUMMARY"] == "Results due (who-2017): NCT00000001"


def test_an_event_keeps_its_name_when_its_date_moves() -> None:
    [before], [after] = (events(calendar_of([row(due=due)], STAMP)) for due in ("2027-01-14", "2038-01-14"))
    assert before["UID"] == after["UID"] and before["DTSTART;VALUE=DATE"] != after["DTSTART;VALUE=DATE"]


def test_a_calendar_without_due_dates_still_holds_something() -> None:
    assert [line for line in lines(calendar_of([], STAMP)) if line.startswith("BEGIN")] == [
        "BEGIN:VCALENDAR",
        "BEGIN:VTIMEZONE",
        "BEGIN:STANDARD",
    ]


def test_what_means_something_to_the_format_is_escaped() -> None:
    [event] = events(calendar_of([row(why="a\\b; c, d\ne\r\nf\x07")], STAMP))
    assert event["DESCRIPTION"] == r"a\\b\; c\, d\ne\nf"
    assert text(event["DESCRIPTION"]) == "a\\b; c, d\ne\nf"


@given(st.lists(st.tuples(names, names), max_size=4))
def test_any_title_and_reason_is_read_back(told: list[tuple[str, str]]) -> None:
    found = events(calendar_of([row(title=title, why=why) for title, why in told], STAMP))
    assert len(found) == len(told)
    for event, (_, why) in zip(found, told, strict=True):
        printable = re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]", "", why.replace("\r\n", "\n"))
        assert text(event["DESCRIPTION"]) == printable
        assert text(event["SUMMARY"]).startswith("Results due (who-2017): NCT05349331")


@given(st.integers(60, 90), st.sampled_from(["a", "é", "生", "🧪"]))
def test_lines_are_folded_between_characters(length: int, character: str) -> None:
    [event] = events(calendar_of([row(title=character * length)], STAMP))
    assert event["SUMMARY"].endswith(": " + character * length)
