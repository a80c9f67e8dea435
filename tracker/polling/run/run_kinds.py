"""Why a poll refuses a document, and why it reports nothing: code compares the kind, people read the sentence."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Quiet", "RefusalKind"]


class RefusalKind(StrEnum):
    """Why a document is quarantined. Stored with it.

    `OLDER` and `SHRUNK` are doubts. If newer data give the same answer again, it is believed.
    """

    UNDECODABLE = "undecodable"
    UNREADABLE = "unreadable"
    FAULT = "fault"
    OLDER = "older"
    SHRUNK = "shrunk"


class Quiet(StrEnum):
    """Why a decision on a document reported nothing."""

    SAME_DOCUMENT = "same_document"
    NOISE_ONLY = "noise_only"
    PAST_SAYS_IT = "past_says_it"
    NEWER_READ = "newer_read"
    OLDER = "older_unconfirmed"
    SHRUNK = "shrunk_unconfirmed"

    @property
    def sentence(self) -> str:
        return _SENTENCES[self]


_SENTENCES = {
    Quiet.SAME_DOCUMENT: "the document is the one of the version we hold",
    Quiet.NOISE_ONLY: "only what is no content differs from the version we hold",
    Quiet.PAST_SAYS_IT: "the first poll says what the imported or fetched past said already",
    Quiet.NEWER_READ: "a version of newer data was read already",
    Quiet.OLDER: "it is older than the version we hold; it is believed when newer data say the same",
    Quiet.SHRUNK: "it looks like a damaged copy; it is believed when newer data say the same",
}
