"""The line above the table of one trial."""

from __future__ import annotations

__all__ = ["trial_heading"]


def trial_heading(trial: str, title: str | None) -> str:
    """Return the trial with its title, on one line. A page whose lines are cut to the width can print it as it is."""
    return " ".join(f"{trial} · {title}".split()) if title else trial
