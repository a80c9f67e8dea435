"""`changes`: which of them, in what order, and what is new to whom."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.support.program.program import ROOT, Program, update
from tests.system.cli.conftest import ONE, THREE, TWO


def seqs(lived: Program, *words: str) -> list[int]:
    return [row["seq"] for row in lived.run("changes", *words).lines]


def test_cursor_and_limit(lived: Program) -> None:
    """`--limit` is the first so many after `--after`, else the latest."""
    every = seqs(lived)
    assert seqs(lived, "--after", "3") == every[3:] == seqs(lived, "--after", "3", "--limit", "999")
    assert seqs(lived, "--after", "3", "--limit", "2") == every[3:5]
    assert seqs(lived, "--limit", "2") == every[-2:]
    assert seqs(lived, "--after", str(every[-1])) == []


@pytest.mark.parametrize(
    ("words", "effective"),
    [
        (["--since", "2026-08-17"], {"2026-08-17"}),
        (["--since", "2026-08-15", "--until", "2026-08-16"], {"2026-08-15"}),
        (["--until", "2026-08-14"], {"2026-01-15"}),
        (["--since", "2026-08-17T14:59Z"], {"2026-08-17"}),
        (["--since", "2026-08-17T15:00:01Z"], set()),
        (["--since", "2026-08-17T17:00:00+02:00"], {"2026-08-17"}),
        (["--since", "4d"], {"2026-08-17"}),
        (["--since", "1h"], set()),
    ],
)
def test_a_period_is_of_what_we_saw(lived: Program, words: list[str], effective: set[str]) -> None:
    """Three first looks happened on 14 August, though the records say January."""
    assert {row["effective"] for row in lived.run("changes", *words).lines} == effective


def test_filters(lived: Program) -> None:
    every = lived.run("changes").lines
    by_kind = lived.run("changes", "--kind", "results.*", "--kind", "trial.first_seen").lines
    assert [row["kind"] for row in by_kind] == ["trial.first_seen"] * 3 + ["results.due_moved", "results.submitted"]
    severe = lived.run("changes", "--min-severity", "major").lines
    assert severe == [row for row in every if row["severity"] in ("major", "critical")]
    assert lived.run("changes", "--tag", "liver").lines == every
    assert {row["trial"] for row in lived.run("changes", f"  {ONE.lower()} ", "nct00000002").lines} == {ONE, TWO}


@pytest.mark.fault("C17")
@pytest.mark.parametrize("hostile", ["%", "_" * 15, "stat%", "' OR 1=1 --", "x'; DROP TABLE event; --", "STATUS.*", ""])
def test_a_hostile_filter_finds_nothing_and_harms_nothing(lived: Program, hostile: str) -> None:
    """Fault C17."""
    for option in ("--kind", "--tag"):
        run = lived.run("changes", option, hostile)
        assert run.out == "" and (run.err == "" or option == "--kind"), run
    assert lived.json("verify") == {"faults": []}


def test_a_misspelled_kind_is_named_since_it_would_find_nothing_for_ever(lived: Program) -> None:
    run = lived.run("changes", "--exit-code", "--kind", "result.*", "-o", "json")
    assert run.json == {"changes": []}
    assert run.err == "--kind names no kind of change: 'result.*'; did you mean results.*?\n"
    assert lived.run("changes", "--kind", "country.changed").err == ""


def test_a_user_without_a_name_is_known_by_number(lived: Program) -> None:
    """As in a container that is run under any number: there is neither an environment nor an entry for it."""
    nobody = "import getpass, os, pwd; from tracker.cli.commands.changes import _user; os.setuid(54321); print(_user())"
    environment = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    if os.geteuid():
        pytest.skip("only the superuser can become somebody without a name")
    run = subprocess.run([sys.executable, "-c", nobody], env=environment, capture_output=True, text=True, check=False)
    assert (run.stdout, run.returncode) == ("54321\n", 0), run.stderr


def test_new_is_what_this_question_has_not_shown(lived: Program) -> None:
    every = seqs(lived)
    results = lived.run("changes", "--new", "--kind", "results.*").lines
    assert [row["kind"] for row in results] == ["results.due_moved", "results.submitted"]
    assert lived.run("changes", "--new", "--kind", "results.*").out == ""
    assert seqs(lived, "--new", "--limit", "2") == every[:2], "the first of them: none is skipped"
    assert seqs(lived, "--new") == every[2:], "the filtered look before did not swallow the rest"
    assert seqs(lived, "--new") == []
    assert seqs(lived, "--new", "--min-severity", "major") == [], "seen among all"
    assert seqs(lived) == every


def test_exit_code_on_request(lived: Program) -> None:
    assert lived.run("changes", "--exit-code", expect=10).out
    assert lived.run("changes", "--exit-code", "--kind", "ops.*", expect=0).out == ""
    assert lived.run("changes", ONE, "NCT09999999", expect=3).err.startswith("Nothing is stored about NCT09999999")
    assert lived.run("changes", "--exit-code", ONE, "NCT09999999", expect=10).out


def test_the_table_is_in_the_order_of_time_and_names_the_trials(lived: Program) -> None:
    wide, narrow = (lived.run("changes", "-o", "table", COLUMNS=width).out for width in ("140", "100"))
    days = [line[:10] for line in wide.splitlines() if line.startswith("2026-")]
    assert days == sorted(days) and len(days) == len(seqs(lived))
    for seen, width in ((wide, 140), (narrow, 100)):
        assert f"A study called {THREE}"[:19] in seen
        assert max(map(len, seen.splitlines())) <= width
        assert "Slow accrual" in " ".join(seen.split())
    assert "status.changed" in wide and "status.changed" not in narrow
    alone = lived.run("changes", THREE, "-o", "table").out
    assert "Title" not in alone, "there is no need to say it on every line"


def test_a_table_shows_the_latest_fifty(program: Program) -> None:
    assert program.registry is not None
    program.run("watch", ONE, TWO, THREE)
    for number in range(9):
        program.day()
        for record in program.registry.studies.values():
            update(record, program.clock.read_text()[:10], overallStatus=("COMPLETED", "RECRUITING")[number % 2])
        program.run("poll")
    found = program.run("changes").lines
    assert len(found) > 50
    run = program.run("changes", "-o", "table", COLUMNS="200")
    assert len([line for line in run.out.splitlines() if line.startswith("2026-")]) == 50
    assert "latest 50" in run.err and "first_seen" not in run.out
    whole = program.run("changes", "--new", "-o", "table", COLUMNS="200").out
    assert "trial.first_seen" in whole, "what is new is shown whole, or it would be lost"
