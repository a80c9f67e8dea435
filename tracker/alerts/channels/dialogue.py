"""One SMTP connection whose every step counts against one deadline, however slowly the other side drips.

smtplib's timeout bounds a single receive, so a server that sends a byte now and then, or an answer without an end,
would hold a mail for hours. It also tries every way of logging in, one after the other, which looks like guessing.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from base64 import b64encode
from collections.abc import Callable, Sequence
from contextlib import suppress

from tracker.alerts.channels.base import Receipt
from tracker.alerts.spec import EmailSpec
from tracker.records.clean import clean

__all__ = ["CLOSING", "Dialogue", "OutOfTime", "said"]

CLOSING = 421
_READY, _MORE, _LOGGED_IN = 220, 334, 235
_PIECE = 16_384
_MOST_ANSWER = 65_536
"""Bytes of one answer; a greeting or a list of abilities is a few hundred."""
_FAREWELL_SECONDS = 2.0


class OutOfTime(Exception):
    """The time for one mail is used up. No OSError: smtplib would turn that into a lost connection."""


class Dialogue(smtplib.SMTP):
    """From the greeting to the farewell. `stopwatch` counts seconds; `end` is the deadline on it."""

    def __init__(self, spec: EmailSpec, stopwatch: Callable[[], float], end: float) -> None:
        # A name of our own: to ask the resolver for this machine's may take longer than the mail.
        super().__init__(local_hostname=spec.sender.rpartition("@")[2])
        self._stopwatch = stopwatch
        self._end = end
        self._host = spec.host  # what certificates are checked against
        self._tls_at_once: ssl.SSLContext | None = None

    def until(self, end: float) -> None:
        """A new deadline, for the next mail."""
        self._end = end

    def begin(self, spec: EmailSpec, context: ssl.SSLContext) -> None:
        """Connect, with TLS where it was asked for. Raises rather than going on without."""
        if spec.security == "implicit":
            self._tls_at_once = context
        code, answer = self.connect(spec.host, spec.port)
        if code != _READY:
            raise smtplib.SMTPConnectError(code, answer)
        if spec.security == "starttls":
            self.starttls(context=context)
        if spec.user:
            self._log_in(spec.user, spec.password)

    def envelope(self, sender: str, to: Sequence[str]) -> Receipt:
        """Sender and recipients: who will be reached by the mail that follows, who is refused for good, who for now."""
        self.ehlo_or_helo_if_needed()
        code, answer = self._say("MAIL FROM", sender)
        if code != 250:
            raise smtplib.SMTPSenderRefused(code, answer, sender)
        taken: list[str] = []
        refused: dict[str, str] = {}
        deferred: dict[str, str] = {}
        for address in to:
            code, answer = self._say("RCPT TO", address)
            if code in (250, 251):
                taken.append(address)
            elif code == CLOSING:
                raise smtplib.SMTPServerDisconnected("closing")
            else:
                (refused if code >= 500 else deferred)[address] = f"{code} {said(answer)}".rstrip()
        if not taken:
            self.rset()
        return Receipt(None, tuple(taken), refused, deferred)

    def hand_over(self, mail: bytes) -> int:
        """The mail itself. Raises SMTPDataError when it was not taken."""
        code, answer = self.data(mail)
        if code != 250:
            raise smtplib.SMTPDataError(code, answer)
        return code

    def leave(self) -> None:
        """Quit, without waiting for long; the connection is closed whatever the other side says."""
        self._end = min(self._end, self._stopwatch() + _FAREWELL_SECONDS)
        try:
            # The mail is settled by now; a farewell that goes wrong changes nothing.
            with suppress(smtplib.SMTPException, OSError, OutOfTime):
                if self.sock:
                    self.quit()
        finally:
            self.close()

    def send(self, s: str | bytes) -> None:  # type: ignore[override]
        """All of it, within the deadline. (smtplib's, over TLS, gives each piece the whole time anew.)"""
        rest = memoryview(s.encode("ascii") if isinstance(s, str) else s)
        try:
            while rest:
                rest = rest[self._hurried().send(rest[:_PIECE]) :]
        except TimeoutError:
            self.close()
            raise OutOfTime from None
        except OSError as error:
            self.close()
            raise smtplib.SMTPServerDisconnected("while sending") from error

    def getreply(self) -> tuple[int, bytes]:
        """The next answer, whole, within the deadline."""
        # smtplib reads from `file`, and forgets it when TLS begins: nothing said before counts after.
        lines = self.file if isinstance(self.file, _Lines) else _Lines(self._receive)
        lines.left = _MOST_ANSWER
        self.file = lines
        return super().getreply()

    def _say(self, command: str, address: str) -> tuple[int, bytes]:
        # smtplib takes each address apart first, to make one of "A name <a@b>"; ours are nothing else from the start.
        return self.docmd(f"{command}:<{address}>")

    def _log_in(self, user: str, password: str) -> None:
        """One attempt, by one method. Raises SMTPAuthenticationError, or SMTPNotSupportedError when none is offered."""
        self.ehlo_or_helo_if_needed()
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
        if code != _LOGGED_IN:
            raise smtplib.SMTPAuthenticationError(code, answer)

    def _get_socket(self, host: str, port: int, _: float) -> socket.socket:
        """Where smtplib connects: each address in turn, so that a silent one leaves time for the next."""
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
        return self._tls_at_once.wrap_socket(plain, server_hostname=host)  # which closes it when that fails

    def _receive(self) -> bytes:
        try:
            return self._hurried().recv(_PIECE)
        except TimeoutError:
            self.close()
            raise OutOfTime from None

    def _hurried(self) -> socket.socket:
        if self.sock is None:
            raise ConnectionError("not connected")
        self.sock.settimeout(self._left())
        return self.sock

    def _left(self) -> float:
        left = self._end - self._stopwatch()
        if left <= 0:
            self.close()
            raise OutOfTime
        return left


class _Lines:
    """What smtplib takes for a file: lines as they come in, `left` bytes at most until the next answer is due."""

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
    """What a server said, on one line and harmless."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return clean(" ".join(text.split()))[:200]


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()
