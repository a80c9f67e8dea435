"""What every channel offers, and what it gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from tracker.alerts.message import Alert

__all__ = ["Channel", "Delivery", "Receipt"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt. `body` is what `render` made, the same bytes on every attempt; `to`: those not reached yet."""

    key: str
    body: bytes
    now: datetime
    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an attempt that was answered, for a channel with addresses: each of `to` is in one of these.

    All but `reached` are address -> what was said of it. `refused`: for good. `doubted`: refused, but only for good if
    it is said again a day later. `declined`: this message only. `deferred`: not now. `lasting`: what was deferred will
    not pass by itself, for our settings do not suit the server. A channel without addresses leaves all of them empty.
    """

    status: int | None = None
    reached: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    deferred: Mapping[str, str] = field(default_factory=dict)
    doubted: Mapping[str, str] = field(default_factory=dict)
    declined: Mapping[str, str] = field(default_factory=dict)
    lasting: bool = False

    @property
    def failed(self) -> dict[str, str]:
        """All that were not reached, with what was said of them."""
        return {**self.refused, **self.doubted, **self.declined, **self.deferred}


class Channel(Protocol):
    """One way out, with its address and secrets. Used by one thread at a time."""

    name: str
    addresses: tuple[str, ...]
    """Recipients that succeed or fail each by itself (mail); empty for a channel that is one address."""
    fingerprint: str
    """A hash of where it leads (not of its secrets): another one means another destination."""

    def render(self, alert: Alert) -> bytes:
        """The bytes to send, from values alone: the same alert always gives the same bytes."""
        ...

    def send(self, delivery: Delivery) -> Receipt:
        """One attempt, over within the channel's deadline. Raises DeliveryError when nobody was reached."""
        ...

    def close(self) -> None:
        """Let go of connections. It may be used again after."""
        ...
