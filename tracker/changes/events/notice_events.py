"""Events of FDA notices, and of expanded access that begins or ends. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from storage.values.severity import Severity, worst
from tracker.changes.event import Event, make_event
from tracker.changes.field_change import FieldChange
from tracker.changes.wording.code_words import code_words
from tracker.changes.wording.words import listed, shortened, status_words
from tracker.records.trial import TrialRecord

__all__ = ["expanded_access", "fda_notices"]

FDA, ACCESS = "fda.notice", "expanded_access.changed"
_PENALTY = "PENALTY_IMPOSED"
"""A new notice of this type is critical. New notices of other types are major."""


def fda_notices(changes: Sequence[FieldChange], _before: TrialRecord, after: TrialRecord) -> list[Event]:
    """Return one event for the violation flag and all notices: new ones first, then edited ones, then removed ones."""
    notices = [change for change in changes if change.path[0] == "fda_notices"]
    came = [change.after for change in notices if len(change.path) == 2 and change.before is None]
    went = [change.before for change in notices if len(change.path) == 2 and change.after is None]
    edited = {change.path[1] for change in notices if len(change.path) > 2}
    parts = [_one(notice) for notice in came]
    if edited:
        types = sorted({_words(after.fda_notices[key].type) for key in edited})
        parts.append(f"edited: {listed(types)}")
    parts += [f"no longer shown: {_words(notice.get('type'))}" for notice in went]
    grave = [Severity.CRITICAL if notice.get("type") == _PENALTY else Severity.MAJOR for notice in came]
    if len(notices) < len(changes):
        found = bool(after.oversight.fdaaa801_violation)
        grave.append(Severity.MAJOR)
        if not came or not found:
            parts.append("a violation of FDAAA 801 is noted" if found else "no violation of FDAAA 801 noted any more")
    return [make_event(FDA, worst([Severity.MINOR, *grave]), f"FDA notice: {'; '.join(parts)}", changes)]


def _one(notice: dict[str, Any]) -> str:
    day = notice.get("issued") or notice.get("created") or notice.get("posted")
    words = f"{_words(notice.get('type'))}{f' on {day}' if day else ''}"
    return f"{words}: {shortened(notice['description'], 80)}" if notice.get("description") else words


def _words(code: str | None) -> str:
    return code_words(code).lower() if code else "no type"


def expanded_access(changes: Sequence[FieldChange], before: TrialRecord, after: TrialRecord) -> list[Event]:
    """Return one event. Access that begins or ends is major. Changes of its offers and their status are minor."""
    old, new = before.expanded_access, after.expanded_access
    parts = []
    if old.available != new.available:
        parts.append("Expanded access is offered" if new.available else "Expanded access is no longer offered")
    if before.related != after.related:
        parts.append(f"offered by {listed(after.related)}" if after.related else f"not by {listed(before.related)} now")
    if old.status != new.status:
        parts.append(f"status there from {status_words(old.status)} to {status_words(new.status)}")
    if old.available != new.available:
        return [make_event(ACCESS, Severity.MAJOR, "; ".join(parts), changes)]
    return [make_event(ACCESS, Severity.MINOR, f"Expanded access: {'; '.join(parts)}", changes)]
