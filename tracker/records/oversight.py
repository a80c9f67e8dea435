"""What stands beside a trial in its record: notices of an authority, and access outside the trial. Pure."""

from __future__ import annotations

import msgspec

__all__ = ["ExpandedAccess", "FdaNotice"]


class FdaNotice(msgspec.Struct, frozen=True):
    """A notice of the FDA about results that are due, such as PENALTY_IMPOSED. Dates are texts, as given."""

    type: str | None = None
    description: str | None = None
    created: str | None = None
    issued: str | None = None
    released: str | None = None
    posted: str | None = None


class ExpandedAccess(msgspec.Struct, frozen=True):
    """Whether the drug can be had outside the trial. `available` is true or None: the registry writes false at whim.

    `status` is that of the record which offers it (see `related`). `named_by`: of such a record, how many trials name
    it.
    """

    available: bool | None = None
    status: str | None = None
    named_by: int | None = None
