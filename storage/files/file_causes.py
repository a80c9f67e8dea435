"""Why the operating system refused something with a file or a folder, in words, and what to do about it."""

from __future__ import annotations

import errno
from typing import NamedTuple

__all__ = ["FileCause", "file_cause"]


class FileCause(NamedTuple):
    """`why` is a clause about "it", the file or folder. `step` is the next step, a clause that is an order."""

    why: str
    step: str


_OTHER_PLACE = "name another place"
_RIGHT = FileCause("this user has no right to it", f"give this user the right to it, or {_OTHER_PLACE}")
_KNOWN = {
    errno.ENOENT: FileCause("it does not exist", "check how its path is written"),
    errno.EACCES: _RIGHT,
    errno.EPERM: _RIGHT,
    errno.EISDIR: FileCause("it is a folder, not a file", "name a file"),
    errno.ENOTDIR: FileCause("a part of its path is a file, not a folder", "name a folder"),
    errno.EEXIST: FileCause("something else has that name", _OTHER_PLACE),
    errno.ENOSPC: FileCause("its disk is full", "make room on that disk"),
    errno.EDQUOT: FileCause("this user's share of the disk is used up", "make room there"),
    errno.EFBIG: FileCause("it would be larger than a file may be there", _OTHER_PLACE),
    errno.EROFS: FileCause("its disk cannot be written to", _OTHER_PLACE),
    errno.EIO: FileCause("its disk does not answer", "check that disk"),
    errno.ESTALE: FileCause("its disk, which is on a server, was taken away", "check that the disk is connected"),
    errno.ENODEV: FileCause("its disk is not there", "check that the disk is connected"),
    errno.ENXIO: FileCause("its disk is not there", "check that the disk is connected"),
    errno.ENAMETOOLONG: FileCause("its name is too long", "give a shorter name"),
    errno.ELOOP: FileCause("its links lead in a circle", "put the links right"),
    errno.EMFILE: FileCause("this process has too many files open", "raise the limit (ulimit -n)"),
    errno.ENFILE: FileCause("this machine has too many files open", "close other programs"),
    errno.EBUSY: FileCause("another program uses it", "close that program"),
    errno.ETXTBSY: FileCause("another program uses it", "close that program"),
    errno.EXDEV: FileCause("it is on another disk", "name a place on the same disk"),
    errno.ENOTEMPTY: FileCause("the folder is not empty", "name another folder"),
    errno.EPIPE: FileCause("what reads it has stopped", "check the program behind the pipe"),
    errno.ENOMEM: FileCause("this machine has no memory left", "close other programs"),
}


def file_cause(error: OSError) -> FileCause:
    """Return why the system refused, and what to do. A code that is rare keeps the system's own words."""
    if error.errno == errno.EINVAL and error.strerror and error.strerror.startswith("it "):
        return FileCause(error.strerror, _OTHER_PLACE)  # one of our own
    known = _KNOWN.get(error.errno or 0)
    if known is not None:
        return known
    own = (error.strerror or "").strip().rstrip(".")
    return FileCause(f"the system refuses it ({own.lower()})" if own else "the system refuses it", "put that right")
