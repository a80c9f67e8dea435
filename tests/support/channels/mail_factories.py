"""Alerts of invented trials, and a channel that sends them to a mail server on this machine."""

from __future__ import annotations

import ssl
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

from tests.support.channels.smtp_sink import Mail, Mailbox
from tracker.alerts.channels.channel import Delivery, Receipt
from tracker.alerts.channels.email import EmailSpec
from tracker.alerts.channels.email_sender import EmailChannel
from tracker.alerts.message import DIGEST, Alert, ReportedChange

NOW = datetime(2026, 5, 12, 3, 2, tzinfo=UTC)
KEY = "msg_abcdefghijklmnopqrstuvwxyz"
TRIAL = "NCT05349331"
TITLE = "A made-up study of an example drug in adults"


def told(
    seq: int = 1,
    trial: str = TRIAL,
    *,
    title: str = TITLE,
    severity: str = "major",
    summary: str = "Status: Recruiting → Completed",
    label: str = "Status",
    before: Any = "RECRUITING",
    after: Any = "COMPLETED",
    kind: str = "status.changed",
    url: str | None = None,
) -> ReportedChange:
    """Return one change with one detail."""
    page = f"https://clinicaltrials.gov/study/{trial}" if trial else ""
    change = {
        "seq": seq,
        "id": f"evt_{seq}",
        "trial": trial,
        "kind": kind,
        "severity": severity,
        "summary": summary,
        "effective": "2026-05-11",
        "observed_at": "2026-05-12T03:02:00Z",
        "fields": [{"field": "status", "label": label, "before": before, "after": after}],
    }
    return ReportedChange(change, title, page if url is None else url, f"{page}?tab=history" if url is None else url)


def alert(*changes: ReportedChange, kind: str = "", total: int = 0) -> Alert:
    kind = kind or (changes[0].change["kind"] if len(changes) == 1 else DIGEST)
    return Alert(KEY, kind, "me", ("all",), changes, total or len(changes), "store", NOW)


def spec(port: int, **more: Any) -> EmailSpec:
    usual = {"name": "me", "to": ("me@example.org",), "sender": "trialwatch@example.org", "host": "127.0.0.1"}
    return EmailSpec(**{**usual, "port": port, "security": "plain", **more})


def channel(box: Mailbox, *, context: ssl.SSLContext | None = None, seconds: float = 60.0, **more: Any) -> EmailChannel:
    return EmailChannel(spec(box.port, **more), time.monotonic, context=context, seconds=seconds)


def send(sender: EmailChannel, body: bytes = b"Subject: one\r\n\r\nhello\r\n", to: Sequence[str] = ()) -> Receipt:
    return sender.send(Delivery(KEY, body, NOW, tuple(to) or sender.addresses))


def posted(message: Alert, **more: Any) -> Mail:
    """Return the alert as it comes out at the other end of an SMTP connection."""
    with Mailbox() as box:
        sender = channel(box, **more)
        send(sender, sender.render(message))
        sender.close()
    [mail] = box.mails
    return mail


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def html_of(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content())
