"""Which changes are wanted, as people type it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.values.change_filter import ChangeFilter
from storage.values.severity import RANKS, Severity, at_least
from tracker.changes.kinds import odd_kind
from tracker.errors import UsageError
from tracker.services.moments import period_of
from tracker.services.spelling import Spelling, as_option, as_parameter
from tracker.services.typed.choices import check_choice
from tracker.services.typed.trial_ids import trial_ids

__all__ = ["TypedChanges", "severities_from", "wanted_kinds"]


def wanted_kinds(kinds: Sequence[str] | None, spelling: Spelling = as_option) -> tuple[str, ...] | None:
    """Return the requested kinds. Raise UsageError for one that no change can have: it would never find anything."""
    for kind in kinds or ():
        if wrong := odd_kind(kind):
            raise UsageError(f"{spelling('kind')} {wrong}", subject=kind[:40])
    return tuple(kinds) if kinds else None


def severities_from(least: str, spelling: Spelling = as_option) -> tuple[str, ...] | None:
    """Return the severities of at least `least`, None for all. Raise UsageError for a word that is none."""
    check_choice(spelling("min_severity"), least, list(RANKS))
    return None if least == Severity.ADMIN else at_least(least)


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
