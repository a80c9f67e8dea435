"""What several commands share: settings, ids, periods of time, words."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.errors import UnknownTrial, UsageError

if TYPE_CHECKING:
    from sqlmodel import Session

    from tracker.settings import Settings

__all__ = ["Tag", "Trials", "known_trial", "known_trials", "moment", "settings", "trial_ids"]

Trials = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Trial ids such as NCT05349331.")]
Tag = Annotated[str | None, typer.Option("--tag", help="Only trials with this tag.")]

_AGO = re.compile(r"(\d{1,5})\s*([hdw])")
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


def settings() -> Settings:
    """The settings of this process, with a warning when its time is not the real one."""
    from tracker.cli.output import note
    from tracker.settings import load_settings

    loaded = load_settings(os.environ)
    if loaded.test_clock:
        note(f"Warning: the time comes from the test clock {loaded.test_clock}, not from this machine.")
    return loaded


def trial_ids(words: Sequence[str]) -> list[str]:
    """The ids in canonical form, each once, in order. Raises InvalidTrialId for the first that is none."""
    from tracker.registries.ctgov.ids import parse_nct

    return list(dict.fromkeys(parse_nct(word) for word in words))


def known_trials(session: Session, words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Ids with a stored version (obsolete ids followed), and those without. Raises UnknownTrial when there is none."""
    from storage import watches

    ids = [watches.resolve(session, trial) for trial in trial_ids(words)]
    have = watches.known(session, ids)
    unknown = [trial for trial in ids if trial not in have]
    if ids and not have:
        names = ", ".join(unknown)
        raise UnknownTrial(
            f"Nothing is stored about {names}. Watch it first: trialwatch watch {unknown[0]}", subject=names
        )
    return [trial for trial in ids if trial in have], unknown


def known_trial(session: Session, word: str) -> str:
    """As `known_trials`, for one."""
    return known_trials(session, [word])[0][0]


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
    except (ValueError, OverflowError):
        raise UsageError(
            f"{text[:40]!r} is no date (2026-01-31), instant (2026-01-31T09:00Z) or span (7d, 12h)", subject=text[:40]
        ) from None
    return None, instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
