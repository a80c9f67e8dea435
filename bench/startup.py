"""How long a command takes to start, beside a Python that does nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from bench.table import Line, spread

__all__ = ["run"]

ROUNDS = 21
GOALS = {"--help": 6, "list": 8, "changes": 8}


def run() -> list[Line]:
    script = Path(sys.executable).with_name("trialwatch")
    program = [str(script)] if script.exists() else [sys.executable, "-m", "tracker"]
    commands = {"": [sys.executable, "-c", "pass"], **{word: [*program, word] for word in GOALS}}
    taken: dict[str, list[float]] = {word: [] for word in commands}
    with TemporaryDirectory() as home:
        for turn in range(ROUNDS + 1):
            for word, command in commands.items():
                seconds = _timed(command, home)
                if turn:  # the first makes the store and compiles what is not compiled yet
                    taken[word].append(seconds * 1000)
    bare = taken.pop("")
    return [
        Line("start of `python -c pass`", f"{spread(bare, '.0f')} ms", "1"),
        *(_line(word, bare, ours) for word, ours in taken.items()),
    ]


def _line(word: str, bare: list[float], ours: list[float]) -> Line:
    ratio, goal = median(ours) / median(bare), GOALS[word]
    return Line(
        f"start of `trialwatch {word}`", f"{spread(ours, '.0f')} ms", f"{ratio:.1f}", f"<= {goal}", ratio <= goal
    )


def _timed(command: list[str], home: str) -> float:
    environment = {**os.environ, "TRIALWATCH_HOME": home}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    started = perf_counter()
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return perf_counter() - started
