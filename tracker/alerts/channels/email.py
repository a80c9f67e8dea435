"""Mail over an SMTP server that the operator chooses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import msgspec

from tracker.alerts.channels.channel import Channel, ChannelSettings, ChannelSpec, Installation, Wrong
from tracker.alerts.channels.secrets import read_secret
from tracker.alerts.targets import mail_address
from tracker.alerts.targets.mail_address import Security
from tracker.changes.wording.words import listed
from tracker.http.outbound import Outbound

__all__ = ["EmailSettings", "EmailSpec"]

_MOST_NAMED = 8
_SECURITY = {"plain": "without TLS", "starttls": "with STARTTLS", "implicit": "with TLS"}


class EmailSettings(ChannelSettings, frozen=True, tag="email", kw_only=True):
    """The settings of a mail channel."""

    to: tuple[str, ...] = ()
    sender: str = msgspec.field(default="", name="from")
    #: The server, as `smtp+starttls://user@host:587`.
    smtp: str = ""
    password_env: str = ""
    password_file: str = ""

    @property
    def address_key(self) -> str:
        return "smtp"

    @property
    def addresses(self) -> tuple[str, ...]:
        return self.to

    def check(self, here: Installation, wrong: Wrong) -> EmailSpec | None:
        if not self.to:
            wrong.append(("to", "is missing: the addresses to write to"))
        wrong += [("to", reason) for it in self.to if (reason := mail_address.refusal(it))]
        if reason := mail_address.refusal(self.sender):
            wrong.append(("from", reason if self.sender else "is missing: the address mails come from"))
        try:
            host, port, security, user = mail_address.parse_smtp(self.smtp)
        except ValueError as error:
            wrong.append(("smtp", str(error)))
            return None
        password = ""
        if user and not (self.password_env or self.password_file):
            wrong.append(("smtp", "names a user; name the password in password_env or password_file"))
        elif user:
            password = read_secret(self.password_env, self.password_file, here.environment)
        operator = here.contact if not mail_address.refusal(here.contact) else ""
        to = tuple(dict.fromkeys(self.to))
        return EmailSpec(self.name, to, self.sender, host, port, security, user, password, operator)

    def notes(self) -> Iterator[str]:
        if self.smtp.startswith("smtp://") and "@" in self.smtp:
            yield f"The channel {self.name} logs in without TLS: its password can be read on the way"


@dataclass(frozen=True, slots=True)
class EmailSpec(ChannelSpec):
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

    def open(self, stopwatch: Callable[[], float], outbound: Outbound) -> Channel:
        # smtplib and the mail writer take 0.1 s to import. Most commands send nothing.
        from tracker.alerts.channels.email_sender import open_sender  # noqa: PLC0415

        return open_sender(self, stopwatch, outbound)
