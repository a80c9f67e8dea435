"""Recognize a record by its bytes as they arrive, before they are decoded. Pure.

From one day to the next, the registry's record of most trials differs only in the day of its data set: ten characters.
The wire hash covers all its other bytes. If it is that of an answer we have read before, then these bytes were decoded
and checked then, and the trial's document has not changed. If it differs, this proves nothing (the registry may have
put the keys in another order), so the record is read and compared in full.
"""

from __future__ import annotations

import hashlib
import re

__all__ = ["may_be_kept", "wire_hash"]

_HOLDER, _ALIASES = b'"versionHolder"', b'"nctIdAliases"'
"""Inside of a text, their quotation marks would be escaped."""
_DAY = re.compile(rb':"\d{4}-\d{2}-\d{2}"')


def wire_hash(record: memoryview) -> str:
    """Return SHA-256 hex of a record's bytes without the day that `versionHolder` names last. "" if it names none."""
    body = bytes(record)
    holder = body.rfind(_HOLDER)
    day = _DAY.match(body, holder + len(_HOLDER)) if holder >= 0 else None
    if day is None:
        return ""
    found = hashlib.sha256(record[: day.start()])
    found.update(record[day.end() :])
    return found.hexdigest()


def may_be_kept(record: bytes | memoryview) -> bool:
    """Return whether the wire hash of a record that was decoded may stand for its bytes from now on.

    It may not if the record names a second day, or if it lists obsolete numbers: a poll has to see them each time,
    because it may be asking for one of them for the first time. What has the same wire hash later has neither.
    """
    body = bytes(record)
    return body.count(_HOLDER) == 1 and _ALIASES not in body
