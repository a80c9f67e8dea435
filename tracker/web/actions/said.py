"""What a browser is told on its next page, once: kept here for a moment, and named by a cookie that says nothing."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

__all__ = ["COOKIE", "SECONDS", "Said", "Sayings"]

COOKIE = "trialwatch_said"
SECONDS = 120
_MOST = 200


@dataclass(frozen=True, slots=True)
class Said:
    """The sentence about an action. With `failed`, nothing was done, and `typed` has what was typed."""

    action: str
    sentence: str
    failed: bool = False
    typed: Mapping[str, str] = field(default_factory=dict)

    def typed_in(self, action: str) -> Mapping[str, str]:
        """Return what was typed into the form of an action. Empty for any other form."""
        return self.typed if self.failed and action == self.action else {}


class Sayings:
    """Keeps a bounded number of sentences. The oldest is forgotten first. Threads may share it."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Said] = OrderedDict()
        self._lock = Lock()

    def keep(self, said: Said) -> str:
        """Keep a sentence, and return the word that gives it back."""
        word = secrets.token_urlsafe(16)
        with self._lock:
            self._kept[word] = said
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        return word

    def take(self, word: str) -> Said | None:
        """Return a sentence and forget it. None for a word that is not known."""
        with self._lock:
            return self._kept.pop(word, None)
