"""How much a change matters, and which of its details readers care about most. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from storage.values.severity import Severity
from tracker.api.changes import ChangeObject
from tracker.changes.reported.difference import ROOT
from tracker.changes.wording.values import told_keys
from tracker.changes.wording.words import count_of

__all__ = ["MATTERS", "interest", "left_words", "says_nothing", "told_fields"]

MATTERS: dict[str, str] = {
    Severity.CRITICAL: "Very important",
    Severity.MAJOR: "Important",
    Severity.MINOR: "Good to know",
    Severity.ADMIN: "Bookkeeping",
}
"""Severity means weight, not alarm: posted results weigh as much as a stopped trial."""

_INTEREST = (
    re.compile(r"status|why_stopped|last_known_status"),
    re.compile(r"results\.(?:state|first_posted)"),
    re.compile(r"results\.summary\.participants"),
    re.compile(r"results\.summary\.(?:primary|secondary)_measures"),
    re.compile(r"results\.summary\.\w+_affected"),
    re.compile(r"results\..+"),
    re.compile(r"enrollment\..+"),
    re.compile(r"dates\.(?:start|primary_completion|completion)"),
    re.compile(r"outcomes\.primary\..+"),
    re.compile(r"outcomes\..+"),
    re.compile(r"(?:sites|parts)\..+"),
)
"""The fields that readers care about most. All others follow in their given order."""
_BESIDE = re.compile(
    r".+\.type|dates\.(?:first_|last_|verified).*|results\.(?:first_submitted_qc|summary\.modules\..+)"
)
"""Details that only accompany other ones: types of dates and counts, the registry's own days, parts of results stored
as a hash.
"""


def interest(field: str) -> int:
    """Return a sort key: fields that readers care about most come first."""
    if _BESIDE.fullmatch(field):
        return len(_INTEREST) + 1
    return next((place for place, asked in enumerate(_INTEREST) if asked.fullmatch(field)), len(_INTEREST))


def says_nothing(field: str, before: object, after: object) -> bool:
    """Return True if a detail only accompanies another one and adds nothing to it."""
    if field.startswith("reported."):
        return False  # each is an edit of its own: no deaths, where none were given before, is news
    if field.startswith("results.summary.modules."):
        return before is None  # posted with the rest: no news. Edited since: news
    if field == "results.submissions" and after is None:
        return True  # only waiting rounds are listed, so another detail tells of their end
    return _BESIDE.fullmatch(field) is not None or (_is_empty(before) and _is_empty(after))


def told_fields(change: ChangeObject, *, without: str | None = None) -> list[tuple[str, Any]]:
    """Return the name and the row of each field that differs, the most interesting first.

    Left out are keys that are told in words, and, unless nothing else is left, what only accompanies another field and
    what is named `without` and more.
    """
    fields = [(str(it["field"]), it) for it in change["fields"] if it["before"] != it["after"]]
    idle = told_keys(name for name, _ in fields)
    fields = sorted((it for it in fields if it[0] not in idle), key=lambda it: interest(it[0]))
    telling = [it for it in fields if not says_nothing(it[0], it[1]["before"], it[1]["after"])]
    if without is not None:
        telling = [it for it in telling if not it[0].startswith(without)]
    return telling or fields


def left_words(left: int, thing: str, fields: Iterable[str]) -> str:
    """Return how many details of a change are not listed: ``5 more details``. "" if none.

    A change keeps only the first of very many edits of posted results (`reported_events.MOST_FIELDS`). The field named
    `ROOT` stands for the others, so their number is open.
    """
    if left <= 0:
        return ""
    return f"{'more than ' if ROOT in fields else ''}{count_of(left, f'more {thing}')}"


def _is_empty(value: object) -> bool:
    return value is None or value == "" or (value == 0 and not isinstance(value, bool))
