"""What was probably meant by a word that names nothing. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["did_you_mean", "nearest"]

_LONGEST = 80


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known name most like `word`, in any case, or the one name that begins with it. "" if none is."""
    folded = {name.casefold(): name for name in known}
    typed = word[:_LONGEST].strip().casefold()
    near = get_close_matches(typed, folded, 1)
    if near:
        return folded[near[0]]
    longer = [name for key, name in folded.items() if typed and key.startswith(typed)]
    return longer[0] if len(longer) == 1 else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a sentence to add to a refusal, with a blank before it. "" if nothing is near."""
    near = nearest(word, known)
    return f" Did you mean: {near}?" if near else ""
