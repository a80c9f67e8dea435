"""When a version took effect: the first day on which the public record said it. Pure."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Dated", "date_of", "date_of_past"]


class Dated(NamedTuple):
    """`effective` is an ISO day. `basis` is its origin: ``posted``, ``submitted`` or ``data``."""

    effective: str
    basis: str


def date_of(*, posted: str, data_day: str, before_posted: str | None, not_before: str = "") -> Dated:
    """Return the effective day of a version that was polled or imported.

    This is its own post date if that is later than the one of the version before (`before_posted`), or if there is no
    earlier version. Otherwise it is the day of its data set: the registry changes records without a new post date,
    above all the rounds of results. A post date later than its data set (9999-12-31) is a typing error and ignored. The
    day is never before `not_before`, the effective day of the version it replaces.
    """
    believed = posted and (not data_day or posted <= data_day)
    if believed and (before_posted is None or posted > before_posted):
        dated = Dated(posted, "posted")
    else:
        dated = Dated(data_day or posted, "data")
    return dated if dated.effective >= not_before else Dated(not_before, "data")


def date_of_past(*, posted: str, submitted: str, held_on: str) -> Dated:
    """Return the effective day of a version from the registry's own history.

    This is its post date. A post date before its submission, or after the day we hold it (`held_on`), is a typing
    error. Then it is the day of submission.
    """
    return Dated(posted, "posted") if posted and submitted <= posted <= held_on else Dated(submitted, "submitted")
