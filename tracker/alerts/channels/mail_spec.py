"""What a mail channel knows of its server and its recipients: plain values, which the sender reads too."""

from __future__ import annotations

from dataclasses import dataclass, field

from tracker.alerts.channels.channel import ChannelSpec
from tracker.alerts.targets.mail_address import Security
from tracker.changes.wording.words import listed

__all__ = ["MailSpec"]

_MOST_NAMED = 8
_SECURITY = {"plain": "without TLS", "starttls": "with STARTTLS", "implicit": "with TLS"}


@dataclass(frozen=True, slots=True)
class MailSpec(ChannelSpec):
    """The checked settings of a mail channel."""

    to: tuple[str, ...]
    sender: str
    host: str
    port: int
    security: Security
    #: "" for no login.
    user: str = ""
    password: str = field(default="", repr=False)
    #: The operator's address, for the header List-Unsubscribe. "" if none is set.
    contact: str = ""

    @property
    def addresses(self) -> tuple[str, ...]:
        return self.to

    def describe(self) -> str:
        login = ", logged in" if self.user else ""  # at some services the user name is the key
        server = f"{self.host}:{self.port} {_SECURITY[self.security]}{login}"
        return f"mail to {listed(self.to, most=_MOST_NAMED)} from {self.sender}, by {server}"
