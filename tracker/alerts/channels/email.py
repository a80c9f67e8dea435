"""Mail over SMTP: per-recipient results, one connection for as long as there is something to send.

TLS is never optional where it was asked for: without it nothing is sent, not even a user name. We read no mail.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any

from tracker.alerts.channels.base import Delivery, Receipt
from tracker.alerts.spec import EmailSpec
from tracker.alerts.mail import mail_bytes
from tracker.alerts.message import Alert
from tracker.errors import DeliveryError, NotDelivered, Undeliverable
from tracker.records.clean import clean

__all__ = ["DEADLINE_SECONDS", "EmailChannel"]

DEADLINE_SECONDS = 60.0
_AFTER_BAD_LOGIN = timedelta(minutes=5)
"""A server that refuses a login locks out whoever keeps trying."""
_READY, _CLOSING = 220, 421


class _OutOfTime(TimeoutError):
    """The time for one mail is used up."""


class EmailChannel:
    """One mail server and its recipients. `stopwatch` counts seconds; `context` verifies certificates."""

    def __init__(
        self, spec: EmailSpec, stopwatch: Callable[[], float], *, context: ssl.SSLContext | None = None
    ) -> None:
        self.name = spec.name
        self.addresses = spec.to
        place = "\0".join([spec.host, str(spec.port), spec.sender, *sorted(spec.to)])
        self.fingerprint = sha256(place.encode()).hexdigest()[:16]
        self._spec = spec
        self._context = context or ssl.create_default_context()
        self._stopwatch = stopwatch
        self._open: _Dialogue | None = None

    def render(self, alert: Alert) -> bytes:
        """The whole mail."""
        return mail_bytes(alert, self._spec)

    def send(self, delivery: Delivery) -> Receipt:
        """One mail to `delivery.to`. Raises NotDelivered, or Undeliverable when the server refuses the mail itself."""
        end = self._stopwatch() + DEADLINE_SECONDS
        try:
            try:
                dialogue, reused = self._dialogue(end)
                reached, refused, deferred = dialogue.envelope(self._spec.sender, delivery.to)
            except (smtplib.SMTPServerDisconnected, smtplib.SMTPSenderRefused, ConnectionError) as error:
                if not reused or getattr(error, "smtp_code", _CLOSING) != _CLOSING:
                    raise
                # It closed while idle. Nothing of the mail had been handed over: a fresh connection may take it.
                self.close()
                dialogue, _ = self._dialogue(end)
                reached, refused, deferred = dialogue.envelope(self._spec.sender, delivery.to)
            status = dialogue.hand_over(delivery.body) if reached else None
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise self._failed(error) from error
        return Receipt(status, tuple(reached), refused, deferred)

    def close(self) -> None:
        """Say goodbye, if a connection is open."""
        dialogue, self._open = self._open, None
        if dialogue is not None:
            dialogue.leave()

    def _dialogue(self, end: float) -> tuple[_Dialogue, bool]:
        """A connection that is logged in, and whether it was open already."""
        if self._open is not None:
            self._open.until(end)
            return self._open, True
        dialogue = _Dialogue(self._spec, self._stopwatch, end)
        try:
            dialogue.begin(self._spec, self._context)
            dialogue.log_in(self._spec)
        except BaseException:
            dialogue.leave()
            raise
        self._open = dialogue
        return dialogue, False

    def _failed(self, error: Exception) -> DeliveryError:
        host = self._spec.host
        if isinstance(error, smtplib.SMTPAuthenticationError):
            reason = f"{host} refuses the login of {self._spec.user} ({error.smtp_code})"
            return NotDelivered(reason, subject=self.name, status=error.smtp_code, retry_after=_AFTER_BAD_LOGIN)
        if isinstance(error, smtplib.SMTPResponseException):
            code, said = error.smtp_code, _said(error.smtp_error)
            kind = Undeliverable if isinstance(error, smtplib.SMTPDataError) and code >= 500 else NotDelivered
            return kind(f"{host} answered {code} {said}".rstrip(), subject=self.name, status=code)
        return NotDelivered(f"{host} {_reason(error)}", subject=self.name)


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "does not offer what was asked for (STARTTLS, or a login), so nothing was sent"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"has a certificate that cannot be trusted ({error.verify_message}), so nothing was sent"
    if isinstance(error, ssl.SSLError):
        return "does not speak TLS as it should, so nothing was sent"
    if isinstance(error, TimeoutError):
        return "did not answer in time"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "broke the connection off"
    return f"cannot be reached ({type(error).__name__})"


def _said(answer: bytes | str) -> str:
    """What a server said, on one line and harmless."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return clean(" ".join(text.split()))[:200]


