"""Why a page is not read. Both are RecordErrors: the page is quarantined with its bytes, and the poll goes on."""

from __future__ import annotations

from tracker.errors import RecordError, Unreadable

__all__ = ["LayoutChanged", "PageRefused"]


class PageRefused(RecordError):
    """The page as a whole cannot be taken: its charset, its size, its nesting."""

    kind = "page_refused"
    path = ""


class LayoutChanged(Unreadable):
    """The page is not laid out as it ever was: the site was redesigned, or this is another page altogether."""

    kind = "layout_changed"
