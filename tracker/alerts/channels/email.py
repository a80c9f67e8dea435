"""Mail over an SMTP server that the operator chooses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import quote

import msgspec

from tracker.alerts.channels.channel import Channel, ChannelSettings, Draft, Installation, Wish, Wrong
from tracker.alerts.channels.mail_spec import MailSpec
from tracker.alerts.channels.secrets import read_secret
from tracker.alerts.targets import mail_address
from tracker.alerts.targets.mail_providers import provider_of
from tracker.errors import UsageError
from tracker.http.outbound import Outbound

__all__ = ["EmailSettings", "EmailSpec"]


class EmailSettings(ChannelSettings, frozen=True, tag="email", kw_only=True):
    """The settings of a mail channel."""

    to: tuple[str, ...] = ()
    sender: str = msgspec.field(default="", name="from")
    #: The server, as `smtp+starttls://user@host:587`.
    smtp: str = ""
    password_env: str = ""
    password_file: str = ""

    @classmethod
    def draft(cls, address: str, wish: Wish) -> Draft | None:
        if "@" not in address or "//" in address:
            return None
        address = address.removeprefix("mailto:")
        if reason := mail_address.refusal(address):
            raise UsageError(reason, subject=address[:60])
        smtp, advice = _server(address, wish)
        try:
            host, _, _, user = mail_address.parse_smtp(smtp)
        except ValueError as error:
            raise UsageError(f"--smtp: {error}", subject="--smtp") from None
        sender = wish.sender or (user if "@" in user else address)
        values: dict[str, str | list[str]] = {"to": [address], "from": sender, "smtp": smtp}
        if wish.password_env:
            values["password_env"] = wish.password_env
        wanted = "password_file" if user and not wish.password_env else ""
        return Draft("email", "me", values, wanted=wanted, wanted_words=f"{user} at {host}", advice=advice)

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


def _server(address: str, wish: Wish) -> tuple[str, str]:
    """Return the server that sends for an address, and how to get a password for it. Raise UsageError."""
    if wish.smtp:
        return wish.smtp, ""
    sending = wish.sender or address
    provider = provider_of(sending)
    if provider is None:
        raise UsageError(
            f"The mail server of {sending.rpartition('@')[2]} is not known here. The settings of your mail program "
            "or your IT department name it (outgoing mail, SMTP). Give it like this: "
            f"--smtp smtp+starttls://{quote(sending)}@mail.example.org:587",
            subject="--smtp",
        )
    if not provider.smtp:
        raise UsageError(provider.advice, subject="--smtp")
    scheme, _, place = provider.smtp.partition("://")
    return f"{scheme}://{quote(sending)}@{place}", provider.advice


class EmailSpec(MailSpec):
    """The checked settings of a mail channel, which can be opened."""

    __slots__ = ()

    def open(self, stopwatch: Callable[[], float], outbound: Outbound) -> Channel:
        # smtplib and the mail writer take 0.1 s to import. Most commands send nothing.
        from tracker.alerts.channels.email_sender import open_sender  # noqa: PLC0415

        return open_sender(self, stopwatch, outbound)
