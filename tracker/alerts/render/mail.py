"""An alert as a complete mail: headers, text and HTML, as bytes. The same alert always gives the same mail. Pure.

The Message-ID is made from the message's key, so a mail that arrives twice can be recognized.
"""

from __future__ import annotations

import re
from binascii import b2a_qp
from collections.abc import Iterator
from email.header import Header
from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy, Policy
from email.utils import format_datetime
from functools import lru_cache
from html import escape
from typing import Any, Protocol
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from jinja2.ext import Extension

from tracker.alerts.message import DIGEST, GROUP, Alert, thread_key
from tracker.alerts.render.message_body import ROOMY, MessageBody, Room, message_body
from tracker.alerts.targets.mail_address import refusal
from tracker.changes.wording.lines import one_line

__all__ = ["MOST_BYTES", "Correspondence", "mail_bytes"]

MOST_BYTES = 100_000
"""Gmail shows about 102 kB of a mail and hides the rest, including the way to stop the mails."""
_MANY = (200, 120, 80, 40)
_ROOMS = (ROOMY, *(Room(items, 1, 100) for items in _MANY), Room(40, 1, 40), Room(12, 0, 60), Room(3, 0, 40))

_STYLE = re.compile(r"\{\{ css\.(\w+) \}\}")


class _WrittenStyles(Extension):
    """Writes each style out where a template names it, once when that is loaded. A mail would look up some forty."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002
        def written(named: re.Match[str]) -> str:
            styles: object = self.environment.get_template("mail.styles.j2").module
            return str(escape(getattr(styles, named[1])))

        return _STYLE.sub(written, source)


# Templates are files of the program. Text of a registry or a user is never a template.
_PAGES = Environment(
    loader=PackageLoader("tracker.alerts.render"),
    extensions=[_WrittenStyles],
    autoescape=select_autoescape(["html.j2"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    auto_reload=False,
)
_PAGES.globals.clear()  # no template uses one, and Jinja copies them for every page

_ORDINARY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9:;,./%()'-]| (?! )){0,60}[A-Za-z0-9.)]")
"""Text that a header can hold unencoded: one line, plain characters, no word that looks encoded."""
_ENCODED = "=?"
"""How an encoded word begins (RFC 2047)."""


class _Begun(UnstructuredHeader):
    """A header that keeps its value on its first line. If a header is folded right after its name, readers see an extra
    space.
    """

    name: str

    def fold(self, *, policy: Policy[Any]) -> str:
        folded = str(super().fold(policy=policy))  # type: ignore[misc]  # of the BaseHeader it is mixed with
        return folded.replace(f"{self.name}:{policy.linesep} ", f"{self.name}: ", 1)


def _policy() -> EmailPolicy[EmailMessage]:
    headers = HeaderRegistry()  # a registry of its own, because that of `SMTP` is shared
    headers.map_to_type("subject", _Begun)  # type: ignore[arg-type]  # which makes a BaseHeader of it
    return SMTP.clone(header_factory=headers)


_POLICY = _policy()


class Correspondence(Protocol):
    """Sender and recipients. `name` is the channel's name, `contact` the operator's address ("" if none is set)."""

    @property
    def name(self) -> str: ...
    @property
    def to(self) -> tuple[str, ...]: ...
    @property
    def sender(self) -> str: ...
    @property
    def contact(self) -> str: ...


def mail_bytes(alert: Alert, spec: Correspondence) -> bytes:
    """Return the mail about an alert to a channel's addresses. Raise ValueError for an alert without changes."""
    for mail in _ever_shorter(alert, spec):
        if len(mail) <= MOST_BYTES:
            return mail
    raise ValueError(f"{alert.key} cannot be made short enough")


def _ever_shorter(alert: Alert, spec: Correspondence) -> Iterator[bytes]:
    for room in _ROOMS:
        yield _mail(alert, spec, message_body(alert, room))


