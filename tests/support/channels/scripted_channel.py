"""A channel that follows a test's script: it takes a message, refuses it, or brings the whole process down."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import orjson

from tracker.alerts.channels.channel import Delivery, Probe, Receipt
from tracker.alerts.message import Alert
from tracker.errors import ChannelClosed, NotDelivered, Undeliverable

__all__ = ["Died", "Scripted"]


class Died(BaseException):
    """The process ends here. The result of the attempt is not recorded."""


@dataclass
class Scripted:
    """`script` says what happens to the next attempts. If it is empty, everything is taken.

    The words are: take, lose (taken, but the reply is lost), fail, gone (wants no more for good), never (refuses this
    message for good), break (by a fault of its own), die (before it arrived), die late (after it arrived). For a
    channel with addresses also: refuse, defer (the last address).
    """

    name: str
    addresses: tuple[str, ...] = ()
    for_people: bool = True
    fingerprint: str = "here"
    script: deque[str] = field(default_factory=deque)
    taken: list[tuple[str, str, bytes]] = field(default_factory=list)
    """(key, address or "", body) of everything that arrived."""
    uncertain: list[str] = field(default_factory=list)
    """The keys of what arrived without the sender knowing."""
    written: int = 0

    def render(self, alert: Alert) -> bytes:
        if not alert.changes:
            raise ValueError(f"{alert.key} tells nothing")
        self.written += 1  # so that a second write has other content
        events = [it.change["id"] for it in alert.changes]
        return orjson.dumps({"events": events, "total": alert.total, "written": self.written})

    def send(self, delivery: Delivery) -> Receipt:
        delivery.meanwhile()
        what = self.script.popleft() if self.script else "take"
        if what == "die":
            raise Died
        if what == "break":
            raise KeyError("planted-token")
        if what == "fail":
            raise NotDelivered(f"{self.name} is out of order", subject=self.name, status=503)
        if what == "gone":
            raise ChannelClosed(f"{self.name} wants no more", subject=self.name, status=410)
        if what == "never":
            raise Undeliverable(f"{self.name} does not take this", subject=self.name, status=552)
        *some, last = delivery.to or ("",)
        spared = bool(delivery.to) and what in ("refuse", "defer")
        reached = tuple(some) if spared else (*some, last)
        self.taken += [(delivery.key, address, delivery.body) for address in reached]
        if what in ("lose", "die late"):
            self.uncertain.append(delivery.key)
            raise Died if what == "die late" else NotDelivered(f"{self.name} broke off", subject=self.name)
        if not delivery.to:
            return Receipt(200)
        refused = {last: "550 nobody here"} if what == "refuse" else {}
        deferred = {last: "451 later"} if what == "defer" else {}
        return Receipt(250, reached, refused, deferred)

    def probe(self, seconds: float) -> Probe:
        return Probe(True, "it is here")

    def close(self) -> None:
        """Do nothing: it holds nothing."""
