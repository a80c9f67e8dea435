"""Which trials an export is about: all, or those with an id, a tag, a duty."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlmodel import Session

from storage.engine.database import Database
from storage.reads.in_session import SessionReader
from storage.versions import trials
from storage.watching import watches
from tracker.changes.wording.nearest import did_you_mean
from tracker.errors import RecordError, UsageError
from tracker.results.duties import RULES
from tracker.services.known_by_door import opened_anyway
from tracker.services.known_trials import known_trials
from tracker.services.results.kept.kept_statuses import statuses_of

__all__ = ["EVERY_TRIAL", "ChosenTrials", "TrialChoice", "chosen_trials", "not_listed"]


@dataclass(frozen=True, slots=True)
class TrialChoice:
    """Conditions that a trial has to meet, all of them. None means no condition."""

    ids: Sequence[str] | None = None
    #: Watched, with this tag.
    tag: str | None = None
    #: This rule (a key of `RULES`) applies or may apply.
    rule: str | None = None

    @property
    def is_all(self) -> bool:
        return self.ids is None and self.tag is None and self.rule is None


EVERY_TRIAL = TrialChoice()


class ChosenTrials(NamedTuple):
    """`trials` is None for all. `unknown` are those of the ids about which nothing is stored."""

    trials: Collection[str] | None
    unknown: Sequence[str] = ()


def chosen_trials(database: Database, choice: TrialChoice, left_out: list[RecordError]) -> ChosenTrials:
    """Return the trials that meet the conditions. A version that cannot be read for them is in `left_out`.

    Raise UnknownTrial if nothing is stored about any of the ids. Raise UsageError for an unknown rule, for a tag of no
    watched trial, and for ids of which none has the tag.
    """
    if choice.rule is not None and choice.rule not in RULES:
        raise not_listed(choice.rule, RULES)
    if choice.is_all:
        return ChosenTrials(None)
    with database.read() as session:
        known, unknown = known_trials(SessionReader(session), choice.ids) if choice.ids else ([], [])
        wanted = set(known) if choice.ids else None
        if choice.tag is not None:
            wanted = _tagged(session, choice.tag, wanted)
        if wanted is None:
            wanted = {row.trial.trial for row in trials.rows(session, watched_only=False)}
    if choice.rule is not None:
        wanted = _with_duty(database, wanted, choice.rule, left_out)
    return ChosenTrials(wanted, unknown)


def not_listed(word: str, known: Iterable[str]) -> UsageError:
    """Return the error for a word that is none of those there are, with the one that was probably meant."""
    words = list(known)
    return UsageError(f"{word[:40]!r} is none of {', '.join(words)}.{did_you_mean(word, words)}", subject=word[:40])


def _tagged(session: Session, tag: str, among: set[str] | None) -> set[str]:
    """Return the watched trials (of `among`) with this tag."""
    found = set(watches.watched(session, tag))
    if not found:
        tags = watches.tags_of(session, watches.watched(session))
        known = sorted({each for some in tags.values() for each in some})
        raise UsageError(
            f"No watched trial has the tag {tag[:40]!r}.{did_you_mean(tag, known)} See all: trialwatch list",
            subject=tag[:40],
        )
    if among is None:
        return found
    if not found & among:
        names = ", ".join(sorted(among)[:5])
        raise UsageError(
            f"No trial named here has the tag {tag[:40]!r} and is watched ({names}). See: trialwatch list --tag {tag}",
            subject=tag[:40],
        )
    return found & among


def _with_duty(database: Database, among: Collection[str], rule: str, left_out: list[RecordError]) -> set[str]:
    known = statuses_of(*opened_anyway(database), sorted(among), left_out=left_out)
    return {
        trial
        for trial, status in known.items()
        if any(duty.rule == rule and duty.applies is not False for duty in status.duties)
    }
