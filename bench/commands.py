"""Commands that answer about every trial of a large store, with the memory they take, beside the least that does so."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from math import inf, isfinite
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

from bench.listed import build
from bench.lives import NOW, ROUNDS
from bench.peak import MARK
from bench.processes import Taken, in_turn
from bench.table import Line, spread
from storage.engine.database import Database
from tracker.services.results.kept.keep_standings import refresh

__all__ = ["TEXT", "run"]

MANY, OWED, NAMED = 100_000, 60_000, 60_000
TURNS = 5
TEXT = f"""
What answers about every trial, in whole processes from start to end, their output into a pipe. The stores hold every
row of so many trials, all of them watched, with eight versions and eight changes each, and no records. `changes` gives
the {MANY:,} of the last round. The floor reads the same rows of `list` with Python's sqlite3 and prints them with its
json. `import` reads a file of {NAMED:,} ids into an empty store. The memory is the peak of the process.
"""
_FLOOR = """
import json, sqlite3, sys
rows = sqlite3.connect(sys.argv[1]).execute(
    "SELECT t.trial, t.registry_name, t.status, t.enrollment_count, t.results, t.title, t.current_version, t.versions,"
    " t.last_checked_at, t.next_look_at FROM trial t JOIN watch w ON w.trial = t.trial WHERE w.active ORDER BY 1")
names = [it[0] for it in rows.description]
sys.stdout.writelines(json.dumps(dict(zip(names, row))) + "\\n" for row in rows)
"""


class _Goal(NamedTuple):
    seconds: float
    megabytes: float = inf

    def __str__(self) -> str:
        return f"<= {self.seconds:g} s" + (f", {self.megabytes} MB" if isfinite(self.megabytes) else "")


def run() -> list[Line]:
    with TemporaryDirectory(prefix="trialwatch-bench-") as name:
        folder = Path(name)
        many, owed = _home(folder, MANY), _home(folder, OWED)
        ids = folder / "ids.txt"
        ids.write_text("".join(f"NCT{number:08d}\n" for number in range(1, NAMED + 1)))
        last = (NOW - timedelta(days=91)).date().isoformat()
        goals = {"list": _Goal(1, 60), f"changes --since {last}": _Goal(1, 60)}
        least = {"": (sys.executable, "-c", _FLOOR, str(many / "trialwatch.db"))}
        taken = in_turn(least | {words: _asked(words) for words in goals}, TURNS, home=many)
        floor = taken.pop("")
        lines = [Line(f"{MANY:,} x {ROUNDS}: the rows of `list`, by sqlite3 and json", _seconds(floor), "1")]
        for words, took in taken.items():
            ratio = f"{median(took.waited) / median(floor.waited):.1f}"
            lines.append(_line(f"{MANY:,} x {ROUNDS}: `trialwatch {words}`", took, ratio, goals[words]))
        [results] = in_turn({"": _asked("results")}, TURNS, home=owed).values()
        lines.append(_line(f"{OWED:,} x {ROUNDS}: `trialwatch results`", results, "", _Goal(3, 100)))
        return [*lines, _line(f"`trialwatch import` of {NAMED:,} ids", _imported(folder, ids), "", _Goal(3))]


def _home(folder: Path, count: int) -> Path:
    home = folder / f"home-{count}"
    home.mkdir()
    build(home / "trialwatch.db", count)
    with closing(Database.open(home / "trialwatch.db", NOW)) as database:
        refresh(database)
        database.fold_log()
    return home


def _asked(words: str) -> Sequence[str]:
    return (sys.executable, "-m", "bench.peak", *words.split())


def _imported(folder: Path, ids: Path) -> Taken:
    """Each time into a store of its own."""
    taken = Taken([], [], [])
    for turn in range(TURNS):
        [once] = in_turn({"": _asked(f"import {ids}")}, 1, home=folder / f"empty-{turn}", warm=False).values()
        taken.waited.extend(once.waited)
        taken.said.extend(once.said)
    return taken


def _line(what: str, taken: Taken, ratio: str, goal: _Goal) -> Line:
    peak = max(int(found[1]) for found in map(MARK.search, taken.said) if found)
    reached = median(taken.waited) <= goal.seconds and peak <= goal.megabytes
    return Line(what, f"{_seconds(taken)}, {peak} MB", ratio, str(goal), reached)


def _seconds(taken: Taken) -> str:
    return f"{spread(taken.waited, '.2f')} s"
