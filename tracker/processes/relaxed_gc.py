"""Settings of the garbage collector that suit a command and a poll."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["default_gc", "imports_kept", "poll_gc", "relaxed_gc", "skip_final_gc"]

OFTEN_ENOUGH = (50_000, 20, 20)
A_FEW_TIMES_A_PAGE = (10_000, 20, 20)
USUAL = gc.get_threshold()


@contextmanager
def relaxed_gc() -> Iterator[None]:
    """Run the garbage collector less often inside the block.

    The modules a command imports are some 100,000 objects, none of them in a cycle. With the default threshold of 700,
    the collector walks over them many times and finds nothing. That takes a tenth of a start.
    """
    with _collected(OFTEN_ENOUGH):
        yield


@contextmanager
def poll_gc() -> Iterator[None]:
    """Run the garbage collector a few times for each page of decoded records inside the block.

    A page is about 40,000 objects, none of them in a cycle: with the default threshold, looking at them took a third of
    a poll. But each page leaves some hundred objects of its sessions in cycles. With a larger threshold, those of
    hundreds of unchanged pages would take ten megabytes.
    """
    with _collected(A_FEW_TIMES_A_PAGE):
        yield


@contextmanager
def imports_kept() -> Iterator[None]:
    """Import modules inside the block, without a collection. They stay until the process ends, so none looks at them.

    At the end of `relaxed_gc` the collector is due, and walks over all that was imported: a tenth of a short command.
    """
    with relaxed_gc():
        yield
        gc.freeze()


@contextmanager
def default_gc() -> Iterator[None]:
    """Restore Python's defaults inside `relaxed_gc`, for code that runs for months."""
    with _collected(USUAL):
        yield


def skip_final_gc() -> None:
    """Skip the final collection when the process ends, which takes a sixth of a command. The memory is freed anyway.

    Objects that exist now are never collected after this call, so use it only at the very end, inside `relaxed_gc`:
    its end would collect them.
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
