"""What a person saw at the last visit, kept by the browser in one cookie. Pure.

A visit ends half an hour after its last page. "Since you looked" means since the visit before.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

__all__ = ["COOKIE", "Visit", "next_visit", "seen_visit"]

COOKIE = "trialwatch_visit"
_ENDS_AFTER = timedelta(minutes=30)
_LONGEST = 15


class Visit(NamedTuple):
    """`since_seq`: the last change of the visit before this one; `since`: when that was. None at a first visit.

    `seq` and `at` are those of the latest page of this visit. `store` is the id of the store that was looked at.
    """

    since_seq: int | None
    since: datetime | None
    seq: int
    at: datetime
    store: str

    def text(self) -> str:
        """Return the content of the cookie."""
        before = "." if self.since is None else f"{self.since_seq}.{int(self.since.timestamp())}"
        return f"{self.store}.{before}.{self.seq}.{int(self.at.timestamp())}"


def next_visit(cookie: str, store: str, seq: int, now: datetime) -> Visit:
    """Return the visit after a page that shows changes up to `seq`. An unreadable cookie begins a first visit."""
    known = _believed(cookie, store, seq, now)
    if known is None:
        return Visit(None, None, seq, now, store)
    return _going_on(known, now)._replace(seq=seq, at=now)


def seen_visit(cookie: str, store: str, shown: int, shown_at: datetime, last: int, now: datetime) -> Visit:
    """Return the visit after somebody marked as seen what a page had shown then: changes up to `shown`.

    The page may be an old one. What was seen since stays seen. `last`: the last change of the store.
    """
    seen = Visit(shown, shown_at, shown, now, store)
    known = _believed(cookie, store, last, now)
    if known is None:
        return seen
    before = _going_on(known, now)
    if before.since_seq is not None and before.since_seq > shown:
        seen = seen._replace(since_seq=before.since_seq, since=before.since)
    return seen._replace(seq=max(shown, known.seq))


def _believed(cookie: str, store: str, last: int, now: datetime) -> Visit | None:
    known = _read(cookie, store)
    return None if known is None or known.at > now or known.seq > last else known


def _going_on(known: Visit, now: datetime) -> Visit:
    """Return the same visit, or the next one if it is over."""
    if now - known.at > _ENDS_AFTER:
        return known._replace(since_seq=known.seq, since=known.at)
    return known


def _read(cookie: str, store: str) -> Visit | None:
    parts = cookie.split(".")
    if len(parts) != 5 or parts[0] != store or any(part and not _is_number(part) for part in parts[1:]):
        return None
    since_seq, since, seq, at = parts[1:]
    if not seq or not at or bool(since_seq) != bool(since):
        return None
    return Visit(
        int(since_seq) if since_seq else None, _instant(since) if since else None, int(seq), _instant(at), store
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST


def _instant(seconds: str) -> datetime:
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.max.replace(tzinfo=UTC)  # in the future, so it is not believed
