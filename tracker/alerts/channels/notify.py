"""Slack, Teams, ntfy, Telegram and the rest, by Apprise: one address a service. Needs the extra `notify`.

Apprise opens its connections itself: the guard that webhooks have does not cover them.
"""

from __future__ import annotations

import logging
from hashlib import sha256
from importlib import import_module
from typing import Any

import orjson

from tracker.alerts.channels.base import Delivery, Receipt
from tracker.alerts.spec import NotifySpec
from tracker.alerts.letter import Letter, letter_of
from tracker.alerts.message import Alert
from tracker.errors import NotDelivered, SettingsError, Undeliverable

__all__ = ["NotifyChannel"]

_MOST = 3000
"""Characters of a note: most services take about so many."""


class NotifyChannel:
    """All services of one channel: a note has arrived when every one of them took it."""

    addresses: tuple[str, ...] = ()

    def __init__(self, spec: NotifySpec) -> None:
        self.name = spec.name
        self.fingerprint = sha256("\0".join(spec.urls).encode()).hexdigest()[:16]
        self._apprise = _apprise(spec)
        # It logs addresses, and they hold tokens.
        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)

    def render(self, alert: Alert) -> bytes:
        """Title and text, as JSON."""
        letter = letter_of(alert)
        return orjson.dumps({"title": letter.subject, "body": _text(letter)[:_MOST]})

    def send(self, delivery: Delivery) -> Receipt:
        """One note to all services. Raises NotDelivered when one did not take it; they do not say why."""
        note = orjson.loads(delivery.body)
        try:
            taken = self._apprise.notify(title=note["title"], body=note["body"])
        except (OSError, ValueError) as error:
            raise NotDelivered(f"a service failed ({type(error).__name__})", subject=self.name) from None
        if taken is None:
            raise Undeliverable("there is no service to notify", subject=self.name)
        if not taken:
            raise NotDelivered("a service did not take the note", subject=self.name)
        return Receipt()

    def close(self) -> None:
        """Apprise keeps nothing open."""


def _apprise(spec: NotifySpec) -> Any:
    try:
        apprise = import_module("apprise")  # an extra: 14 MB, and most do without
    except ModuleNotFoundError:
        raise SettingsError(
            f"The channel {spec.name} needs Apprise: pip install 'trialwatch[notify]'", subject=spec.name
        ) from None
    found = apprise.Apprise()
    for number, url in enumerate(spec.urls, 1):
        if not found.add(url):
            raise SettingsError(f"Address {number} of the channel {spec.name} is none Apprise knows", subject=spec.name)
    return found


def _text(letter: Letter) -> str:
    lines = [letter.lead] if letter.lead else []
    for section in letter.sections:
        if section.trial:
            lines += ["", f"{section.trial}  {section.title}"]
        for item in section.items:
            lines.append(f"{item.severity.upper()}: {item.summary}")
            lines += [f"  {it.label}: {it.before} -> {it.after}" for it in item.fields]
        if section.url:
            lines.append(section.url)
    if letter.rest:
        lines += ["", letter.rest]
    return "\n".join(lines).strip() or letter.heading