class _Dialogue(smtplib.SMTP):
    """One SMTP connection whose every step counts against one deadline."""

    def __init__(self, spec: EmailSpec, stopwatch: Callable[[], float], end: float) -> None:
        self._stopwatch = stopwatch
        self._end = end
        # A name of our own: to ask the resolver for this machine's may take longer than the mail.
        super().__init__(local_hostname=spec.sender.rpartition("@")[2], timeout=self._left())
        self._host = spec.host  # what certificates are checked against
        self._tls_at_once: ssl.SSLContext | None = None

    def until(self, end: float) -> None:
        """A new deadline, for the next mail."""
        self._end = end

    def begin(self, spec: EmailSpec, context: ssl.SSLContext) -> None:
        """Connect, with TLS where it was asked for. Raises rather than going on without."""
        if spec.security == "implicit":
            self._tls_at_once = context
        code, said = self.connect(spec.host, spec.port)
        if code != _READY:
            raise smtplib.SMTPConnectError(code, said)
        if spec.security == "starttls":
            self.starttls(context=context)

    def log_in(self, spec: EmailSpec) -> None:
        if spec.user:
            self.login(spec.user, spec.password)

    def envelope(self, sender: str, to: tuple[str, ...]) -> tuple[list[str], dict[str, str], dict[str, str]]:
        """Sender and recipients: who is taken, who is refused for good, who for now."""
        self.ehlo_or_helo_if_needed()
        code, said = self.mail(sender)
        if code != 250:
            raise smtplib.SMTPSenderRefused(code, said, sender)
        taken: list[str] = []
        refused: dict[str, str] = {}
        deferred: dict[str, str] = {}
        for address in to:
            code, said = self.rcpt(address)
            if code in (250, 251):
                taken.append(address)
            elif code == _CLOSING:
                raise smtplib.SMTPServerDisconnected("closing")
            else:
                (refused if code >= 500 else deferred)[address] = f"{code} {_said(said)}".rstrip()
        if not taken:
            self.rset()
        return taken, refused, deferred

    def hand_over(self, mail: bytes) -> int:
        code, said = self.data(mail)
        if code != 250:
            raise smtplib.SMTPDataError(code, said)
        return code

    def leave(self) -> None:
        """Quit, without waiting for long; the connection is closed whatever the other side says."""
        self._end = min(self._end, self._stopwatch() + 2)
        try:
            if self.sock:
                self.quit()
        except (smtplib.SMTPException, OSError):
            pass
        finally:
            smtplib.SMTP.close(self)

    def send(self, s: Any) -> None:
        self._hurry()
        super().send(s)

    def getreply(self) -> tuple[int, bytes]:
        self._hurry()
        return super().getreply()

    def _get_socket(self, host: str, port: int, timeout: float) -> object:
        found = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        return found if self._tls_at_once is None else self._tls_at_once.wrap_socket(found, server_hostname=host)

    def _hurry(self) -> None:
        if self.sock:
            self.sock.settimeout(self._left())

    def _left(self) -> float:
        left = self._end - self._stopwatch()
        if left <= 0:
            raise _OutOfTime
        return left
