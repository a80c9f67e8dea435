"""The pager's block: what is said meanwhile comes after it, and an error loses nothing."""

from __future__ import annotations

import os
import pty
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tracker.cli.render.output import note
from tracker.cli.render.pager import is_paging, paged

ROWS = "row\n" * 9


@contextmanager
def terminal(folder: Path) -> Iterator[Path]:
    """Yield a file with what the pager got, and stderr, in the order in which they came. Stdout is a terminal."""
    seen = folder / "seen"
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as screen, seen.open("a", buffering=1) as talk, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", screen)
        patch.setattr(sys, "stderr", talk)
        for name, value in (("TERM", "xterm"), ("LINES", "5"), ("TRIALWATCH_PAGER", f"tee -a '{seen}'")):
            patch.setenv(name, value)
        yield seen
    os.close(ours)


def test_a_note_of_the_table_comes_after_the_pager(tmp_path: Path) -> None:
    with terminal(tmp_path) as seen:
        with paged():
            assert is_paging()
            note("These are the latest.")
            with paged():
                sys.stdout.write(ROWS)
        assert not is_paging()
    assert seen.read_text() == f"{ROWS}These are the latest.\n"


def test_an_error_in_the_middle_is_raised_after_what_was_printed(tmp_path: Path) -> None:
    with terminal(tmp_path) as seen:
        with pytest.raises(ValueError, match="broken"), paged():
            sys.stdout.write(ROWS)
            raise ValueError("broken")
        assert not is_paging()
    assert seen.read_text() == ROWS
