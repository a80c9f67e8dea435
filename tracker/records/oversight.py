"""What a record says beside the trial itself: notices of an authority, and access outside the trial. Pure."""

from __future__ import annotations

import msgspec

__all__ = ["ExpandedAccess", "FdaNotice"]


class FdaNotice(msgspec.Struct, frozen=True):
    """A notice of the FDA about results that are due, such as PENALTY_IMPOSED. Dates are texts as given."""

    type: str | None = None
    description: str | None = None
    created: str | None = None
    issued: str | None = None
    released: str | None = None
    posted: str | None = None


class ExpandedAccess(msgspec.Struct, frozen=True):
    """Access to the drug outside the trial."""

    #: True or None. False is read as None: the registry writes it inconsistently.
    available: bool | None = None
    #: Status of the record that offers the access (see `TrialRecord.related`).
    status: str | None = None
    #: For a record that offers access: the number of trials that name it.
    named_by: int | None = None
