"""An alert as a whole mail: headers, text and HTML, as bytes. The same alert is always the same mail. Pure.

The Message-ID is made from the message's key, so a mail that arrives twice can be known as one.
"""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import css_inline
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from tracker.alerts.spec import EmailSpec
from tracker.alerts.letter import Letter, letter_of
from tracker.alerts.message import Alert

__all__ = ["mail_bytes"]

# Templates are files of the program; no text of a registry or a user is ever one.
_PAGES = Environment(
    loader=PackageLoader("tracker.alerts"),
    autoescape=select_autoescape(["html.j2"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_INLINER = css_inline.CSSInliner(keep_style_tags=False, load_remote_stylesheets=False)


def mail_bytes(alert: Alert, spec: EmailSpec) -> bytes:
    """The mail about an alert to a channel's addresses. Raises ValueError for an alert that tells nothing."""
    letter = letter_of(alert)
    footer = _footer(alert, spec)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address("Trialwatch", addr_spec=spec.sender)
    mail["To"] = tuple(Address(addr_spec=address) for address in spec.to)
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(alert.made_at)
    mail["Message-ID"] = f"<{alert.key}@{spec.sender.rpartition('@')[2]}>"
    mail["List-Unsubscribe"] = f"<mailto:{spec.contact or spec.sender}?subject=unsubscribe>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Trialwatch-Key"] = alert.key
    mail.set_content(_page("mail.txt.j2", letter, footer), cte="quoted-printable")
    html = _INLINER.inline(_page("mail.html.j2", letter, footer))
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    mail.set_boundary(f"=_{alert.key}")
    return mail.as_bytes()


def _page(template: str, letter: Letter, footer: list[str]) -> str:
    sections = [
        {
            "trial": it.trial,
            "title": it.title,
            "url": it.url,
            "history_url": it.history_url,
            # `items` is a method of every dict, so Jinja would find that first.
            "changes": it.items,
        }
        for it in letter.sections
    ]
    return _PAGES.get_template(template).render(
        subject=letter.subject,
        heading=letter.heading,
        lead=letter.lead,
        sections=sections,
        rest=letter.rest,
        footer=footer,
    )


def _footer(alert: Alert, spec: EmailSpec) -> list[str]:
    rules = ", ".join(alert.rules)
    why = f"Sent by Trialwatch to the channel {spec.name}" + (f", asked for by: {rules}." if rules else ".")
    operator = spec.contact or spec.sender
    stop = f"To stop these mails, write to {operator}; or, on the machine: trialwatch alerts mute {spec.name} ADDRESS"
    return [why, stop, "Nobody reads replies to this mail."]
