"""Which kinds and severities of changes are wanted, as people type it."""

from __future__ import annotations

from collections.abc import Sequence

from storage.values.severity import RANKS, Severity, at_least
from tracker.changes.kinds import odd_kind
from tracker.errors import UsageError
from tracker.services.spelling import Spelling, as_option
from tracker.services.typed.choices import check_choice

__all__ = ["severities_from", "wanted_kinds"]


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
