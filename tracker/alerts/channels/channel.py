"""What every channel offers: its settings as written, what they say once checked, and the sender made from that.

A type of channel is one module: a `ChannelSettings` that checks itself into a `ChannelSpec`, which describes itself and
opens a `Channel`. `channel_list` names it in one line.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Protocol

import msgspec

from tracker.alerts.message import Alert
from tracker.http.outbound import Outbound

__all__ = ["Channel", "ChannelSettings", "ChannelSpec", "Delivery", "Installation", "Receipt", "Wrong"]

Wrong = list[tuple[str, str]]
"""The key and the reason of each mistake in a channel's settings."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What the configuration of a channel refers to. `contact`: the operator's address or page, "" for none."""

    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    contact: str = ""


class ChannelSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", kw_only=True):
    """One `[[channel]]` as it is written. Each type has its own, tagged with the `type`.

    Secrets are only named here: a key that ends in `_env` names an environment variable, one in `_file` a file.
    """

    only_here: ClassVar[Mapping[str, str]] = {}
    """Key -> what to say to a channel of another type that has it; `{type}` is that type."""
    name: str = ""

    @property
    def address_key(self) -> str:
        """The key that says where the channel leads: the one to blame when it cannot be used."""
        return "type"

    @property
    def addresses(self) -> tuple[str, ...]:
        """The recipients that are named in the file itself."""
        return ()

    @property
    def by_step(self) -> bool:
        """Whether what happened to one trial in one step is one message: it is for people, who read it."""
        return True

    def check(self, here: Installation, wrong: Wrong) -> ChannelSpec | None:
        """Where the channel leads, its secrets read; what is wrong goes into `wrong`.

        Raises SecretMissing for a secret that is not there.
        """
        raise NotImplementedError

    def notes(self) -> Iterator[str]:
        """What is no mistake and still odd."""
        return iter(())


@dataclass(frozen=True, slots=True)
class ChannelSpec(ABC):
    """A channel's settings, checked, with its secrets. A value: two that are equal lead to the same place."""

    name: str

    @property
    def addresses(self) -> tuple[str, ...]:
        """Recipients that can be muted one by one; empty for a channel that is one address."""
        return ()

    @property
    def for_people(self) -> bool:
        """Whether people read it, so that trouble with another channel can be told over it."""
        return True

    @abstractmethod
    def describe(self) -> str:
        """What it sends, and where to. Never its secrets."""

    def refusal(self) -> str:
        """Why it is sure to be refused though nothing in it is a mistake, in a sentence; "" when it is not."""
        return ""

    @abstractmethod
    def open(self, stopwatch: Callable[[], float], outbound: Outbound) -> Channel:
        """The channel, ready to send. `stopwatch` counts seconds.

        What is heavy to load is imported here. Raises SettingsError when something is not installed or cannot be read.
        """


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
