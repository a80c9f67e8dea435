"""What a trial reported, and what of it had been registered."""

from __future__ import annotations

from typing import Annotated

from tracker.api.base import Shape, described
from tracker.records.reported import Reported

__all__ = ["ReportedResults"]


class ReportedResults(Shape, frozen=True):
    """`results ID --reported`: everything that one version reports as results."""

    trial: str
    version: Annotated[int, described("The version that reports it.")]
    reported: Annotated[Reported, described("Values are texts as posted, each with its number where it is one.")]
