"""Words of which there is a list: checked, so that a typing error is refused with what was meant."""

from __future__ import annotations

from collections.abc import Collection

from tracker.changes.wording.nearest import did_you_mean
from tracker.errors import UsageError

__all__ = ["check_choice"]


def check_choice(option: str, word: str, known: Collection[str]) -> str:
    """Return `word` if it is one of these. Raise UsageError with all of them, and the nearest."""
    if word in known:
        return word
    raise UsageError(
        f"{option} is one of {', '.join(known)}, not {word[:40]!r}.{did_you_mean(word, known)}", subject=word[:40]
    )
