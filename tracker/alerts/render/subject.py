"""The subject of a message: what happened, and the name of the trial, in whole words. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from tracker.alerts.message import GROUP, STEP, Alert, ReportedChange
from tracker.changes.wording.headline import headline, notice_line
from tracker.changes.wording.lines import one_line, whole_words
from tracker.changes.wording.words import count_of

__all__ = ["MOST", "name_of", "subject_of"]

MOST = 70
"""Most characters of a subject. A mail list on a screen shows about as many, a phone shows half."""
_ACRONYM = 30
_LEAST_NAME = 6
"""A shorter name says no more than the id alone."""
_GOOD_NAME = 15
"""A name must have this many characters to justify a shorter hint at further changes."""


def subject_of(alert: Alert, shown: Sequence[ReportedChange], alike: int = 0) -> str:
    """Return at most MOST characters. `shown`: the changes in the message, the most severe first.

    `alike`: the number of trials with the same change, or 0.
    """
    first = shown[0]
    if not first.trial:
        more = f" and {alert.total - 1:,} more" if alert.total > 1 else ""
        return f"Trialwatch: {notice_line(first.change, MOST - 12 - len(more))}{more}"
    what = headline(first.change)
    if alert.total == 1 or alert.kind == STEP:
        return _of_step(what, first, alert.total - 1)
    counted = f"The same in {count_of(alike, 'trial')}" if alike else _counted(alert)
    if not alike and not _is_good(f"{counted}: {what}", first):
        counted = count_of(alert.total, "change")
    return _of_trial(f"{counted}: {what}", first, then=", ")


def _of_step(what: str, change: ReportedChange, more: int) -> str:
    if not more:
        return _of_trial(what, change)
    phrase = f"{what} and {more:,} more"
    return _of_trial(phrase if _is_good(phrase, change) else f"{what} (+{more:,})", change)


def _is_good(what: str, change: ReportedChange) -> bool:
    """Return True if there is enough room left for a name that identifies the trial."""
    name = name_of(change, _room(what, change))
    return len(name) >= _GOOD_NAME or (name != "" and name in (change.acronym, change.title))


def _room(what: str, change: ReportedChange) -> int:
    """Return the number of characters available for the name."""
    return MOST - len(what) - len(f":  ({one_line(change.trial, 40)})")


def _counted(alert: Alert) -> str:
    trials = len({it.trial for it in alert.changes if it.trial})
    is_whole = alert.total == len(alert.changes)
    where = f" in {count_of(trials, 'trial')}" if is_whole and trials > 1 else ""
    at_once = " at once" if alert.kind == GROUP else ""
    return f"{count_of(alert.total, 'change')}{at_once}{where}"


def _of_trial(what: str, change: ReportedChange, then: str = ": ") -> str:
    """Return what happened, the full trial id, and as much of the name as fits."""
    trial = one_line(change.trial, 40)
    name = name_of(change, _room(what, change))
    if name:
        return f"{what}{then}{name} ({trial})"
    room = MOST - len(then) - len(trial)
    return f"{whole_words(what, room)}{then}{trial}"


def name_of(change: ReportedChange, room: int) -> str:
    """Return the trial's acronym, or else the beginning of its title. "" if neither fits."""
    acronym = one_line(change.acronym, 200)
    if acronym and len(acronym) <= min(room, _ACRONYM):
        return acronym
    name = whole_words(change.title, room) if room >= _LEAST_NAME else ""
    return name if len(name) >= _LEAST_NAME or name == one_line(change.title, 200) else ""
