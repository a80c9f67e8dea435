"""The garbage collector, told what a poll is like."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["seldom_collected"]

OFTEN_ENOUGH = (50_000, 20, 20)


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Let the collector come less often while the block runs.

    One decoded page is some 40,000 objects, none of them in a cycle. At the usual 700 the collector walks over every
    object of the process several times a page and finds nothing; that was a third of an unchanged poll.
    """
    before = gc.get_threshold()
    gc.set_threshold(*OFTEN_ENOUGH)
    try:
        yield
    finally:
        gc.set_threshold(*before)
