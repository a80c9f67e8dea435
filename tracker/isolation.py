"""A bad record harms only itself: the one safety net around reading, hashing and comparing.

Deciding is pure, so an error outside our tree is a fault in our own code, met on one record. Code that handles many
records puts each of them under `one_record`, and treats the result like any record that cannot be read. The record is
quarantined, or named and left out, and the others go on.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from storage.errors import StorageError
from tracker.errors import ReaderFault, TrialwatchError

__all__ = ["one_record", "where", "without_frames"]

Caught = TypeVar("Caught", bound=Exception)

_NOT_THE_RECORDS = (TrialwatchError, StorageError, OSError, MemoryError)
"""Errors of our own, of the store, and of the machine. A machine out of memory says nothing about a record."""
_FRAMES = 3


@contextmanager
def one_record(doing: str, trial: str = "") -> Iterator[None]:
    """Do something with one record.

    `doing` says what, as in "ValueError in `doing`". `trial` says whose record, if known. Raise ReaderFault for every
    Exception, RecursionError included, that is not ours, the store's or the machine's. Those pass unchanged.
    KeyboardInterrupt and SystemExit are not Exceptions and pass too.
    """
    try:
        yield
    except _NOT_THE_RECORDS:
        raise
    except Exception as error:
        raise ReaderFault(_sentence(error, doing), subject=trial) from error


def _sentence(error: Exception, doing: str) -> str:
    """Return the same sentence for the same fault every day: no text of the record, and no line numbers."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].name} of {Path(frames[-1].filename).name}" if frames else "an unknown place"
    return (
        f"{type(error).__name__} in {doing} ({place}): this is a fault of Trialwatch's reading, not of the trial. "
        "The record is kept aside; please report this line"
    )


def where(fault: ReaderFault) -> str:
    """Return what a log says about a fault, once: the error's own words and where in the program it occurred."""
    cause = fault.__cause__
    if cause is None:
        return fault.message
    frames = traceback.extract_tb(cause.__traceback__)[-_FRAMES:]
    places = ", ".join(f"{frame.name} ({Path(frame.filename).name}:{frame.lineno})" for frame in frames)
    return f"{type(cause).__name__}: {str(cause)[:200]}; at {places}"


def without_frames(error: Caught) -> Caught:
    """Return an error that is kept, without its traceback and those of its causes.

    The frames hold the document that was read. A list of many such errors would hold as many documents.
    """
    link: BaseException | None = error
    while link is not None:
        link.__traceback__ = None
        link = link.__cause__ or link.__context__
    return error
