"""Mail over SMTP: per-recipient results, one connection for as long as there is something to send.

TLS is never optional where it was asked for: without it nothing is sent, not even a user name. We read no mail.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

from tracker.alerts.channels.base import Delivery, Receipt
from tracker.alerts.channels.dialogue import CLOSING, Dialogue, OutOfTime, said
from tracker.alerts.mail import mail_bytes
from tracker.alerts.message import Alert
from tracker.alerts.spec import EmailSpec
from tracker.errors import DeliveryError, NotDelivered, Undeliverable

__all__ = ["DEADLINE_SECONDS", "EmailChannel"]

DEADLINE_SECONDS = 60.0
_AFTER_BAD_LOGIN = timedelta(minutes=5)
"""A server that refuses a login locks out whoever keeps trying."""


class EmailChannel:
    """One mail server and its recipients. `stopwatch` counts seconds; `context` verifies certificates.

    `seconds`: how long one mail may take, all in all.
    """

    def __init__(
        self,
        spec: EmailSpec,
        stopwatch: Callable[[], float],
        *,
        context: ssl.SSLContext | None = None,
        seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self.name = spec.name
        self.addresses = spec.to
        place = "\0".join([spec.host, str(spec.port), spec.sender, *sorted(spec.to)])
        self.fingerprint = sha256(place.encode()).hexdigest()[:16]
        self._spec = spec
        self._context = context or ssl.create_default_context()
        self._stopwatch = stopwatch
        self._seconds = seconds
        self._open: Dialogue | None = None

    def render(self, alert: Alert) -> bytes:
        """The whole mail."""
        return mail_bytes(alert, self._spec)

    def send(self, delivery: Delivery) -> Receipt:
        """One mail to `delivery.to`. Raises NotDelivered, or Undeliverable when the server refuses the mail itself."""
        end = self._stopwatch() + self._seconds
        try:
            dialogue, receipt = self._envelope(delivery.to, end)
            status = dialogue.hand_over(delivery.body) if receipt.reached else None
        except (smtplib.SMTPException, OSError, OutOfTime) as error:
            self.close()
            # Not `from error`: what a server said to a login may repeat it.
            raise self._failed(error) from None
        return replace(receipt, status=status)

    def close(self) -> None:
        """Say goodbye, if a connection is open."""
        dialogue, self._open = self._open, None
        if dialogue is not None:
            dialogue.leave()

    def _envelope(self, to: tuple[str, ...], end: float) -> tuple[Dialogue, Receipt]:
        """A connection that has been told from whom to whom, and what it said to that."""
        if self._open is not None:
            try:
                self._open.until(end)
                return self._open, self._open.envelope(self._spec.sender, to)
            except (smtplib.SMTPServerDisconnected, smtplib.SMTPSenderRefused, ConnectionError) as error:
                if getattr(error, "smtp_code", CLOSING) != CLOSING:
                    raise
                # It closed while idle. Nothing of the mail had been handed over: a fresh connection may take it.
                self.close()
        self._open = self._connected(end)
        return self._open, self._open.envelope(self._spec.sender, to)

    def _connected(self, end: float) -> Dialogue:
        dialogue = Dialogue(self._spec, self._stopwatch, end)
        try:
            dialogue.begin(self._spec, self._context)
        except BaseException:
            dialogue.leave()
            raise
        return dialogue

    def _failed(self, error: Exception) -> DeliveryError:
        host = self._spec.host
        if isinstance(error, smtplib.SMTPAuthenticationError):
            reason = f"{host} refuses the login ({error.smtp_code})"  # with some services the user name is the key
            return NotDelivered(reason, subject=self.name, status=error.smtp_code, retry_after=_AFTER_BAD_LOGIN)
        if isinstance(error, smtplib.SMTPResponseException):
            code, answer = error.smtp_code, said(error.smtp_error)
            kind = Undeliverable if isinstance(error, smtplib.SMTPDataError) and code >= 500 else NotDelivered
            return kind(f"{host} answered {code} {answer}".rstrip(), subject=self.name, status=code)
        return NotDelivered(f"{host} {_reason(error)}", subject=self.name)


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "does not offer what was asked for (STARTTLS, or a login), so nothing was sent"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"has a certificate that cannot be trusted ({error.verify_message}), so nothing was sent"
    if isinstance(error, ssl.SSLError):
        return "does not speak TLS as it should, so nothing was sent"
    if isinstance(error, (OutOfTime, TimeoutError)):
        return "did not answer in time"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "broke the connection off"
    return f"cannot be reached ({type(error).__name__})"