def _mail(alert: Alert, spec: Correspondence, body: MessageBody) -> bytes:
    """Build the mail by hand. (An EmailMessage parses all its input again, and takes ten times as long.)"""
    footer = _footer(alert, spec)
    boundary = f"=_{alert.key}"  # in the parts, two digits follow each =
    own = (
        f"Date: {format_datetime(alert.sent_at or alert.made_at)}",
        f"Message-ID: <{alert.key}@{_domain(spec)}>",
        *_thread(alert, spec),
        f"List-Id: <{alert.channel}.{_domain(spec)}>",
        f"List-Unsubscribe: <mailto:{quote(_operator(spec), safe='@')}?subject=unsubscribe>",
        "Auto-Submitted: auto-generated",
        f"X-Trialwatch-Key: {alert.key}",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"',
    )
    return b"".join(
        [
            _envelope(spec.sender, spec.to),
            _header("Subject", body.subject),
            "".join(f"{line}\r\n" for line in own).encode("ascii"),
            _part(boundary, "plain", _page("mail.txt.j2", body, footer)),
            _part(boundary, "html", _page("mail.html.j2", body, footer)),
            f"\r\n--{boundary}--\r\n".encode("ascii"),
        ]
    )


def _thread(alert: Alert, spec: Correspondence) -> list[str]:
    """Return the headers that put all mails about one trial into one thread.

    As at many services, they reply to a mail that was never sent. So the thread holds even if the first mail is lost,
    muted or deleted.
    """
    trials = {change.trial for change in alert.changes}
    if alert.kind in (DIGEST, GROUP) or len(trials) != 1 or trials == {""}:
        return []
    thread = f"<{thread_key(alert.channel, *trials)}@{_domain(spec)}>"
    return [f"In-Reply-To: {thread}", f"References: {thread}"]


@lru_cache(maxsize=64)
def _envelope(sender: str, to: tuple[str, ...]) -> bytes:
    """Return From and To. They are the same in all mails of a channel, and slow to build.

    If there are several recipients, they do not see each other: To is an empty group (RFC 5322, section 3.4).
    """
    written_to = str(Address(addr_spec=to[0])) if len(to) == 1 else "undisclosed-recipients:;"
    return _header("From", str(Address("Trialwatch", addr_spec=sender))) + _header("To", written_to)


def _header(name: str, value: str) -> bytes:
    """Return a header, encoded and folded. Raise ValueError if it would end or begin another one."""
    if _ORDINARY.fullmatch(value):
        return f"{name}: {value}\r\n".encode("ascii")
    if _ENCODED in value:
        # The policy would decode what looks encoded. Text of a registry could write line breaks in that way.
        text = Header(value, "utf-8", header_name=name).encode(linesep="\r\n")
        written = f"{name}: {text}\r\n".encode("ascii")
    else:
        written = _POLICY.fold_binary(*_POLICY.header_store_parse(name, value))
    if not all(line.startswith((b" ", b"\t")) and line.strip() for line in written.splitlines()[1:]):
        raise ValueError(f"{name} cannot be written as one header")
    return written


def _part(boundary: str, subtype: str, text: str) -> bytes:
    head = f'\r\n--{boundary}\r\nContent-Type: text/{subtype}; charset="utf-8"\r\n'
    head += "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    lines = b"\r\n".join(text.encode().splitlines())
    return head.encode("ascii") + b2a_qp(lines + b"\r\n", istext=True)


def _page(template: str, body: MessageBody, footer: list[str]) -> str:
    return _PAGES.get_template(template).render(body=body, footer=footer)


def _domain(spec: Correspondence) -> str:
    return spec.sender.rpartition("@")[2]


def _operator(spec: Correspondence) -> str:
    """Return the operator's address, for requests to stop the mails. The contact may be a page, which does not
    count.
    """
    return spec.contact if spec.contact and not refusal(spec.contact) else spec.sender


def _footer(alert: Alert, spec: Correspondence) -> list[str]:
    rules = one_line(", ".join(alert.rules))
    asked = f", because the rule {rules} asks for it." if len(alert.rules) == 1 else f", asked for by: {rules}."
    why = f"Sent by Trialwatch to the channel {spec.name}" + (asked if rules else ".")
    stop = f"To stop these mails, write to {_operator(spec)}"
    return [why, f"{stop}; or, on the machine: trialwatch alerts mute {spec.name} ADDRESS", "Nobody reads replies."]
