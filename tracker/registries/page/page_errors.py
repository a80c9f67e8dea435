"""Why a page is not read. Both are RecordErrors: the page is quarantined with its bytes, and the poll goes on."""

from __future__ import annotations

from tracker.errors import RecordError, Unreadable

__all__ = ["LayoutChanged", "PageRefused"]


class PageRefused(RecordError):
    """The page as a whole cannot be accepted: its charset, its size, its nesting."""

    kind = "page_refused"
    path = ""


class LayoutChanged(Unreadable):
    """The page has an unknown layout: the site was redesigned, or this is a different kind of page."""

    kind = "layout_changed"
