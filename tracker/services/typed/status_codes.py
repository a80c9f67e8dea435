"""Statuses of trials, as people type them."""

from __future__ import annotations

import re

__all__ = ["status_code"]


def status_code(status: str) -> str:
    """Return a status as the registries write it: `active, not recruiting` -> `ACTIVE_NOT_RECRUITING`."""
    return re.sub(r"\W+", "_", status.strip()).upper()
