"""What two trials share, in a few words. Pure."""

from __future__ import annotations

from tracker.api.similar import SharedReason
from tracker.changes.wording.code_words import code_words

__all__ = ["reason_words"]

_SAME = {
    "condition": "same condition",
    "mesh": "same heading",
    "sponsor": "same sponsor",
    "intervention": "same intervention",
}


def reason_words(reason: SharedReason) -> str:
    """Return a reason for people: `same condition: hepatocellular carcinoma`, or the word both records say."""
    value = code_words(reason.value, "phases" if reason.kind == "phase" else reason.kind)
    return f"{_SAME[reason.kind]}: {value}" if reason.kind in _SAME else value
