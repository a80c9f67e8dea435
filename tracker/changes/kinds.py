"""All kinds of events, by family. Rules and filters may ask for these. Pure."""

from __future__ import annotations

from tracker.changes.wording.nearest import nearest

__all__ = ["KINDS", "matches", "odd_kind"]

_FAMILIES = {
    "trial": ("first_seen", "gone", "back", "merged"),
    "status": ("changed",),
    "enrollment": ("target_changed", "actual_reported"),
    "date": ("start_changed", "primary_completion_changed", "completion_changed"),
    "results": (
        *("submitted", "returned", "cancelled", "delay_certified", "posted", "removed", "updated"),
        *("measure_changed", "safety_changed", "flow_changed", "baseline_changed"),
        *("due_moved", "due_soon", "overdue"),
    ),
    "duty": ("began", "ended"),
    "outcome": ("primary_changed", "secondary_changed"),
    "phase": ("changed",),
    "sponsor": ("changed",),
    "eligibility": ("changed",),
    "arms": ("changed",),
    "design": ("changed",),
    "conditions": ("changed",),
    "title": ("changed",),
    "country": ("changed",),
    "site": ("added", "removed", "status_changed"),
    "document": ("added",),
    "reference": ("added", "retracted"),
    "fda": ("notice",),
    "expanded_access": ("changed",),
    "cohort": ("entered", "left"),
    "admin": ("changed",),
    "ops": (
        *("held", "quarantine", "drift", "stale", "unreachable", "unread", "query_refused", "merge_claimed"),
        *("channel_failing", "channel_disabled", "address_refused", "not_delivered"),
    ),
}

KINDS = tuple(f"{family}.{what}" for family, kinds in _FAMILIES.items() for what in kinds)
_PATTERNS = sorted({f"{kind.partition('.')[0]}.*" for kind in KINDS})


def matches(pattern: str, kind: str) -> bool:
    """Return whether `kind` matches a pattern: the kind itself, or its beginning and a `*`."""
    return kind.startswith(pattern[:-1]) if pattern.endswith("*") else kind == pattern


def odd_kind(pattern: str) -> str:
    """Return what is wrong with a pattern, as the rest of a sentence after its name, or "" if it can match a kind."""
    if "*" in pattern[:-1]:
        return f"may have one * only, at the end: {pattern[:40]!r}"
    if any(matches(pattern, kind) for kind in KINDS):
        return ""
    hint = f"; did you mean {near}?" if (near := _meant(pattern)) else ""
    return f"names no kind of change: {pattern[:40]!r}{hint}"


def _meant(pattern: str) -> str:
    """Return the kind that was probably meant. The name of a family alone means all of it."""
    family = f"{pattern.strip().lower().removesuffix('.')}.*"
    if family in _PATTERNS:
        return family
    known = _PATTERNS if pattern.endswith("*") or "." not in pattern else KINDS
    return nearest(pattern, known)
