"""Arguments and options that several commands share, and how they are parsed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import typer

from tracker.errors import UsageError
from tracker.registries.ids import parse_id, words_of
from tracker.services.changes.moments import Moment

__all__ = [
    "ChannelName",
    "Force",
    "Keys",
    "OneChannel",
    "OneTrial",
    "Tag",
    "Tags",
    "Trials",
    "moment",
    "storable",
    "trial_id",
    "trial_ids",
]

Trials = Annotated[list[str] | None, typer.Argument(metavar="ID", help="Trial ids such as NCT05349331.")]
Tag = Annotated[str | None, typer.Option("--tag", metavar="T", help="Only trials with this tag.")]
Tags = Annotated[
    list[str] | None, typer.Option("--tag", metavar="T", help="Tag the trials; may be given several times.")
]
OneTrial = Annotated[str, typer.Argument(metavar="ID", help="A trial id such as NCT05349331.")]
Force = Annotated[bool, typer.Option("--force", help="Replace a file that is there already.")]
Keys = Annotated[list[str] | None, typer.Argument(metavar="KEY", help="Keys of messages, or the beginnings of keys.")]
OneChannel = Annotated[str | None, typer.Option("--channel", metavar="C", help="Only messages to this channel.")]
ChannelName = Annotated[str, typer.Argument(metavar="CHANNEL", help="Its name in the config file.")]

_AGO = re.compile(r"(\d{1,5})\s*([hdw])")
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


def trial_ids(words: Sequence[str]) -> list[str]:
    """Return the ids in canonical form, each once, in order. A word may hold several, separated by commas.

    Raise InvalidTrialId for the first word that is not an id.
    """
    # An empty word is refused too: it usually comes from an unset variable in a script.
    return list(dict.fromkeys(parse_id(word) for text in words for word in words_of(text) or [text]))


def trial_id(word: str) -> str:
    """Return the one id in a word, for commands about one trial. Raise InvalidTrialId, or UsageError for several."""
    ids = trial_ids([word])
    if len(ids) > 1:
        raise UsageError(
            f"{word[:60]!r} names {len(ids)} trials, and this takes one; give one of them", subject=word[:40]
        )
    return ids[0]


def moment(text: str, now: datetime) -> Moment:
    """Parse a date, an instant, or a time ago (``7d``, ``12h``, ``2w``) into a day or an instant.

    Raise UsageError for anything else.
    """
    text = text.strip()
    ago = _AGO.fullmatch(text)
    try:
        if ago:
            return Moment(instant=now - timedelta(**{_UNITS[ago.group(2)]: int(ago.group(1))}))
        if len(text) == len("2026-01-31"):
            return Moment(date.fromisoformat(text).isoformat())
        instant = datetime.fromisoformat(text)
        return Moment(instant=instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC))
    except (ValueError, OverflowError):
        raise UsageError(
            f"{text[:40]!r} is no date (2026-01-31), instant (2026-01-31T09:00Z) or span (7d, 12h)", subject=text[:40]
        ) from None


def storable(number: int | None) -> int | None:
    """Check an option that takes a number: refuse one larger than a database can hold."""
    if number is not None and abs(number) >= 2**63:
        raise typer.BadParameter("no number here is that large")
    return number
