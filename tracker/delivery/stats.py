"""What a round came to, counted by several threads at once."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

__all__ = ["DeliveryStats"]


@dataclass(slots=True)
class DeliveryStats:
    """Messages sent, put off and given up; `trouble`: channel -> the last reason."""

    sent: int = 0
    later: int = 0
    dead: int = 0
    trouble: dict[str, str] = field(default_factory=dict)
    _counting: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def count(self, outcome: str, number: int = 1) -> None:
        """Count messages that were `sent`, are to be sent again (`retry`), or are `dead`."""
        name = {"retry": "later"}.get(outcome, outcome)
        with self._counting:
            setattr(self, name, getattr(self, name) + number)
