"""`trialwatch results`, run as a person runs it: the table, the JSON, the calendar."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.program.program import Program, update
from tests.support.registry.embedded_registry import RegistryServer, signed, study

ONE, TWO = "NCT00000001", "NCT00000002"
DUTY = {"rule", "version", "applies", "due", "due_basis", "days_late", "days_late_strict", "why", "facts"}


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """One trial due on 2026-08-10, four days before; of another nothing is known. Nothing is submitted."""
    one, two = signed(study(ONE)), study(TWO)
    one["protocolSection"]["designModule"] = {"studyType": "INTERVENTIONAL"}
    one["protocolSection"]["statusModule"]["completionDateStruct"] = {"date": "2025-08-10", "type": "ACTUAL"}
    one["protocolSection"]["statusModule"].pop("primaryCompletionDateStruct", None)
    with RegistryServer([one, two]) as registry:
        program = Program(tmp_path / "home", registry)
        program.run("watch", ONE, "--tag", "liver")
        program.run("watch", TWO)
        yield program


def test_the_duties_in_json(program: Program) -> None:
    [found] = program.json("results", ONE)["trials"]
    assert [duty["rule"] for duty in found["duties"]] == ["fdaaa801", "eu-ctr", "who-2017"]
    who = found["duties"][-1]
    assert who.keys() >= DUTY
    assert (who["applies"], who["due"], who["due_basis"]) == (True, "2026-08-10", "completion")
    assert (who["days_late"], who["days_late_strict"]) == (None, None)
    assert "so the completion date is used" in who["why"]


def test_the_days_late_grow_with_the_clock_until_results_are_submitted(program: Program) -> None:
    assert program.registry is not None
    program.day(27)
    assert program.json("results", ONE)["trials"][0]["duties"][-1]["days_late"] == 31
    one = program.registry.studies[ONE]
    one["derivedSection"]["miscInfoModule"]["submissionTracking"] = {"submissionInfos": [{"releaseDate": "2026-08-12"}]}
    program.run("poll")
    program.day(100)
    [found] = program.json("results", ONE)["trials"]
    assert found["duties"][-1]["days_late"] == 2
    assert (found["state"], found["since"], found["days_in_state"]) == ("submitted", "2026-08-12", 129)


def test_the_strict_reading_knows_what_the_registry_erased(program: Program) -> None:
    assert program.registry is not None
    one = program.registry.studies[ONE]
    rounds = [{"releaseDate": "2026-08-09", "unreleaseDate": "2026-08-11"}, {"releaseDate": "2026-08-13"}]
    one["derivedSection"]["miscInfoModule"]["submissionTracking"] = {"submissionInfos": rounds}
    program.day()
    program.run("poll")
    program.day()
    del one["derivedSection"]["miscInfoModule"]["submissionTracking"]
    one |= {"hasResults": True, "resultsSection": {"participantFlowModule": {}}}
    post = {"date": "2026-08-16", "type": "ACTUAL"}
    update(one, "2026-08-16", resultsFirstSubmitDate="2026-08-09", resultsFirstPostDateStruct=post)
    program.run("poll")
    [found] = program.json("results", ONE)["trials"]
    assert found["state"] == "posted"
    assert [found["duties"][-1][name] for name in ("days_late", "days_late_strict")] == [None, 3]
    assert "0 (strictly 3)" in program.run("results", ONE, "-o", "table").out


def test_the_table(program: Program) -> None:
    program.day(27)
    table = program.run("results", "-o", "table", COLUMNS="140").out
    assert [word for word in ("Asked by", "Due", "Days late") if word in table.splitlines()[0]] == [
        "Asked by",
        "Due",
        "Days late",
    ]
    late = next(line for line in table.splitlines() if "2026-08-10" in line and "who-2017" in line)
    assert late.rstrip().endswith("31")
    alone = program.run("results", ONE, "-o", "table", COLUMNS="200").out
    assert "who-2017:  The WHO joint statement of 2017 applies: it is a clinical trial that Wellcome Trust" in alone


@pytest.mark.fault("R-B10")
def test_what_is_only_asked_for_is_told_as_such(program: Program, tmp_path: Path) -> None:
    assert program.registry is not None
    sponsors = program.registry.studies[ONE]["protocolSection"]["sponsorCollaboratorsModule"]
    sponsors["collaborators"] = [{"name": "A University", "class": "OTHER"}]
    program.day(27)
    program.run("poll")
    [ended] = program.run("changes", "--kind", "duty.*").lines
    assert (ended["kind"], ended["severity"], ended["backfilled"]) == ("duty.ended", "major", False)
    assert "31 days overdue: sponsor and collaborators: Wellcome Trust no longer given" in ended["summary"]
    [found] = program.json("results", ONE)["trials"]
    who = found["duties"][-1]
    assert (who["applies"], who["due"], who["days_late"], who["asked_by"]) == (None, "2026-08-10", None, "WHO")
    table = program.run("results", ONE, "-o", "table", COLUMNS="140").out
    assert "2026-08-10*" in table and "* WHO asks for results by then." in table
    assert program.json("list", "--sort", "overdue")["trials"][0]["overdue"] is None
    file = tmp_path / "due.ics"
    assert "0 due dates are in" in program.run("results", "--ical", file, "-o", "json").err


def test_the_calendar(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "due dates.ics"
    ran = program.run("results", "--ical", file, "-o", "json")
    assert len(ran.json["trials"]) == 2 and "1 due date is in" in ran.err
    calendar = file.read_bytes().decode()
    assert "UID:NCT00000001.who-2017@trialwatch\r\n" in calendar and "DTSTAMP:20260814T150000Z\r\n" in calendar
    program.run("results", "--tag", "liver", "--ical", file)
    assert file.read_bytes().decode() == calendar


def test_a_calendar_that_cannot_be_written_is_said(program: Program, tmp_path: Path) -> None:
    text, _ = program.error("results", "--ical", tmp_path / "nowhere" / "x.ics", code=1)
    assert "x.ics" in text
