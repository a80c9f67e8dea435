"""The calendar of due dates, read back by RFC 5545's own rules for lines and texts, and by another program."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.records.strategies import names
from tracker.records.clean import clean
from tracker.web.feeds.calendar import calendar_of

STAMP = datetime(2026, 11, 22, 18, 0, 5, tzinfo=UTC)


def row(trial: str = "NCT05349331", title: str | None = "A trial", **duty: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "rule": "who-2017", "applies": True, "due": "2027-01-14", "why": "It applies; due one year after, so.",
        "standing": False, "asked_by": None,
    }  # fmt: skip
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
    assert lines(calendar)[:6] == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Trialwatch//Results due//EN",
        "CALSCALE:GREGORIAN",
        "NAME:Trialwatch: results due",
        "X-WR-CALNAME:Trialwatch: results due",
    ]
    assert lines(calendar)[-1] == "END:VCALENDAR"
    [event] = events(calendar)
    assert event == {
        "UID": "NCT05349331.who-2017@trialwatch",
        "DTSTAMP": "20261122T180005Z",
        "DTSTART;VALUE=DATE": "20270114",
        "SUMMARY": "Results due (who-2017): NCT05349331: A trial",
        "DESCRIPTION": r"It applies\; due one year after\, so.",
        "URL": "https://clinicaltrials.gov/study/NCT05349331",
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
    assert event["DESCRIPTION"] == r"a\\b\; c\, d\ne\nf\\x07"
    assert text(event["DESCRIPTION"]) == "a\\b; c, d\ne\nf\\x07"


@given(st.lists(st.tuples(names, names), max_size=4))
def test_any_title_and_reason_is_read_back(told: list[tuple[str, str]]) -> None:
    found = events(calendar_of([row(title=title, why=why) for title, why in told], STAMP))
    assert len(found) == len(told)
    for event, (_, why) in zip(found, told, strict=True):
        assert text(event["DESCRIPTION"]) == clean(why.replace("\r\n", "\n"))
        assert text(event["SUMMARY"]).startswith("Results due (who-2017): NCT05349331")


@given(st.integers(60, 90), st.sampled_from(["a", "é", "生", "🧪"]))
def test_lines_are_folded_between_characters(length: int, character: str) -> None:
    [event] = events(calendar_of([row(title=character * length)], STAMP))
    assert event["SUMMARY"].endswith(": " + character * length)


BASE = "https://watch.example.org/"
UNSURE: list[tuple[dict[str, Any], str, str | None]] = [
    ({}, "Results due (who-2017)", None),
    ({"standing": True}, "Results due (who-2017), submitted", None),
    ({"standing": None}, "Results due (who-2017)", None),
    ({"applies": None}, "Results perhaps due (who-2017)", "TENTATIVE"),
    ({"applies": None, "asked_by": "WHO"}, "Results asked for (who-2017)", "TENTATIVE"),
    ({"applies": None, "asked_by": "WHO", "standing": True}, "Results asked for (who-2017), submitted", "TENTATIVE"),
]


@pytest.mark.parametrize(("duty", "summary", "status"), UNSURE)
def test_what_is_not_surely_due_is_said(duty: dict[str, Any], summary: str, status: str | None) -> None:
    [event] = events(calendar_of([row(**duty)], STAMP, base_url=BASE, unsure=True))
    assert text(event["SUMMARY"]) == f"{summary}: NCT05349331: A trial"
    assert event.get("STATUS") == status
    assert event["URL"] == "https://watch.example.org/trials/NCT05349331"


def test_what_does_not_apply_is_in_no_calendar() -> None:
    assert events(calendar_of([row(applies=False), row(applies=None, due=None)], STAMP, unsure=True)) == []


HOSTILE = ["\ud800", "a\r\nEND:VEVENT\r\nBEGIN:VALARM", "\u202egnp", "\x00\x0b\x85", "\u2028", '\\n;,:"', "\rX-A:b"]


@pytest.mark.parametrize("said", HOSTILE)
def test_another_program_reads_what_strangers_wrote(said: str) -> None:
    told = [row("NCT00000001", f"T {said}", why=f"W {said}"), row(due="2028-02-29", applies=None)]
    calendar = calendar_of(told, STAMP, base_url=BASE, unsure=True)
    lines(calendar)
    read = icalendar.Calendar.from_ical(calendar.encode())
    assert read.errors == [] and [it.name for it in read.subcomponents] == ["VEVENT", "VEVENT"]
    assert (read["VERSION"], read["PRODID"]) == ("2.0", "-//Trialwatch//Results due//EN")
    one, two = read.walk("VEVENT")
    assert not one.errors and not one.subcomponents
    plain = clean(said.replace("\r\n", "\n"))
    assert one["SUMMARY"] == f"Results due (who-2017): NCT00000001: T {plain}" and one["DESCRIPTION"] == f"W {plain}"
    assert (one["DTSTART"].dt, two["DTSTART"].dt) == (date(2027, 1, 14), date(2028, 2, 29))
    assert one["DTSTART"].params["VALUE"] == "DATE" and one["DTSTAMP"].dt == STAMP
    assert (one["UID"], two["UID"]) == ("NCT00000001.who-2017@trialwatch", "NCT05349331.who-2017@trialwatch")


@given(st.lists(st.tuples(st.text(), st.text()), max_size=3))
def test_any_calendar_is_read_by_another_program(told: list[tuple[str, str]]) -> None:
    rows = [row(f"NCT0000000{at}", title, why=why) for at, (title, why) in enumerate(told)]
    read = icalendar.Calendar.from_ical(calendar_of(rows, STAMP).encode())
    found = read.walk("VEVENT")
    assert not read.errors and len(found) == len(rows)
    assert all({"UID", "DTSTAMP", "DTSTART", "SUMMARY"} <= set(it) and not it.errors for it in found)


def test_an_empty_calendar_is_read_by_another_program() -> None:
    read = icalendar.Calendar.from_ical(calendar_of([], STAMP))
    assert [it.name for it in read.subcomponents] == ["VTIMEZONE"] and read["NAME"] == "Trialwatch: results due"
