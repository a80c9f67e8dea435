"""What the pages of a site always show, as data; and whether this page is one of them. Pure.

A page that was redesigned has other labels, or none: read on, it would say that everything was removed. So a page is
read only when it is laid out as its site's pages are: every required mark is there, and most of the usual ones. The
marks that are there, hashed, are the fingerprint of its layout: the same on every page of one design, another on the
next; it stands in the reason, so that many pages refused for one redesign are seen to be one thing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from tracker.registries.page.page_errors import LayoutChanged

__all__ = ["Layout"]

_NAMED = 3


@dataclass(frozen=True, slots=True)
class Layout:
    """`required`: marks (labels, headings, shapes) without which no page is read; `usual`: at least the share `least`
    of these must be there.
    """

    site: str
    required: frozenset[str]
    usual: frozenset[str] = frozenset()
    least: float = 0.75

    def fingerprint(self, marks: Collection[str]) -> str:
        """Eight hex digits of which of our marks are there."""
        there = sorted((self.required | self.usual) & set(marks))
        return hashlib.sha256("\n".join(there).encode()).hexdigest()[:8]

    def check(self, marks: Collection[str], subject: str = "") -> None:
        """Raises LayoutChanged when a page with these marks is not one of this site's, as we know it."""
        there = set(marks)
        missing = sorted(self.required - there)
        absent = sorted(self.usual - there)
        if not missing and len(absent) <= (1 - self.least) * len(self.usual):
            return
        lost = missing or absent
        more = f" and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
        raise LayoutChanged(
            "page",
            f"the layout of {self.site}",
            f"layout {self.fingerprint(there)}, without {', '.join(map(repr, lost[:_NAMED]))}{more}",
            subject=subject,
        )
