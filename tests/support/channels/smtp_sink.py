"""A mail server on a real socket (aiosmtpd) that refuses, defers, breaks off and stalls as told.

When it is closed, the standard library's parser reads each mail.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

ALWAYS = ("From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "Auto-Submitted")

__all__ = ["Mail", "Mailbox", "free_port"]


def free_port() -> int:
    """Return a free port. The server connects to itself to see if it is up, so it must know its port before."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as it came in."""

    to: tuple[str, ...]
    raw: bytes
    tls: bool

    @property
    def parsed(self) -> EmailMessage:
        found = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(found, EmailMessage)
        return found

    @property
    def defects(self) -> list[object]:
        """Return what the parser finds wrong in the mail, its headers and parts, and what an alert lacks."""
        mail = self.parsed
        found: list[object] = [defect for part in mail.walk() for defect in part.defects]
        found += [defect for part in mail.walk() for _, header in part.items() for defect in header.defects]
        if "X-Trialwatch-Key" in mail:
            found += [
                f"{name} is there {count} times" for name in ALWAYS if (count := len(mail.get_all(name, []))) != 1
            ]
            found += [f"no {kind} part" for kind in ("plain", "html") if mail.get_body((kind,)) is None]
        return found


@dataclass
class Mailbox:
    """A mailbox.

    `say` maps a step (EHLO, MAIL, RCPT, DATA, or an address) to the answer instead of yes. `lose_after_data` is how
    often to break off after a mail was accepted. `login` is the (user, password) to ask for. `on_mail` is called with
    each mail before it is answered.
    """

    say: dict[str, str] = field(default_factory=dict)
    mails: list[Mail] = field(default_factory=list)
    lose_after_data: int = 0
    on_mail: Callable[[Mail], None] | None = None
    stall: bool = False
    login: tuple[str, str] | None = None
    starttls: ssl.SSLContext | None = None
    implicit: ssl.SSLContext | None = None
    attempts_to_log_in: int = 0
    connections: int = 0

    def __enter__(self) -> Mailbox:
        options: dict[str, Any] = {"auth_require_tls": False, "enable_SMTPUTF8": False}
        if self.login:
            options["authenticator"] = self._authenticate
        if self.starttls:
            options |= {"tls_context": self.starttls, "require_starttls": True}
        self._controller = Controller(
            self, hostname="127.0.0.1", port=free_port(), ssl_context=self.implicit, ready_timeout=10, **options
        )
        self._controller.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._controller.stop()
        if kind is None:
            assert [defect for mail in self.mails for defect in mail.defects] == []

    @property
    def port(self) -> int:
        assert self._controller.server is not None
        return int(self._controller.server.sockets[0].getsockname()[1])

    def _authenticate(self, _: SMTP, __: Session, ___: Envelope, ____: str, data: Any) -> AuthResult:
        self.attempts_to_log_in += 1
        assert isinstance(data, LoginPassword) and self.login is not None
        return AuthResult(success=(data.login.decode(), data.password.decode()) == self.login, handled=False)

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return [self.say["EHLO"]] if "EHLO" in self.say else responses

    async def handle_MAIL(self, _: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if "MAIL" in self.say:
            return self.say["MAIL"]
        if self.login and not session.authenticated:
            return "530 5.7.0 log in first"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]) -> str:
        for step in (address, "RCPT"):
            if step in self.say:
                return self.say[step]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.stall:
            await asyncio.sleep(600)
        if "DATA" in self.say:
            return self.say["DATA"]
        assert isinstance(envelope.content, bytes)
        tls = session.ssl is not None or self.implicit is not None
        mail = Mail(tuple(envelope.rcpt_tos), envelope.content, tls)
        self.mails.append(mail)
        if self.on_mail is not None:
            self.on_mail(mail)
        if self.lose_after_data:
            self.lose_after_data -= 1
            server.transport.abort()
        return "250 kept"
