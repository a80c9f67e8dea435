"""An alert as a whole mail: headers, text and HTML, as bytes. The same alert is always the same mail. Pure.

The Message-ID is made from the message's key, so a mail that arrives twice can be known as one.
"""

from __future__ import annotations

from collections.abc import Iterator
from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy, Policy
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote

import css_inline
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from tracker.alerts.letter import ROOMY, Letter, Room, letter_of
from tracker.alerts.mail_address import refusal
from tracker.alerts.message import Alert
from tracker.alerts.spec import EmailSpec
from tracker.alerts.wording import one_line

__all__ = ["MOST_BYTES", "mail_bytes"]

MOST_BYTES = 100_000
"""Gmail shows some 102 kB of a mail and hides the rest, the way to stop it included."""
_MANY = (200, 120, 80, 40)
_ROOMS = (ROOMY, *(Room(items, 1, 100) for items in _MANY), Room(40, 1, 40), Room(12, 0, 60), Room(3, 0, 40))

# Templates are files of the program; no text of a registry or a user is ever one.
_PAGES = Environment(
    loader=PackageLoader("tracker.alerts"),
    autoescape=select_autoescape(["html.j2"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_INLINER = css_inline.CSSInliner(keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False)


class _Verbatim(UnstructuredHeader):
    """A header of plain characters that is kept on one line: broken or encoded, a mail client would not know it."""

    name: str

    def fold(self, *, policy: Policy[Any]) -> str:
        return f"{self.name}: {self}{policy.linesep}"


class _Begun(UnstructuredHeader):
    """A header that begins on its own line: one broken right after its name is read with a space before it."""

    name: str

    def fold(self, *, policy: Policy[Any]) -> str:
        folded = str(super().fold(policy=policy))  # type: ignore[misc]  # of the BaseHeader it is mixed with
        return folded.replace(f"{self.name}:{policy.linesep} ", f"{self.name}: ", 1)


def _policy() -> EmailPolicy[EmailMessage]:
    headers = HeaderRegistry()  # of its own: the one of `SMTP` is everybody's
    for name in ("message-id", "list-id", "list-unsubscribe"):
        headers.map_to_type(name, _Verbatim)  # type: ignore[arg-type]  # which makes a BaseHeader of it
    headers.map_to_type("subject", _Begun)  # type: ignore[arg-type]
    return SMTP.clone(header_factory=headers)


_POLICY = _policy()


def mail_bytes(alert: Alert, spec: EmailSpec) -> bytes:
    """The mail about an alert to a channel's addresses. Raises ValueError for an alert that tells nothing."""
    for mail in _ever_shorter(alert, spec):
        if len(mail) <= MOST_BYTES:
            return mail
    raise ValueError(f"{alert.key} cannot be made short enough")


def _ever_shorter(alert: Alert, spec: EmailSpec) -> Iterator[bytes]:
    for room in _ROOMS:
        yield _mail(alert, spec, letter_of(alert, room))


def _mail(alert: Alert, spec: EmailSpec, letter: Letter) -> bytes:
    footer = _footer(alert, spec)
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = Address("Trialwatch", addr_spec=spec.sender)
    mail["To"] = tuple(Address(addr_spec=address) for address in spec.to)
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(alert.made_at)
    mail["Message-ID"] = f"<{alert.key}@{_domain(spec)}>"
    mail["List-Id"] = f"<{alert.channel}.{_domain(spec)}>"
    mail["List-Unsubscribe"] = f"<mailto:{quote(_operator(spec), safe='@')}?subject=unsubscribe>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Trialwatch-Key"] = alert.key
    mail.set_content(_page("mail.txt.j2", letter, footer), cte="quoted-printable")
    html = _INLINER.inline(_page("mail.html.j2", letter, footer))
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    mail.set_boundary(f"=_{alert.key}")
    return mail.as_bytes()


def _page(template: str, letter: Letter, footer: list[str]) -> str:
    return _PAGES.get_template(template).render(letter=letter, footer=footer)


def _domain(spec: EmailSpec) -> str:
    return spec.sender.rpartition("@")[2]


def _operator(spec: EmailSpec) -> str:
    """Who is asked to stop the mails: the operator, when the contact is a mail address (it may be a page)."""
    return spec.contact if spec.contact and not refusal(spec.contact) else spec.sender


def _footer(alert: Alert, spec: EmailSpec) -> list[str]:
    rules = one_line(", ".join(alert.rules))
    asked = f", because the rule {rules} asks for it." if len(alert.rules) == 1 else f", asked for by: {rules}."
    why = f"Sent by Trialwatch to the channel {spec.name}" + (asked if rules else ".")
    stop = f"To stop these mails, write to {_operator(spec)}"
    return [why, f"{stop}; or, on the machine: trialwatch alerts mute {spec.name} ADDRESS", "Nobody reads replies."]
