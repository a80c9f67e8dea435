"""What several commands share: settings, ids, periods of time, words."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.errors import UnknownTrial, UsageError

if TYPE_CHECKING:
    from sqlmodel import Session

    from tracker.config.settings import Settings
    from tracker.errors import RecordError

__all__ = [
    "LOADED",
    "Tag",
    "Tags",
    "Trials",
    "end_without",
    "known_trial",
    "known_trials",
    "moment",
    "nothing_watched",
    "settings",
    "storable",
    "tell_left_out",
    "tell_unknown",
    "trial_id",
    "trial_ids",
]

Trials = Annotated[list[str] | None, typer.Argument(metavar="ID", help="Trial ids such as NCT05349331.")]
Tag = Annotated[str | None, typer.Option("--tag", metavar="T", help="Only trials with this tag.")]
Tags = Annotated[
    list[str] | None, typer.Option("--tag", metavar="T", help="Tag the trials; may be given several times.")
]

LOADED: ContextVar[Settings | None] = ContextVar("loaded", default=None)
"""The settings that the command under way has asked for: `main` tells by them, at its end, what was given up."""
_AGO = re.compile(r"(\d{1,5})\s*([hdw])")
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


def settings() -> Settings:
    """The settings of this process, with a warning when its time is not the real one."""
    from tracker.cli.output import note
    from tracker.config.settings import load_settings

    loaded = load_settings(os.environ)
    if loaded.test_clock:
        note(f"Warning: the time comes from the test clock {loaded.test_clock}, not from this machine.")
    LOADED.set(loaded)
    return loaded


def trial_ids(words: Sequence[str]) -> list[str]:
    """The ids in canonical form, each once, in order; a word may hold several with commas in between.

    Raises InvalidTrialId for the first that is none.
    """
    from tracker.registries.ids import parse_id, words_of

    # A word with nothing in it is refused, too: it is what a script's unset variable leaves.
    return list(dict.fromkeys(parse_id(word) for said in words for word in words_of(said) or [said]))


def trial_id(word: str) -> str:
    """The one id of a word, for commands about one trial. Raises InvalidTrialId; UsageError for several."""
    ids = trial_ids([word])
    if len(ids) > 1:
        raise UsageError(
            f"{word[:60]!r} names {len(ids)} trials, and this takes one; give one of them", subject=word[:40]
        )
    return ids[0]


def known_trials(session: Session, words: Sequence[str], *, pages: bool = False) -> tuple[list[str], list[str]]:
    """Ids with a stored version (obsolete ids followed), and those without. Raises UnknownTrial when there is none.

    `pages`: a trial of which only a page is stored counts too.
    """
    from storage.watching import watches

    ids = [_current(session, trial) for trial in trial_ids(words)]
    have = watches.stored(session, ids) if pages else watches.known(session, ids)
    unknown = [trial for trial in ids if trial not in have]
    if ids and not have:
        names = ", ".join(unknown)
        unread = unknown[0] in watches.watched_of(session, unknown)
        step = "It is watched; look now: trialwatch poll" if unread else "Watch it first: trialwatch watch"
        raise UnknownTrial(f"Nothing is stored about {names} yet. {step} {unknown[0]}", subject=names)
    return [trial for trial in ids if trial in have], unknown


def _current(session: Session, trial: str) -> str:
    """The id this trial goes by now. A number that was never read leads to the trial the registry gives for it."""
    from storage.versions import merges
    from storage.watching import watches

    found = watches.resolve(session, trial)
    if found != trial or watches.stored(session, [trial]):
        return found
    return merges.leads_to(session, trial) or trial


def known_trial(session: Session, word: str, *, pages: bool = False) -> str:
    """As `known_trials`, for one."""
    return known_trials(session, [trial_id(word)], pages=pages)[0][0]


def tell_unknown(trials: Sequence[str]) -> None:
    """Name on stderr those of several ids about which nothing is stored."""
    from tracker.cli.output import note

    for trial in trials:
        note(f"Nothing is stored about {trial}. Watch it first: trialwatch watch {trial}")


def tell_left_out(errors: Iterable[RecordError]) -> bool:
    """Name on stderr what could not be read of several, each once; whether there was any."""
    from tracker.cli.output import note

    sentences = list(dict.fromkeys(error.message for error in errors))
    for sentence in sentences:
        note(f"Left out: {sentence}")
    return bool(sentences)


def end_without(errors: Iterable[RecordError]) -> None:
    """End the command with code 3 when something of several could not be read."""
    if tell_left_out(errors):
        raise typer.Exit(3)


def nothing_watched(tag: str | None) -> str:
    """What to say when there is no trial to speak of."""
    if tag is not None:
        return f"No watched trial has the tag {tag[:40]!r}. See all: trialwatch list"
    return "No trial is watched yet. Try: trialwatch watch NCT05349331"


def moment(text: str, now: datetime) -> tuple[str | None, datetime | None]:
    """A date, an instant, or a span ago (``7d``, ``12h``, ``2w``): as (day, None) or (None, instant).

    Raises UsageError for anything else.
    """
    text = text.strip()
    ago = _AGO.fullmatch(text)
    try:
        if ago:
            return None, now - timedelta(**{_UNITS[ago.group(2)]: int(ago.group(1))})
        if len(text) == len("2026-01-31"):
            return date.fromisoformat(text).isoformat(), None
        instant = datetime.fromisoformat(text)
        return None, instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            f"{text[:40]!r} is no date (2026-01-31), instant (2026-01-31T09:00Z) or span (7d, 12h)", subject=text[:40]
        ) from None


def storable(number: int | None) -> int | None:
    """For options that take a number: one larger than a database can hold is refused."""
    if number is not None and abs(number) >= 2**63:
        raise typer.BadParameter("no number here is that large")
    return number
