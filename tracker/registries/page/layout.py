"""The fixed parts of a site's pages, as data, and the check that a page is one of them. Pure.

After a redesign a page has other labels, or none. Read as before, it would seem that everything was removed. So a page
is read only if it has its site's layout: all required marks, and most of the usual ones. The hash of the marks on a
page is the fingerprint of its layout. It is the same for all pages of one design, and another one for the next. The
reason contains it, so that many pages refused for one redesign are recognized as one case.
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
    """The marks (labels, headings, shapes) of a site's pages."""

    site: str
    #: Marks that a page must have.
    required: frozenset[str]
    #: Marks that most pages have.
    usual: frozenset[str] = frozenset()
    #: The least share of the usual marks that a page must have.
    least: float = 0.75

    def fingerprint(self, marks: Collection[str]) -> str:
        """Return eight hex digits of the known marks that are present."""
        there = sorted((self.required | self.usual) & set(marks))
        return hashlib.sha256("\n".join(there).encode()).hexdigest()[:8]

    def check(self, marks: Collection[str], subject: str = "") -> None:
        """Raise LayoutChanged if a page with these marks does not have the known layout of this site."""
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
