"""The garbage collector, told what a command and a poll are like."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["default_gc", "relaxed_gc", "skip_final_gc"]

OFTEN_ENOUGH = (50_000, 20, 20)
USUAL = gc.get_threshold()


@contextmanager
def relaxed_gc() -> Iterator[None]:
    """Let the collector come less often while the block runs.

    One decoded page is some 40,000 objects, none of them in a cycle, and so is what a command imports. At the usual
    700 the collector walks over every object of the process several times a page and finds nothing; that was a third
    of an unchanged poll, and is a tenth of a start.
    """
    with _collected(OFTEN_ENOUGH):
        yield


@contextmanager
def default_gc() -> Iterator[None]:
    """As Python does by itself, for what runs for months: inside `relaxed_gc`, its undoing."""
    with _collected(USUAL):
        yield


def skip_final_gc() -> None:
    """Let this process end without a last walk over all it holds, a sixth of a command: its memory goes with it.

    What is held now is never collected any more, so this is for the end alone.
    """
    gc.freeze()


@contextmanager
def _collected(thresholds: tuple[int, int, int]) -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(*thresholds)
    try:
        yield
    finally:
        gc.set_threshold(*before)
