"""The garbage collector comes seldom while a command runs, and as usual in what runs for months."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from tests.support.program.program import ROOT
from tracker.processes.relaxed_gc import A_FEW_TIMES_A_PAGE, OFTEN_ENOUGH, USUAL, default_gc, poll_gc, relaxed_gc


def test_each_ends_with_its_block_however_it_ends() -> None:
    before = gc.get_threshold()
    with pytest.raises(KeyError), relaxed_gc():
        assert gc.get_threshold() == OFTEN_ENOUGH
        with default_gc():
            assert gc.get_threshold() == USUAL
            with poll_gc():
                assert gc.get_threshold() == A_FEW_TIMES_A_PAGE
            assert gc.get_threshold() == USUAL
        assert gc.get_threshold() == OFTEN_ENOUGH
        raise KeyError
    assert gc.get_threshold() == before


def test_what_a_command_imports_is_not_walked_over() -> None:
    script = (
        "import gc; seen = []; gc.callbacks.append(lambda phase, about: seen.append(phase))\n"
        "from tracker.cli import main; main(['version']); print(seen.count('stop'))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    assert int(run.stdout.split()[-1]) < 10, "thirty where the collector is as usual"


def test_a_command_is_seldom_collected_and_not_at_its_end() -> None:
    script = (
        "import gc; print(*gc.get_threshold()); from tracker.cli.main import app, main\n"
        "app.command('probe')(lambda: print(*gc.get_threshold()))\n"
        "main(['probe']); print(*gc.get_threshold()); print(gc.get_freeze_count() > 10_000)"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    usual, while_it_runs, after, frozen = run.stdout.splitlines()
    assert (while_it_runs, after, frozen) == (" ".join(map(str, OFTEN_ENOUGH)), usual, "True") != (usual, usual, "True")
