"""What the list of watched trials is sorted by."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["SortBy"]


class SortBy(StrEnum):
    TRIAL = "trial"
    STATUS = "status"
    TITLE = "title"
    CHECKED = "checked"
    OVERDUE = "overdue"
    SLIP = "slip"
    CHANGED = "changed"

    @property
    def needs_versions(self) -> bool:
        """Whether only the versions of each trial show it. The largest value comes first then."""
        return self in (SortBy.OVERDUE, SortBy.SLIP, SortBy.CHANGED)
