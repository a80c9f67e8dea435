"""The interface of a channel: its settings as written, the checked spec, and the channel that sends.

One module defines one type of channel. Its `ChannelSettings` checks itself and returns a `ChannelSpec`. The spec
describes itself and opens a `Channel`. `channel_list` has one line for each type.
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

__all__ = [
    "Channel",
    "ChannelSettings",
    "ChannelSpec",
    "Delivery",
    "Draft",
    "Installation",
    "Probe",
    "Receipt",
    "Wish",
    "Wrong",
    "do_nothing",
]

Wrong = list[tuple[str, str]]
"""(key, reason) of each mistake in a channel's settings."""


@dataclass(frozen=True, slots=True)
class Installation:
    """Facts about this installation that channels need."""

    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    #: The operator's address or page. "" if none is set.
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody who adds a channel gives beside its address."""

    #: The mail server, as `smtp+starttls://user@host:587`.
    smtp: str = ""
    #: The address that mails come from.
    sender: str = ""
    #: The environment variable with the password. "" for a file.
    password_env: str = ""
    #: True if the address is meant to be in a private network.
    private: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A new `[[channel]]`, made from an address."""

    type: str
    #: A name that fits. Another channel may have it already.
    name: str
    #: The keys of the table, without the name, the type and those of `secrets`.
    values: Mapping[str, str | list[str]]
    #: Key -> the content of a file that only its owner may read. The key names the file.
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    #: A key like those of `secrets`, whose content has to be asked for. "" for none.
    wanted: str = ""
    #: What is wanted, in words: `the password of me@example.org at smtp.example.org`.
    wanted_words: str = ""
    #: A sentence on how to get it.
    advice: str = ""


class ChannelSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", kw_only=True):
    """One `[[channel]]` as written in the file. Each type has its own subclass, tagged with the `type`.

    Secrets are only named here: a key that ends in `_env` names an environment variable, one in `_file` a file.
    """

    only_here: ClassVar[Mapping[str, str]] = {}
    """Key -> the error if a channel of another type has this key. `{type}` is that type."""
    name: str = ""

    @classmethod
    def draft(cls, address: str, wish: Wish) -> Draft | None:  # noqa: ARG003  (for types that take an address)
        """Return a channel to `address`. None if it is no address for this type.

        Raise UsageError with the next step if something is missing.
        """
        return None

    @property
    def address_key(self) -> str:
        """Return the key that holds the channel's address. Errors about an unusable channel point at it."""
        return "type"

    @property
    def addresses(self) -> tuple[str, ...]:
        """Return the recipients that the file itself names."""
        return ()

    @property
    def by_step(self) -> bool:
        """Return True if the events of one trial in one step become one message. Channels for people do this."""
        return True

    def check(self, here: Installation, wrong: Wrong) -> ChannelSpec | None:
        """Read the secrets and return the checked spec. Mistakes go into `wrong`.

        Raise SecretMissing if a secret is missing.
        """
        raise NotImplementedError

    def notes(self) -> Iterator[str]:
        """Yield remarks on settings that are valid but unusual."""
        return iter(())


@dataclass(frozen=True, slots=True)
class ChannelSpec(ABC):
    """The checked settings of a channel, with its secrets. Equal specs lead to the same place."""

    name: str

    @property
    def addresses(self) -> tuple[str, ...]:
        """Return the recipients that can be muted one by one. Empty if the channel is a single address."""
        return ()

    @property
    def for_people(self) -> bool:
        """Return True if people read the channel. Trouble with another channel can then be reported over it."""
        return True

    @abstractmethod
    def describe(self) -> str:
        """Describe what the channel sends, and where to. Never includes secrets."""

    def refusal(self) -> str:
        """Return, as a sentence, why delivery is sure to be refused although the settings are valid. "" if it
        is not.
        """
        return ""

    @abstractmethod
    def open(self, stopwatch: Callable[[], float], outbound: Outbound) -> Channel:
        """Return the channel, ready to send. `stopwatch` counts seconds.

        Heavy modules are imported here. Raise SettingsError if a package is not installed or a file cannot be read.
        """


def do_nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt."""

    key: str
    #: The output of `render`: the same bytes on every attempt at the same destination.
    body: bytes
    now: datetime
    #: Recipients not reached yet.
    to: tuple[str, ...] = ()
    #: Work to do while an answer is awaited. A channel may call it, once or several times, and it raises nothing. Its
    #: time counts as time of the attempt.
    meanwhile: Callable[[], None] = field(default=do_nothing, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The result of an attempt that got replies. If the channel has addresses, each of `to` is in exactly one of the
    fields.

    All address fields but `reached` map an address to the reply about it. All are empty if the channel has no
    addresses.
    """

    status: int | None = None
    reached: tuple[str, ...] = ()
    #: Refused for good.
    refused: Mapping[str, str] = field(default_factory=dict)
    #: Not accepted now, try again.
    deferred: Mapping[str, str] = field(default_factory=dict)
    #: Refused, but final only if a second reply, a day later, says the same.
    doubted: Mapping[str, str] = field(default_factory=dict)
    #: This message only is refused.
    declined: Mapping[str, str] = field(default_factory=dict)
    #: True if the deferral will not pass by itself, because our settings do not suit the server.
    lasting: bool = False

    @property
    def failed(self) -> dict[str, str]:
        """Return all addresses that were not reached, with the replies."""
        return {**self.refused, **self.doubted, **self.declined, **self.deferred}


@dataclass(frozen=True, slots=True)
class Probe:
    """What came of dialling a channel without sending anything."""

    #: False if nothing was dialled, because that is not possible without sending a message.
    dialled: bool
    #: What the other side accepted, or why it was not dialled: a clause.
    detail: str


class Channel(Protocol):
    """An open channel, with its address and secrets. One thread at a time may use it."""

    name: str
    addresses: tuple[str, ...]
    """Recipients that succeed or fail separately (mail). Empty if the channel is a single address."""
    for_people: bool
    """Whether people read it: they are written to in names, and a program in codes and keys."""
    fingerprint: str
    """A hash of the destination, without its secrets. A new hash means a new destination, and so does another type of
    channel: no two types give the same hash.
    """

    def render(self, alert: Alert) -> bytes:
        """Return the bytes to send. The same alert always gives the same bytes."""
        ...

    def send(self, delivery: Delivery) -> Receipt:
        """Make one attempt, within the channel's deadline. Raise DeliveryError if no recipient was reached."""
        ...

    def probe(self, seconds: float) -> Probe:
        """Dial as `send` would, for at most `seconds`, and send no message. Raise DeliveryError with the next step."""
        ...

    def close(self) -> None:
        """Close the connections. The channel can be used again later."""
        ...
