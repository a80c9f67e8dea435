"""Default thresholds for warnings before the due day of results."""

from __future__ import annotations

__all__ = ["DUE_SOON_DAYS", "MOST_DUE_SOON_DAYS"]

DUE_SOON_DAYS = (120, 30, 7)
"""Warn this many days before the due day."""
MOST_DUE_SOON_DAYS = 3_650
