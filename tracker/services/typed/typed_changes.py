"""Which changes are wanted, as a program asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.values.change_filter import ChangeFilter
from tracker.errors import UsageError
from tracker.services.moments import period_of
from tracker.services.spelling import as_parameter
from tracker.services.typed.change_filters import severities_from, wanted_kinds
from tracker.services.typed.trial_ids import trial_ids

__all__ = ["TypedChanges"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedChanges:
    """A question about changes after a cursor, in the words of a program that asks. None: not asked for."""

    trials: Sequence[str] | None = None
    kinds: Sequence[str] | None = None
    min_severity: str | None = None
    severities: Sequence[str] | None = None
    tag: str | None = None
    since: str | None = None
    until: str | None = None
    #: Only changes after this seq. None: from the first one.
    after: int | None = None
    limit: int

    def filter(self, now: datetime) -> ChangeFilter:
        """Return the question as the store understands it. Raise UsageError."""
        since, until = period_of(self.since, self.until, now, as_parameter)
        return ChangeFilter(
            trials=tuple(trial_ids(self.trials)) if self.trials else None,
            kinds=wanted_kinds(self.kinds, as_parameter),
            severities=self._severities(),
            since_day=since.day,
            since_instant=since.instant,
            until_day=until.day,
            until_instant=until.instant,
            tag=self.tag,
            after_seq=self.after or 0,
            limit=self.limit,
        )

    def _severities(self) -> tuple[str, ...] | None:
        if self.severities is None:
            return severities_from(self.min_severity or "admin", as_parameter)
        if self.min_severity is not None:
            raise UsageError(
                "min_severity and severity name two different things; give one of them", subject="severity"
            )
        return tuple(self.severities)
