"""How long before the due day of results a warning is raised, unless the settings say otherwise."""

from __future__ import annotations

__all__ = ["DUE_SOON_DAYS", "MOST_DUE_SOON_DAYS"]

DUE_SOON_DAYS = (120, 30, 7)
"""So many days before the due day a warning is raised."""
MOST_DUE_SOON_DAYS = 3_650
