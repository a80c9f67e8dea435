"""Whole processes, timed from start to end, in turn, so that a slow minute slows all of them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from time import perf_counter
from typing import NamedTuple

__all__ = ["BARE", "Taken", "command", "in_turn"]


class Taken(NamedTuple):
    """Seconds of each round of one command: as a person waits, and of work, which a busy machine lengthens less."""

    waited: list[float]
    worked: list[float]
    #: What it said on its standard error.
    said: list[bytes]


BARE = (sys.executable, "-c", "pass")
"""A Python that does nothing: the floor of every command."""


def command(*words: str) -> tuple[str, ...]:
    """A command of ours, as a process."""
    return (sys.executable, "-m", "tracker", *words)


def in_turn(
    commands: Mapping[str, Sequence[str]],
    rounds: int,
    *,
    home: Path | None = None,
    folder: Path | None = None,
    warm: bool = True,
) -> dict[str, Taken]:
    """What each command took, by its key. `home`: the store; `folder`: where it runs.

    `warm`: a first round counts nowhere. It writes the bytecode an installed program has, and warms the machine's
    cache.
    """
    environment = {**os.environ, **({"TRIALWATCH_HOME": str(home)} if home else {})}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    taken = {key: Taken([], [], []) for key in commands}
    for turn in range(not warm, rounds + 1):
        for key, words in commands.items():
            before = _work()
            begun = perf_counter()
            run = subprocess.run(words, env=environment, cwd=folder, capture_output=True, check=True)
            took = perf_counter() - begun
            if turn:
                taken[key].waited.append(took)
                taken[key].worked.append(_work() - before)
                taken[key].said.append(run.stderr)
    return taken


def _work() -> float:
    """Seconds of processor time of all processes we have waited for."""
    usage = getrusage(RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
