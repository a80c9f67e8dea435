"""The protocol of the rate limiter that the HTTP client uses.

`tracker.context.stored_rate_limiter` implements it for all processes on a store.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from tracker.errors import RegistryError

__all__ = ["RateLimiter"]


class RateLimiter(Protocol):
    """Limits the requests to one host, across all processes that share a store."""

    def enter(self, host: str, deadline: float) -> None:
        """Wait for the turn to send one request. `deadline`: how many seconds the request may take at most.

        Raise NotBefore if the host must not be asked yet.
        """
        ...

    def leave(
        self,
        host: str,
        *,
        failed: bool,
        retry_after: datetime | None = None,
        error: RegistryError | None = None,
    ) -> None:
        """Report how the request ended. `retry_after`: do not ask the host earlier, because of `error`."""
        ...

    def now(self) -> datetime:
        """Return the time that Retry-After is relative to."""
        ...
