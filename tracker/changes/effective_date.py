"""When a version took effect: the first day the public record said this. Pure."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Dated", "date_of"]


class Dated(NamedTuple):
    """`effective`: ISO day. `basis`: what it was read from (posted, submitted or data)."""

    effective: str
    basis: str


def date_of(*, posted: str, data_day: str, before_posted: str | None, not_before: str = "") -> Dated:
    """The day of a version that was polled or imported.

    Its own post date if that moved on against the version before it in time, or if there is none (`before_posted`
    None); else the day of the data set it came with: the registry changes records, results rounds above all, without
    posting a new version. A post date later than the data that holds it is a slip of the pen (9999-12-31), and not
    believed. A new truth never takes effect before the one it replaces (`not_before`).
    """
    believed = posted and (not data_day or posted <= data_day)
    if believed and (before_posted is None or posted > before_posted):
        dated = Dated(posted, "posted")
    else:
        dated = Dated(data_day or posted, "data")
    return dated if dated.effective >= not_before else Dated(not_before, "data")
