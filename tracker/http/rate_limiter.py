"""What the HTTP client asks of a rate limiter.

The one that processes share is `tracker.context.stored_rate_limiter`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from tracker.errors import RegistryError

__all__ = ["RateLimiter"]


class RateLimiter(Protocol):
    """Keeps us polite to one host, across all processes that share a store."""

    def enter(self, host: str, deadline: float) -> None:
        """Wait for our turn (short, real pauses only). `deadline`: seconds this request may be in flight at most.

        Raises NotBefore when the host must not be asked yet.
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
        """Report how the request ended. `retry_after`: nobody is to ask the host before it, because of `error`."""
        ...

    def now(self) -> datetime:
        """The instant to judge Retry-After by."""
        ...
