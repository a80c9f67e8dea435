"""Whatever one record holds, it harms that record alone: the one net around reading, hashing and comparing.

Deciding is pure, so what it raises without a name of ours is a fault of our own code, met on one record. Everybody who
handles many records puts each of them under `one_record`, and treats what comes out of it as any other record that
cannot be read: it is kept aside, or named and left out, and the others go on.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.errors import StorageError
from tracker.errors import ReaderFault, TrialwatchError

__all__ = ["one_record", "where"]

_NOT_THE_RECORDS = (TrialwatchError, StorageError, OSError, MemoryError)
"""What has a name of ours already; the store; the machine. A machine out of memory says nothing about a record."""
_FRAMES = 3


@contextmanager
def one_record(doing: str, trial: str = "") -> Iterator[None]:
    """Do something with one record. `doing`: what, as in "ValueError in `doing`"; `trial`: whose record, if known.

    Raises ReaderFault for every Exception, RecursionError included, that is neither ours, nor the store's, nor the
    machine's; those pass as they are. KeyboardInterrupt and SystemExit are no Exceptions and pass too.
    """
    try:
        yield
    except _NOT_THE_RECORDS:
        raise
    except Exception as error:
        raise ReaderFault(_sentence(error, doing), subject=trial) from error


def _sentence(error: Exception, doing: str) -> str:
    """The same for the same fault every day: it says nothing of the record's text, nor of line numbers."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].name} of {Path(frames[-1].filename).name}" if frames else "an unknown place"
    return (
        f"{type(error).__name__} in {doing} ({place}): this is a fault of Trialwatch's reading, not of the trial. "
        "The record is kept aside; please report this line"
    )


def where(fault: ReaderFault) -> str:
    """What a log says of a fault, once: the error's own words and where in the program it came up."""
    cause = fault.__cause__
    if cause is None:
        return fault.message
    frames = traceback.extract_tb(cause.__traceback__)[-_FRAMES:]
    places = ", ".join(f"{frame.name} ({Path(frame.filename).name}:{frame.lineno})" for frame in frames)
    return f"{type(cause).__name__}: {str(cause)[:200]}; at {places}"
