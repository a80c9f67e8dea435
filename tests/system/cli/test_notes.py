"""note: own words on a trial, kept with the time, shown by show and list, and in backups."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.program.program import COMMAND, Program
from tests.support.program.screen import answered
from tests.support.registry.embedded_registry import RegistryServer
from tests.system.cli.conftest import ONE, TWO
from tests.system.cli.test_hostile import BYTES

HOSTILE = "over \x1b[2J\u202egnp.exe\u2028 [bold]x[/] \ttab"


def texts(program: Program, trial: str = ONE) -> list[str]:
    return [row["text"] for row in program.json("note", trial)["notes"]]


@pytest.mark.fault("R-F11")
def test_notes_are_appended_with_their_time_and_shown(lived: Program) -> None:
    lived.run("note", ONE.lower(), "Asked the sponsor.")
    lived.day()
    found = lived.json("note", ONE, "No", "answer.")
    assert found == {
        "trial": ONE,
        "notes": [
            {"note": 1, "noted_at": "2026-08-20T15:00:00Z", "text": "Asked the sponsor."},
            {"note": 2, "noted_at": "2026-08-21T15:00:00Z", "text": "No answer."},
        ],
    }
    assert lived.json("note", ONE) == found
    assert lived.json("show", ONE)["notes"] == lived.json("show", ONE, "--version", "1")["notes"] == found["notes"]
    rows = {row["trial"]: row["notes"] for row in lived.json("list")["trials"]}
    assert rows[ONE] == found["notes"] and rows[TWO] == []
    page = lived.run("show", ONE, "-o", "table", TZ="UTC").out
    assert "Your notes" in page and "Asked the sponsor." in page and "2026-08-21" in page
    assert "Your notes" not in lived.run("show", TWO, "-o", "table").out
    listed = lived.run("list", "-o", "table", COLUMNS="140").out
    assert "Your last note" in listed and "No answer." in listed and "Asked" not in listed
    assert lived.json("verify") == {"faults": []}


def test_the_list_has_no_column_for_notes_without_one(lived: Program) -> None:
    assert "Your last note" not in lived.run("list", "-o", "table", COLUMNS="200").out


def test_a_person_reads_what_was_done(lived: Program) -> None:
    empty = lived.run("note", ONE, "-o", "table")
    assert empty.out == "" and f'trialwatch note {ONE} "' in empty.err
    for width in (60, 80, 140):
        run = lived.run("note", ONE, "A long sentence about the trial. " * 8, "-o", "table", COLUMNS=str(width))
        assert run.err == "Noted.\n" and max(map(len, run.out.splitlines())) <= width
    gone = lived.run("note", ONE, "--delete", "all", "-o", "table")
    assert "3 notes deleted.\n" in gone.err


def test_notes_are_deleted_by_number_and_numbers_are_not_given_again(lived: Program) -> None:
    for text in ("a", "b", "c"):
        lived.run("note", ONE, text)
    lived.run("note", TWO, "other")
    assert [row["note"] for row in lived.json("note", ONE, "--delete", "1", "--delete", "3")["notes"]] == [2]
    assert "There is no note 4 on" in lived.error("note", ONE, "--delete", "4", code=2)[0], "it is another trial's"
    assert "There is no note 1 on" in lived.error("note", ONE, "--delete", "2", "--delete", "1", code=2)[0]
    assert texts(lived) == ["b"]
    lived.run("note", TWO, "--delete", "all")
    assert lived.json("note", TWO, "next")["notes"][0]["note"] == 5
    assert lived.json("note", ONE, "--delete", "all")["notes"] == []
    assert "There is no note on" in lived.error("note", ONE, "--delete", "all", code=2)[0]


@pytest.mark.parametrize(
    ("words", "code", "meant"),
    [
        ([ONE, ""], 2, f"The text of the note is empty. To see the notes: trialwatch note {ONE}"),
        ([ONE, " \n "], 2, "--delete 1"),
        ([ONE, "x" * 4001], 2, "The note has 4,001 characters, and 4,000 are the most"),
        ([ONE, "text", "--delete", "1"], 2, "--delete takes no text"),
        ([ONE, "--delete", "first"], 2, "--delete takes the number of a note, or all, not 'first'"),
        ([ONE, "--delete", "-1"], 2, "not '-1'"),
        ([ONE, "--delete", "9" * 30], 2, "--delete takes the number of a note"),
        (["NCT09999999", "text"], 4, "Nothing is stored about NCT09999999. Watch it first"),
        (["NCT09999999"], 4, "trialwatch watch NCT09999999"),
        (["Asked", "the sponsor"], 2, "is not an NCT number"),
    ],
)
def test_what_is_no_note_is_refused(lived: Program, words: list[str], code: int, meant: str) -> None:
    lived.run("note", ONE, "kept")
    assert meant in lived.error("note", *words, code=code)[0]
    assert texts(lived) == ["kept"]


def test_nothing_in_a_note_reaches_the_terminal_uncleaned(lived: Program) -> None:
    lived.run("note", ONE, HOSTILE)
    lived.run("note", ONE, '=HYPERLINK("http://x")')
    for words in (["note", ONE], ["show", ONE], ["list"]):
        for form in ("table", "json", "csv"):
            run = lived.run(*words, "-o", form, COLUMNS="400")
            assert not BYTES.search(run.out + run.err), (words, form)
    assert texts(lived)[0] == HOSTILE
    assert [row["text"][:2] for row in lived.run("note", ONE, "-o", "csv").cells] == ["ov", "'="]


def test_a_note_has_its_own_lines_and_odd_characters_are_stored(lived: Program) -> None:
    lived.run("note", ONE, "first line\r\nsecond line 日本 🙂")
    assert texts(lived) == ["first line\nsecond line 日本 🙂"]


def test_a_note_may_come_from_a_pipe_or_be_typed(lived: Program) -> None:
    words = [*COMMAND, "note", ONE, "-"]
    subprocess.run(words, input=b"piped\n", env=lived.environment(), check=True, capture_output=True, timeout=60)
    said = answered(lived, "note", ONE, "-", answers=[("End with Ctrl-D", "typed\n\x04")])
    assert "Noted." in said
    assert texts(lived) == ["piped", "typed"]


def test_backups_hold_notes(lived: Program, tmp_path: Path) -> None:
    lived.run("note", ONE, "kept")
    lived.run("backup", tmp_path / "backup.db")
    lived.run("note", ONE, "later")
    lived.run("restore", tmp_path / "backup.db", "--replace")
    assert texts(lived) == ["kept"]
    assert lived.json("verify") == {"faults": []}


def test_a_note_on_a_merged_number_is_shown_with_the_trial(program: Program, registry: RegistryServer) -> None:
    program.run("watch", ONE, "--no-backfill")
    program.run("note", ONE, "of the old number")
    registry.studies.pop(ONE)
    registry.studies[TWO]["protocolSection"]["identificationModule"]["nctIdAliases"] = [ONE]
    for _ in range(2):
        program.day()
        program.run("poll", expect=None)
    assert [row["trial"] for row in program.run("list").lines] == [TWO]
    assert texts(program, TWO) == texts(program, ONE) == ["of the old number"]
    [row] = program.json("list")["trials"]
    assert [it["text"] for it in row["notes"]] == ["of the old number"]
    program.run("note", ONE, "--delete", "1")
    assert texts(program, TWO) == []
