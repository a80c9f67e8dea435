"""One SMTP connection with one deadline for all steps, even if the server sends very slowly.

The timeout of smtplib limits only a single receive. A server that sends a byte now and then, or a reply without an end,
could hold up a mail for hours. smtplib also tries all login methods one after the other, which looks like an attack.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from tracker.alerts.channels.mail_spec import MailSpec
from tracker.alerts.replies import Step, smtp_verdict
from tracker.records.clean import clean

__all__ = ["CLOSING", "Answered", "Envelope", "MailOutOfTime", "SmtpSession", "said"]

CLOSING = 421
_READY, _MORE, _LOGGED_IN, _DONE, _GO_ON = 220, 334, 235, 250, 354
_UNKNOWN = (500, 501, 502, 504, 550)
"""Replies to an EHLO that the server does not know (RFC 5321, 3.2)."""
_DOT = re.compile(rb"^\.", re.MULTILINE)
_PIECE = 16_384
_MOST_ANSWER = 65_536
"""Most bytes of one reply. A greeting or a list of extensions has a few hundred."""
_FAREWELL_SECONDS = 2.0


class MailOutOfTime(Exception):
    """The time for one mail is used up. Not an OSError, because smtplib would report that as a lost connection."""


class Answered(Exception):
    """The server refused at `step`. `text` is the reply, sanitized and on one line."""

    def __init__(self, step: Step, code: int, text: str) -> None:
        super().__init__(step, code, text)
        self.step: Step = step
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Envelope:
    """The replies to sender and recipients."""

    taken: tuple[str, ...]
    #: Code and text for each address that was not accepted.
    answers: Mapping[str, tuple[int, str]]
    #: Recipients beyond the number that the server accepts at once.
    rest: tuple[str, ...]


class SmtpSession(smtplib.SMTP):
    """One session, from connect to quit. `stopwatch` counts seconds, `end` is the deadline on it."""

    def __init__(self, spec: MailSpec, stopwatch: Callable[[], float], end: float) -> None:
        # Use a name of our own: a lookup of this machine's name may take longer than the mail.
        super().__init__(local_hostname=spec.sender.rpartition("@")[2])
        self._stopwatch = stopwatch
        self._end = end
        self._host = spec.host  # certificates are checked against it
        self._tls_at_once: ssl.SSLContext | None = None

    def until(self, end: float) -> None:
        """Set a new deadline, for the next mail."""
        self._end = end

    def begin(self, spec: MailSpec, context: ssl.SSLContext) -> None:
        """Connect, with TLS if configured. Raise Answered rather than go on without TLS."""
        if spec.security == "implicit":
            self._tls_at_once = context
        self._expect("greeting", _READY, *self.connect(spec.host, spec.port))
        self._greet()
        if spec.security == "starttls":
            try:
                self._expect("STARTTLS", _READY, *self.starttls(context=context))
            except smtplib.SMTPResponseException as error:
                raise Answered("STARTTLS", error.smtp_code, said(error.smtp_error)) from None
            self._greet()
        if spec.user:
            self._log_in(spec.user, spec.password)

    def envelope(self, sender: str, to: Sequence[str]) -> Envelope:
        """Send sender and recipients. Return who is accepted, the replies about others, and who must wait for the next
        mail.

        Raise Answered if the server refuses the sender or closes the connection.
        """
        self._greet()
        self._expect("MAIL FROM", _DONE, *self._say("MAIL FROM", sender))
        taken: list[str] = []
        answers: dict[str, tuple[int, str]] = {}
        for place, address in enumerate(to):
            code, answer = self._say("RCPT TO", address)
            if code == CLOSING:
                raise Answered("RCPT TO", code, said(answer))
            if code // 100 == 2:
                taken.append(address)
            elif taken and smtp_verdict("RCPT TO", code, said(answer)).split:
                return Envelope(tuple(taken), answers, tuple(to[place:]))
            else:
                answers[address] = (code, said(answer))
        if not taken:
            self.rset()
        return Envelope(tuple(taken), answers, ())

    def hand_over(self, mail: bytes, meanwhile: Callable[[], None]) -> int:
        """Send the mail itself. Call `meanwhile` before the wait for the answer. Raise Answered if it is refused."""
        self._expect("DATA", _GO_ON, *self.docmd("data"))
        self.send(_with_end(mail))
        meanwhile()
        code, answer = self.getreply()
        self._expect("message", _DONE, code, answer)
        return code

    def leave(self) -> None:
        """Quit without a long wait. The connection is closed in any case."""
        self._end = min(self._end, self._stopwatch() + _FAREWELL_SECONDS)
        try:
            # The mail is already settled, so an error in the goodbye changes nothing.
            with suppress(smtplib.SMTPException, OSError, MailOutOfTime):
                if self.sock:
                    self.quit()
        finally:
            self.close()

    def send(self, s: str | bytes) -> None:  # type: ignore[override]
        """Send all bytes within the deadline. (Over TLS, smtplib would allow the full time again for each piece.)"""
        rest = memoryview(s.encode("ascii") if isinstance(s, str) else s)
        try:
            while rest:
                rest = rest[self._hurried().send(rest[:_PIECE]) :]
        except TimeoutError:
            self.close()
            raise MailOutOfTime from None
        except OSError as error:
            self.close()
            raise smtplib.SMTPServerDisconnected("while sending") from error

    def getreply(self) -> tuple[int, bytes]:
        """Return the next complete reply, within the deadline."""
        # smtplib reads from `file` and drops it when TLS begins. So data received before TLS is never used after it.
        lines = self.file if isinstance(self.file, _Lines) else _Lines(self._receive)
        lines.left = _MOST_ANSWER
        self.file = lines
        return super().getreply()

    def _say(self, command: str, address: str) -> tuple[int, bytes]:
        # smtplib would parse each address first, to extract it from "A name <a@b>". Our addresses are already plain.
        return self.docmd(f"{command}:<{address}>")

    def _log_in(self, user: str, password: str) -> None:
        """Log in once, with one method. Raise Answered, or SMTPNotSupportedError if the server offers no method."""
        offered = self.esmtp_features.get("auth", "").upper().split()
        if "PLAIN" in offered:
            code, answer = self.docmd("AUTH", "PLAIN " + _base64(f"\0{user}\0{password}"))
        elif "LOGIN" in offered:
            code, answer = self.docmd("AUTH", "LOGIN")
            for word in (user, password):
                if code == _MORE:
                    code, answer = self.docmd(_base64(word))
        else:
            raise smtplib.SMTPNotSupportedError("no login that we know is offered")
        self._expect("AUTH", _LOGGED_IN, code, answer)

    def _greet(self) -> None:
        """Send EHLO, or HELO if the server does not know EHLO. Do nothing if already done."""
        if self.ehlo_resp is not None or self.helo_resp is not None:
            return
        code, answer = self.ehlo()
        if code in _UNKNOWN:
            code, answer = self.helo()
        if code // 100 != 2:
            self.ehlo_resp = self.helo_resp = None
            raise Answered("EHLO", code, said(answer))

    def _expect(self, step: Step, wanted: int, code: int, answer: bytes) -> None:
        """Raise Answered if the reply is not as wanted. If the step is to be complete, any 2xx code will do. Otherwise
        the exact code counts.
        """
        if code != wanted and not (wanted == _DONE and code // 100 == 2):
            raise Answered(step, code, said(answer))

    def _get_socket(self, host: str, port: int, _: float) -> socket.socket:
        """Connect to each address of the host in turn, so that one silent address leaves time for the next. Called by
        smtplib.
        """
        places = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        failure: OSError | None = None
        for tried, place in enumerate(places):
            try:
                found = socket.create_connection((str(place[4][0]), port), self._left() / (len(places) - tried))
            except OSError as error:
                failure = error
                continue
            return self._over_tls(found, host)
        raise failure or ConnectionError("no address")

    def _over_tls(self, plain: socket.socket, host: str) -> socket.socket:
        if self._tls_at_once is None:
            return plain
        plain.settimeout(self._left())
        return self._tls_at_once.wrap_socket(plain, server_hostname=host)  # closes the socket if it fails

    def _receive(self) -> bytes:
        try:
            return self._hurried().recv(_PIECE)
        except TimeoutError:
            self.close()
            raise MailOutOfTime from None

    def _hurried(self) -> socket.socket:
        if self.sock is None:
            raise ConnectionError("not connected")
        self.sock.settimeout(self._left())
        return self.sock

    def _left(self) -> float:
        left = self._end - self._stopwatch()
        if left <= 0:
            self.close()
            raise MailOutOfTime
        return left


class _Lines:
    """A file for smtplib: yields received lines. `left` limits the bytes until the next reply is due."""

    def __init__(self, receive: Callable[[], bytes]) -> None:
        self._receive = receive
        self._kept = b""
        self.left = _MOST_ANSWER

    def readline(self, most: int) -> bytes:
        while b"\n" not in self._kept and len(self._kept) < most:
            piece = self._receive()
            if not piece:
                break
            self._kept += piece
        length = min(self._kept.find(b"\n") + 1 or len(self._kept), most)
        line, self._kept = self._kept[:length], self._kept[length:]
        self.left -= len(line)
        if self.left < 0:
            raise ConnectionError("an answer without an end")
        return line

    def close(self) -> None:
        self._kept = b""


def said(answer: bytes | str) -> str:
    """Return a server's reply, sanitized and on one line."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return clean(" ".join(text.split()))[:200]


def _with_end(mail: bytes) -> bytes:
    """Return a mail as it is sent: a second dot before each line that begins with one, and a line with a dot alone."""
    dotted = _DOT.sub(b"..", mail)
    return dotted + (b".\r\n" if dotted.endswith(b"\r\n") else b"\r\n.\r\n")


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()
