"""Every kind of event there is, by family: what rules and filters may ask for. Pure."""

from __future__ import annotations

__all__ = ["KINDS"]

_FAMILIES = {
    "trial": ("first_seen", "gone", "back", "merged"),
    "status": ("changed",),
    "enrollment": ("target_changed", "actual_reported"),
    "date": ("start_changed", "primary_completion_changed", "completion_changed"),
    "results": (
        *("submitted", "returned", "cancelled", "delay_certified", "posted", "removed", "updated"),
        *("due_moved", "due_soon", "overdue"),
    ),
    "outcome": ("primary_changed", "secondary_changed"),
    "phase": ("changed",),
    "sponsor": ("changed",),
    "eligibility": ("changed",),
    "arms": ("changed",),
    "design": ("changed",),
    "conditions": ("changed",),
    "title": ("changed",),
    "site": ("added", "removed", "status_changed"),
    "document": ("added",),
    "reference": ("added",),
    "cohort": ("entered", "left"),
    "admin": ("changed",),
    "ops": ("held", "quarantine", "drift", "stale", "unreachable", "channel_disabled", "address_refused"),
}

KINDS = tuple(f"{family}.{what}" for family, kinds in _FAMILIES.items() for what in kinds)
