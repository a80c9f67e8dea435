"""A channel that does what a test has written down: takes a message, refuses it, or brings the whole process down."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import orjson

from tracker.alerts.channels.channel import Delivery, Receipt
from tracker.alerts.message import Alert
from tracker.errors import ChannelClosed, NotDelivered, Undeliverable

__all__ = ["Died", "Scripted"]


class Died(Exception):
    """The process ends here. Nobody writes down what came of the attempt."""


@dataclass
class Scripted:
    """`script`: what happens to the next attempts; when it is empty, all is taken.

    take, lose (taken, but the reply does not come), fail, gone (wants no more for good), never (this message never),
    die (before it arrived), die late (after), and for a channel with addresses: refuse, defer (the last address).
    """

    name: str
    addresses: tuple[str, ...] = ()
    fingerprint: str = "here"
    script: deque[str] = field(default_factory=deque)
    taken: list[tuple[str, str, bytes]] = field(default_factory=list)
    """(key, address or "", body) of all that arrived."""
    uncertain: list[str] = field(default_factory=list)
    """The keys of what arrived while the sender does not know."""
    written: int = 0

    def render(self, alert: Alert) -> bytes:
        if not alert.told:
            raise ValueError(f"{alert.key} tells nothing")
        self.written += 1  # so that to write it twice is to write something else
        events = [it.change["id"] for it in alert.told]
        return orjson.dumps({"events": events, "total": alert.total, "written": self.written})

    def send(self, delivery: Delivery) -> Receipt:
        what = self.script.popleft() if self.script else "take"
        if what == "die":
            raise Died
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

    def close(self) -> None:
        """It holds nothing."""
