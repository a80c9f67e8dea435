"""Send mail over SMTP, with a result for each recipient and one connection while there is mail to send.

TLS is never optional where it is configured: without it nothing is sent, not even a user name. The program reads no
mail.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Sequence
from datetime import timedelta
from hashlib import sha256

from tracker.alerts.channels.channel import Delivery, Probe, Receipt
from tracker.alerts.channels.mail_spec import MailSpec
from tracker.alerts.channels.smtp_session import CLOSING, Answered, Envelope, MailOutOfTime, SmtpSession
from tracker.alerts.message import Alert
from tracker.alerts.render.commands import GIVEN_UP, probe_step, step_for
from tracker.alerts.render.mail import mail_bytes
from tracker.alerts.replies import CONNECTION, STEPS, ReplyVerdict, Step, smtp_verdict
from tracker.errors import DeliveryError, NotDelivered, Undeliverable
from tracker.http.causes import certificate_cause, connection_cause
from tracker.http.outbound import Outbound
from tracker.http.tls import tls_context

__all__ = ["DEADLINE_SECONDS", "EmailChannel", "open_sender"]

DEADLINE_SECONDS = 60.0
_AFTER_BAD_LOGIN = timedelta(minutes=5)
"""A server that refuses a login may lock out a client that tries again too soon."""
_FAILURES = (smtplib.SMTPException, OSError, UnicodeError, MailOutOfTime, Answered)
_AT: dict[Step, str] = {step: f"to {step}" for step in STEPS} | {
    "greeting": "as its greeting",
    "message": "to the mail",
}
NextStep = Callable[[ReplyVerdict, str], str]
"""Returns the next step after a failure of the channel with that name."""


class EmailChannel:
    """One mail server and its recipients. `stopwatch` counts seconds, `context` verifies certificates.

    `seconds`: the total time for one mail.
    """

    def __init__(
        self,
        spec: MailSpec,
        stopwatch: Callable[[], float],
        *,
        context: ssl.SSLContext | None = None,
        seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self.name = spec.name
        self.addresses = spec.to
        self.for_people = spec.for_people
        place = "\0".join([spec.host, str(spec.port), spec.sender, *sorted(spec.to)])
        self.fingerprint = sha256(place.encode()).hexdigest()[:16]
        self._spec = spec
        self._context = context or ssl.create_default_context()
        self._stopwatch = stopwatch
        self._seconds = seconds
        self._open: SmtpSession | None = None

    def render(self, alert: Alert) -> bytes:
        """Return the complete mail."""
        return mail_bytes(alert, self._spec)

    def send(self, delivery: Delivery) -> Receipt:
        """Send one mail to `delivery.to`, in as many transactions as the server needs.

        Raise only if no recipient was reached: Undeliverable if the server refuses the mail itself, otherwise
        NotDelivered.
        """
        end = self._stopwatch() + self._seconds
        found, rest = _Outcome(self.name), delivery.to
        while rest:
            taken: tuple[str, ...] = ()
            try:
                smtp_session, envelope = self._envelope(rest, end)
                taken, unsettled = envelope.taken, envelope.rest
                found.add(envelope)
                if taken:
                    found.status = smtp_session.hand_over(delivery.body, delivery.meanwhile)
                    found.reached += taken
            except _FAILURES as error:
                self.close()
                # Not `from error`: the reply to a login may repeat the password.
                failed = self._failed(error)
                if not found.reached:
                    raise failed from None
                return found.cut_off([*taken, *(it for it in rest if it not in taken)], failed)
            rest = unsettled
        return found.receipt()

    def probe(self, seconds: float) -> Probe:
        """Connect, start TLS and log in as configured, then quit. No mail is begun."""
        try:
            self._connected(self._stopwatch() + seconds).leave()
        except _FAILURES as error:
            raise self._failed(error, probe_step) from None  # as in `send`
        return Probe(True, "the server accepts the login" if self._spec.user else "the server answers")

    def close(self) -> None:
        """Quit the session, if a connection is open."""
        smtp_session, self._open = self._open, None
        if smtp_session is not None:
            smtp_session.leave()

    def _envelope(self, to: tuple[str, ...], end: float) -> tuple[SmtpSession, Envelope]:
        """Return a connection that has accepted the envelope, with the replies to it."""
        if self._open is not None:
            try:
                self._open.until(end)
                return self._open, self._open.envelope(self._spec.sender, to)
            except (smtplib.SMTPServerDisconnected, Answered, ConnectionError) as error:
                if isinstance(error, Answered) and (error.code, error.step) != (CLOSING, "MAIL FROM"):
                    raise
                # The server closed the idle connection. Nothing of this mail was handed over, so a new connection may
                # try it.
                self.close()
        self._open = self._connected(end)
        return self._open, self._open.envelope(self._spec.sender, to)

    def _connected(self, end: float) -> SmtpSession:
        smtp_session = SmtpSession(self._spec, self._stopwatch, end)
        try:
            smtp_session.begin(self._spec, self._context)
        except BaseException:
            smtp_session.leave()
            raise
        return smtp_session

    def _failed(self, error: Exception, step: NextStep = step_for) -> DeliveryError:
        host = self._spec.host
        if not isinstance(error, Answered):
            happened, verdict = _happened(error, self._spec.port)
            return self._error(f"{host} {happened}", verdict, None, step)
        verdict = smtp_verdict(error.step, error.code, error.text)
        if error.step == "AUTH":
            # Leave out the reply, which may repeat the password. Leave out the user, which is the key at some services.
            reason = f"{host} refuses the login ({error.code}): {verdict.why}"
            return self._error(reason, verdict, error.code, step, _AFTER_BAD_LOGIN)
        reason = f"{host} answered {error.code} {error.text}".rstrip()
        return self._error(f"{reason} ({_AT[error.step]}): {verdict.why}", verdict, error.code, step)

    def _error(
        self, reason: str, verdict: ReplyVerdict, status: int | None, step: NextStep, pause: timedelta | None = None
    ) -> DeliveryError:
        if verdict.fault == "content" and verdict.lasting:
            return Undeliverable(f"{reason}. {GIVEN_UP}", subject=self.name, status=status)
        return NotDelivered(
            f"{reason}. {step(verdict, self.name)}",
            subject=self.name,
            status=status,
            retry_after=pause,
            lasting=verdict.lasting,
        )


def open_sender(spec: MailSpec, stopwatch: Callable[[], float], outbound: Outbound) -> EmailChannel:
    """Return the channel, with the certificates that this installation trusts."""
    return EmailChannel(spec, stopwatch, context=tls_context(outbound))


class _Outcome:
    """What is known so far about the recipients of one mail."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self.status: int | None = None
        self.reached: tuple[str, ...] = ()
        self._refused: dict[str, str] = {}
        self._doubted: dict[str, str] = {}
        self._declined: dict[str, str] = {}
        self._deferred: dict[str, str] = {}
        self._lasting = False

    def add(self, envelope: Envelope) -> None:
        """Add the replies about recipients that were not accepted."""
        for address, (code, text) in envelope.answers.items():
            verdict = smtp_verdict("RCPT TO", code, text)
            self._pile(verdict)[address] = f"{code} {text}".rstrip()
            self._lasting |= verdict.lasting and verdict.fault in ("server", "us")

    def _pile(self, verdict: ReplyVerdict) -> dict[str, str]:
        if not verdict.lasting or verdict.fault in ("server", "us"):
            return self._deferred
        if verdict.fault == "content":
            return self._declined
        return self._refused if verdict.sure else self._doubted

    def cut_off(self, waiting: Sequence[str], error: DeliveryError) -> Receipt:
        """Return the receipt of a mail that failed after some recipients were reached."""
        pile = self._declined if isinstance(error, Undeliverable) else self._deferred
        pile |= {it: error.message for it in waiting if it not in self.receipt().failed}
        self._lasting |= error.lasting
        return self.receipt()

    def receipt(self) -> Receipt:
        return Receipt(
            self.status,
            self.reached,
            self._refused,
            self._deferred,
            self._doubted,
            self._declined,
            lasting=self._lasting,
        )


def _happened(error: Exception, port: int) -> tuple[str, ReplyVerdict]:
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "does not offer what was asked for (STARTTLS, or a login), so nothing was sent", CONNECTION["missing"]
    if isinstance(error, ssl.SSLCertVerificationError):
        why = f"has a certificate that cannot be trusted, so nothing was sent: {certificate_cause(error)}"
        return why, CONNECTION["certificate"]
    if isinstance(error, ssl.SSLError):
        return "does not speak TLS as it should, so nothing was sent", CONNECTION["tls"]
    if isinstance(error, (MailOutOfTime, TimeoutError)):
        return "did not answer in time", CONNECTION["late"]
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "broke the connection off", CONNECTION["cut"]
    if isinstance(error, smtplib.SMTPResponseException):
        return "did not answer as a mail server does", CONNECTION["protocol"]
    return f"cannot be reached: {connection_cause(error, port)}", CONNECTION["unreachable"]
