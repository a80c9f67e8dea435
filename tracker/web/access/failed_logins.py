"""A limit on wrong tokens: so many an address and minute. It holds a bounded number of addresses."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

__all__ = ["FAILURES", "SECONDS", "FailedLogins"]

FAILURES = 10
"""How many wrong tokens one address may try in `SECONDS`."""
SECONDS = 60.0
_ADDRESSES = 1000
"""How many addresses are remembered. The one that failed the longest time ago is forgotten first."""


class FailedLogins:
    """Counts wrong tokens by address. Threads may share it. `seconds` are those of a stopwatch."""

    def __init__(self) -> None:
        self._failed: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._lock = Lock()

    def wait(self, address: str, seconds: float) -> float:
        """Return for how many seconds no further token of this address is looked at. 0 for none."""
        with self._lock:
            began, count = self._failed.get(address, (seconds, 0))
            return max(0.0, began + SECONDS - seconds) if count >= FAILURES else 0.0

    def failed(self, address: str, seconds: float) -> None:
        """Note a wrong token."""
        with self._lock:
            began, count = self._failed.pop(address, (seconds, 0))
            if seconds - began >= SECONDS:
                began, count = seconds, 0
            self._failed[address] = (began, count + 1)
            while len(self._failed) > _ADDRESSES:
                self._failed.popitem(last=False)
