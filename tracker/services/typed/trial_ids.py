"""Ids of trials as people type them."""

from __future__ import annotations

from collections.abc import Sequence

from tracker.errors import UsageError
from tracker.registries.ids import parse_id, words_of

__all__ = ["trial_id", "trial_ids"]


def trial_ids(words: Sequence[str]) -> list[str]:
    """Return the ids in canonical form, each once, in order. A word may hold several, separated by commas.

    One id may also be two words: NCT 05349331.

    Raise InvalidTrialId for the first word that is not an id.
    """
    # An empty word is refused too: it usually comes from an unset variable in a script.
    found = [text for text in words if not text.strip()] or words_of(" ".join(words)) or words
    return list(dict.fromkeys(map(parse_id, found)))


def trial_id(word: str) -> str:
    """Return the one id in a word, for questions about one trial. Raise InvalidTrialId, or UsageError for several."""
    ids = trial_ids([word])
    if len(ids) > 1:
        raise UsageError(
            f"{word[:60]!r} names {len(ids)} trials, and this takes one; give one of them", subject=word[:40]
        )
    return ids[0]
