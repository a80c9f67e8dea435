"""`changes`: which of them, in what order, and what is new to whom."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.program.program import ROOT, Program, record, update
from tests.system.cli.conftest import ONE, THREE, TWO

FIRST_SEEN = "trial.first_seen"
NUMBERED = re.compile(r" *\d+  2026-")
"""The first line of a change in a table."""


def told(change: Mapping[str, Any]) -> bool:
    """Return whether a table shows a change when no severity is asked for."""
    return bool(change["severity"] != "admin")


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
        (["--since", "4 days ago"], {"2026-08-17"}),
        (["--since", "monday"], {"2026-08-17"}),
        (["--since", "yesterday"], set()),
        (["--since", "5 days", "--until", "2026-08-16"], {"2026-08-15"}),
        (["--since", "2026-08", "--until", "2026-08"], {"2026-01-15", "2026-08-15", "2026-08-17"}),
        (["--since", "1h"], set()),
    ],
)
def test_a_period_is_of_what_we_saw(lived: Program, words: list[str], effective: set[str]) -> None:
    """Three first looks happened on 14 August, though the records say January."""
    assert {row["effective"] for row in lived.run("changes", *words).lines} == effective


def test_until_the_printed_instant_of_a_change_has_that_change(program: Program) -> None:
    assert program.registry is not None
    program.run("watch", ONE, "--no-backfill")
    program.day()
    now = datetime.fromisoformat(program.clock.read_text()) + timedelta(microseconds=400_000)
    program.clock.write_text(now.isoformat())
    update(program.registry.studies[ONE], "2026-08-15", overallStatus="TERMINATED", whyStopped="Slow accrual")
    program.run("poll")
    [change] = program.run("changes", "--kind", "status.changed").lines
    at, before = change["observed_at"], (now - timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    for words in (("--since", at), ("--until", at), ("--since", at, "--until", at)):
        assert program.run("changes", "--kind", "status.changed", *words).lines == [change]
    assert program.run("changes", "--kind", "status.changed", "--until", before).lines == []


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
def test_a_hostile_filter_is_refused_and_harms_nothing(lived: Program, hostile: str) -> None:
    """Fault C17."""
    for option in ("--kind", "--tag"):
        run = lived.run("changes", option, hostile, expect=2)
        assert run.out == "" and len(run.err) < 200, run
    assert lived.json("verify") == {"faults": []}


def test_a_misspelled_kind_is_named_since_it_would_find_nothing_for_ever(lived: Program) -> None:
    said, _ = lived.error("changes", "--exit-code", "--kind", "result.*", code=2)
    assert said == "--kind names no kind of change: 'result.*'; did you mean results.*?\n"
    assert lived.run("changes", "--kind", "country.changed").err == ""


def test_a_user_without_a_name_is_known_by_number(lived: Program) -> None:
    """As in a container that is run under any number: there is neither an environment nor an entry for it."""
    reader = "from tracker.services.changes.account import account"
    unnamed = f"import getpass, os, pwd; {reader}; os.setuid(54321); print(account())"
    environment = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    if os.geteuid():
        pytest.skip("only the superuser can become somebody without a name")
    run = subprocess.run([sys.executable, "-c", unnamed], env=environment, capture_output=True, text=True, check=False)
    assert (run.stdout, run.returncode) == ("cli:54321\n", 0), run.stderr


def test_new_is_what_this_question_has_not_shown(lived: Program) -> None:
    every = seqs(lived)
    first_looks = seqs(lived, "--kind", FIRST_SEEN)
    news = [seq for seq in every if seq not in first_looks]
    results = lived.run("changes", "--new", "--kind", "results.*").lines
    assert [row["kind"] for row in results] == ["results.due_moved", "results.submitted"]
    assert lived.run("changes", "--new", "--kind", "results.*").out == ""
    assert seqs(lived, "--new", "--limit", "2") == news[:2], "the first of them: none is skipped"
    rest = lived.run("changes", "--new")
    left = [it["seq"] for it in lived.run("changes").lines if told(it) and it["seq"] in news[2:]]
    assert [it["seq"] for it in rest.lines] == left, "the filtered look before did not swallow the rest"
    assert (
        rest.err == f"3 administrative changes are not shown. To see them: trialwatch changes --after {news[1]} --all\n"
    )
    assert set(news[2:]) == set(left) | set(seqs(lived, "--after", str(news[1]), "--kind", "admin.*"))
    assert seqs(lived, "--new") == []
    assert seqs(lived, "--new", "--min-severity", "major") == [], "seen among all"
    assert seqs(lived) == every


@pytest.mark.fault("R-F6")
def test_new_does_not_begin_with_the_past_and_says_so(lived: Program) -> None:
    first = lived.run("changes", "--new", "--all")
    assert FIRST_SEEN not in [it["kind"] for it in first.lines] and first.lines
    assert "3 changes are not new: first looks, and the past that was fetched" in first.err
    assert len(seqs(lived, "--new", "--kind", FIRST_SEEN)) == 0, "they were answered for"
    assert len(seqs(lived, "--kind", FIRST_SEEN)) == 3


@pytest.mark.fault("R-F6")
def test_a_user_who_comes_later_begins_with_the_last_week(lived: Program) -> None:
    every = [it for it in lived.run("changes", "--all").lines if it["kind"] != FIRST_SEEN]
    lived.day(3)  # 15 August is more than a week ago, 17 August is not
    recent = [it["seq"] for it in every if it["observed_at"][:10] > "2026-08-15"]
    late = lived.run("changes", "--new", "--all")
    assert [it["seq"] for it in late.lines] == recent and len(recent) < len(every)
    older = len(every) - len(recent)
    assert f"{older} changes are older than 7 days, where your first --new begins" in late.err
    assert seqs(lived, "--new", "--all") == []


def test_follow_prints_what_comes_until_it_is_interrupted(program: Program) -> None:
    assert program.registry is not None
    program.run("watch", ONE)
    follower = program.start("changes", "--follow", "-o", "jsonl")
    try:
        assert follower.stderr is not None and follower.stdout is not None
        while b"Waiting for changes" not in follower.stderr.readline():
            pass
        program.day()
        update(program.registry.studies[ONE], "2026-08-15", overallStatus="TERMINATED", whyStopped="Slow accrual")
        program.run("poll")
        told_now = json.loads(follower.stdout.readline())
        assert (told_now["trial"], told_now["kind"]) == (ONE, "status.changed")
        follower.send_signal(signal.SIGINT)
        rest, _ = follower.communicate(timeout=60)
        assert follower.returncode == 130
        assert all(json.loads(line)["kind"] != FIRST_SEEN for line in rest.splitlines()), "the past is not followed"
    finally:
        follower.kill()


@pytest.mark.parametrize("since", [(), ("--since", "2026-08-15")])
def test_follow_prints_every_change_of_a_large_poll(program: Program, since: tuple[str, ...]) -> None:
    """Also in a table, which shows only the latest ones of a question that can be asked again."""
    assert program.registry is not None
    names = [f"NCT0700{number:04}" for number in range(60)]
    program.registry.studies |= {name: record(name) for name in names}
    program.run("watch", *names, "--no-backfill")
    program.run("poll")
    program.day()
    for name in names:
        update(program.registry.studies[name], "2026-08-15", overallStatus="TERMINATED", whyStopped="Slow accrual")
    if since:
        program.run("poll")
    follower = program.start("changes", "--follow", "--kind", "status.*", "-o", "table", *since)
    try:
        assert follower.stderr is not None and follower.stdout is not None
        while b"Waiting for changes" not in follower.stderr.readline():
            pass
        if not since:
            program.run("poll")
        shown = b""
        while names[-1].encode() not in shown:
            line = follower.stdout.readline()
            assert line, shown
            shown += line
        assert [name for name in names if name.encode() not in shown] == []
    finally:
        follower.kill()
        follower.communicate(timeout=60)


@pytest.mark.parametrize("words", [("--limit", "3"), ("--explain",), ("-o", "csv"), ("--exit-code",)])
def test_follow_refuses_what_has_an_end(lived: Program, words: tuple[str, ...]) -> None:
    assert "--follow" in lived.run("changes", "--follow", *words, expect=2).err


def test_exit_code_on_request(lived: Program) -> None:
    assert lived.run("changes", "--exit-code", expect=10).out
    assert lived.run("changes", "--exit-code", "--kind", "ops.*", expect=0).out == ""
    assert lived.run("changes", ONE, "NCT09999999", expect=3).err.startswith("Nothing is stored about NCT09999999")
    assert lived.run("changes", "--exit-code", ONE, "NCT09999999", expect=10).out


@pytest.mark.fault("R-F4")
def test_the_table_is_in_the_order_of_time_and_names_the_trials(lived: Program) -> None:
    wide, narrow = (lived.run("changes", "-o", "table", COLUMNS=width).out for width in ("140", "100"))
    days = [line.split()[1] for line in wide.splitlines() if NUMBERED.match(line)]
    assert days == sorted(days) and len(days) == len([it for it in lived.run("changes").lines if told(it)])
    for seen, width in ((wide, 140), (narrow, 100)):
        assert f"A study called {THREE}"[:19] in seen
        assert max(map(len, seen.splitlines())) <= width
        assert "Slow accrual" in " ".join(seen.split())
    assert "status.changed" in wide and "status.changed" not in narrow
    alone = lived.run("changes", THREE, "-o", "table").out
    assert "Title" not in alone, "there is no need to say it on every line"
    assert alone.startswith(f"{THREE} · A study called {THREE}\n")


def test_a_table_shows_the_latest_fifty(program: Program) -> None:
    assert program.registry is not None
    program.run("watch", ONE, TWO, THREE)
    for number in range(9):
        program.day()
        for found in program.registry.studies.values():
            update(found, program.clock.read_text()[:10], overallStatus=("COMPLETED", "RECRUITING")[number % 2])
        program.run("poll")
    found = program.run("changes").lines
    assert len(found) > 50
    run = program.run("changes", "--all", "-o", "table", COLUMNS="200")
    assert len([line for line in run.out.splitlines() if NUMBERED.match(line)]) == 50
    assert "latest 50" in run.err and "first_seen" not in run.out
    whole = program.run("changes", "--new", "--all", "--since", "2026-08-01", "-o", "table", COLUMNS="200").out
    shown = [line for line in whole.splitlines() if NUMBERED.match(line)]
    assert len(shown) == len(found) - 3, "what is new is shown whole, or it would be lost"


def test_a_table_leaves_out_administrative_changes_and_says_so(lived: Program) -> None:
    every = lived.run("changes").lines
    admin = [it["seq"] for it in every if not told(it)]
    assert len(admin) == 3, "a script gets all of them, as before"
    shown = lived.run("changes", "-o", "table", COLUMNS="140")
    assert "admin.changed" not in shown.out and "status.changed" in shown.out
    assert shown.err == "3 administrative changes are not shown. To see them: trialwatch changes --all\n"
    for words in (["--all"], ["--min-severity", "admin"], ["--kind", "admin.*"]):
        asked = lived.run("changes", *words, "-o", "table", COLUMNS="140")
        assert asked.out.count("admin.changed") == 3 and asked.err == "", words
    severe = lived.run("changes", "--min-severity", "major", "-o", "table")
    assert severe.err == "", "who asks for some severities knows that the others are not there"
    one = lived.run("changes", THREE, "-o", "table")
    assert one.err == "1 administrative change is not shown. To see it: trialwatch changes --all\n"
    assert "give one of them" in lived.error("changes", "--all", "--min-severity", "major", code=2)[0]


def test_the_number_in_the_table_is_the_one_for_evidence(lived: Program, tmp_path: Path) -> None:
    table = lived.run("changes", THREE, "--kind", "status.changed", "-o", "table").out
    [line] = [line for line in table.splitlines() if NUMBERED.match(line)]
    found = lived.json("evidence", line.split()[0], "--to", tmp_path / "change.zip")["evidence"]
    assert (found["trial"], found["kind"]) == (THREE, "status.changed")
    explained = lived.run("changes", THREE, "--kind", "status.changed", "--explain", "-o", "table").out
    assert f"No. {line.split()[0]}  2026-08-17  {THREE}" in explained
