"""Counters of one delivery run, shared by several threads."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from storage.values.states import AttemptState

__all__ = ["DeliveryStats"]


@dataclass(slots=True)
class DeliveryStats:
    """Messages sent, postponed and given up."""

    sent: int = 0
    later: int = 0
    dead: int = 0
    #: Channel -> its last failure.
    trouble: dict[str, str] = field(default_factory=dict)
    _counting: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def count(self, outcome: AttemptState, number: int = 1) -> None:
        """Count messages by outcome: `sent`, `retry` (to be sent again) or `dead`."""
        name = "later" if outcome == AttemptState.RETRY else outcome.value
        with self._counting:
            setattr(self, name, getattr(self, name) + number)
