"""Slack, Teams, ntfy, Telegram and others through Apprise, one address for each service. Needs the extra `notify`.

Each service succeeds or fails by itself, so a retry goes only to services that have not accepted the note. Apprise
opens its own connections: the SSRF guard of webhooks does not cover them, and `[http] ca_file` does not apply. Apprise
takes a proxy only from the environment of the process, so the proxy of `[http]` is set there.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from importlib import import_module
from typing import Any

import orjson

from tracker.alerts.channels.channel import (
    Channel,
    ChannelSettings,
    ChannelSpec,
    Delivery,
    Draft,
    Installation,
    Probe,
    Receipt,
    Wish,
    Wrong,
)
from tracker.alerts.channels.secrets import read_secret
from tracker.alerts.message import Alert
from tracker.alerts.render.commands import step_for
from tracker.alerts.render.message_body import MessageBody, Room, message_body
from tracker.alerts.replies import ReplyVerdict
from tracker.changes.wording.words import count_of, listed
from tracker.config.extras import install_extra
from tracker.errors import NotDelivered, SettingsError
from tracker.http.causes import connection_cause
from tracker.http.outbound import Outbound

__all__ = ["NotifyChannel", "NotifySettings", "NotifySpec"]

_MOST_NAMED = 8
_MOST = 3000
"""Longest note, in characters. Most services allow about as many, and people read no more on a phone."""
_ROOM = Room(items=30, fields=2, value=120)
_PASSING = ReplyVerdict("server", False, "a service does not say why")
_PROXY_VARIABLES = ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY")
"""The variables that Apprise's HTTP library reads. Nothing else in this program reads them."""
_LOUD = r"(?:all|channel|everyone|everybody|group|here|online|room|team)"
_CALL_OUT = re.compile(
    rf"[@＠﹫](?=\S)(?!(?<=[\w.+-]@)(?!{_LOUD}\b)[\w-]+(?:\.[\w-]+)*\.[a-z]{{2,}}\b)|<(?=[!@#＠]|/?at\b|users/)",
    re.IGNORECASE,
)
"""Text that mentions people in a chat: an @ before anything (except inside a mail address), and the tags with which
Slack, Discord, Webex, Teams, Lark and Google Chat name people, groups and rooms.
"""
_MASKED_LINK = re.compile(r"\](?=[(\[:])|<(?=[a-z][a-z0-9+.-]*:)", re.IGNORECASE)
"""Text that shows other words than the address it leads to: Markdown's `[text](address)`, `[text][name]` and
`[name]: address`, and Slack's `<address|text>`.
"""


_NAME = re.compile(r"[a-z][a-z0-9]{0,30}")
_HOSTS = {
    "hooks.slack.com": "slack",
    "ntfy.sh": "ntfy",
    "discord.com": "discord",
    "discordapp.com": "discord",
    "webhook.office.com": "teams",
    "logic.azure.com": "teams",
    "api.telegram.org": "telegram",
    "chat.googleapis.com": "gchat",
}
"""The end of a service's host name, and what the channel is called. Apprise reads these addresses as the services give
them.
"""


class NotifySettings(ChannelSettings, frozen=True, tag="notify", kw_only=True):
    """Where to find the addresses. They contain tokens, so they are never written in the file."""

    url_env: str = ""
    url_file: str = ""

    @classmethod
    def draft(cls, address: str, wish: Wish) -> Draft | None:  # noqa: ARG003
        scheme, found, rest = address.partition("://")
        if not found:
            return None
        kind = scheme.lower()
        if kind in ("http", "https"):
            host = rest.partition("/")[0].lower()
            kind = next((name for ending, name in _HOSTS.items() if f".{host}".endswith(f".{ending}")), "")
        return Draft("notify", kind, {}, secrets={"url_file": address}) if kind and _NAME.fullmatch(kind) else None

    @property
    def address_key(self) -> str:
        return "url_env" if self.url_env else "url_file"

    def check(self, here: Installation, wrong: Wrong) -> NotifySpec | None:
        if bool(self.url_env) == bool(self.url_file):
            wrong.append(("url_env", "is wanted once: url_env or url_file (a service's address holds its token)"))
            return None
        urls = tuple(read_secret(self.url_env, self.url_file, here.environment).split())
        if not urls:
            wrong.append((self.address_key, "holds no address"))
        return NotifySpec(self.name, urls)


@dataclass(frozen=True, slots=True)
class NotifySpec(ChannelSpec):
    """The checked settings of a notify channel."""

    #: One address per service, with its token, in Apprise's notation.
    urls: tuple[str, ...] = field(repr=False)

    @property
    def addresses(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(map(_service_name, self.urls)))

    def describe(self) -> str:
        kinds = listed([url.partition("://")[0].lower() for url in self.urls], most=_MOST_NAMED)
        return f"notes to {count_of(len(self.urls), 'service')}: {kinds}"

    def open(self, stopwatch: Callable[[], float], outbound: Outbound) -> Channel:  # noqa: ARG002  # Apprise has its own
        return NotifyChannel(self, outbound)


class NotifyChannel:
    """All services of one channel. `addresses` names each without its token: `slack-1f0c9a2b`."""

    def __init__(self, spec: NotifySpec, outbound: Outbound | None = None) -> None:
        self.name = spec.name
        if outbound is not None and outbound.proxy:
            os.environ.update(dict.fromkeys(_PROXY_VARIABLES, outbound.proxy))
        # With the type: the https address of a service may have been a webhook's before.
        self.fingerprint = _hash("\0".join(["notify", *sorted(spec.urls)]), 16)
        # These loggers write addresses, which contain tokens, from the first use on.
        for name in ("apprise", "urllib3", "requests"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        self._services = _services(spec)
        self.addresses = tuple(self._services)
        self.for_people = spec.for_people

    def render(self, alert: Alert) -> bytes:
        """Return title and text, as JSON."""
        body = message_body(alert, _ROOM)
        return orjson.dumps({"title": _quiet(body.subject), "body": _quiet(_text(body))})

    def send(self, delivery: Delivery) -> Receipt:
        """Send one note to each service. Raise NotDelivered if none accepted it. Apprise gives no reasons."""
        note = orjson.loads(delivery.body)
        wanted = delivery.to or self.addresses
        results = {name: self._tell(name, note) for name in wanted}
        deferred = {name: reason for name, reason in results.items() if reason}
        if len(deferred) == len(wanted):
            reasons = "; ".join(f"{name} {reason}" for name, reason in deferred.items())
            raise NotDelivered(f"{reasons}. {step_for(_PASSING, self.name)}", subject=self.name)
        return Receipt(reached=tuple(name for name in wanted if name not in deferred), deferred=deferred)

    def probe(self, seconds: float) -> Probe:  # noqa: ARG002
        """Dial nothing: Apprise can only send."""
        return Probe(False, "not tried: a note would be sent")

    def close(self) -> None:
        """Do nothing: Apprise keeps no connection open."""

    def _tell(self, name: str, note: dict[str, str]) -> str:
        """Send a note to one service. Return why it failed, or ""."""
        service = self._services.get(name)
        if service is None:
            return "is no longer in the configuration"
        try:
            taken = service.notify(title=note["title"], body=note["body"], body_format="text")
        except (OSError, ValueError) as error:
            return f"could not be asked: {connection_cause(error)}"
        return "" if taken else "did not take the note"


def _services(spec: NotifySpec) -> dict[str, Any]:
    """Return Apprise's object for each address, by a name without a token."""
    try:
        apprise = import_module("apprise")  # an extra of 14 MB that most installations lack
    except ModuleNotFoundError:
        raise SettingsError(
            f"The channel {spec.name} needs Apprise, which is not installed. In the folder of Trialwatch's source: "
            f"{install_extra('notify')}",
            subject=spec.name,
        ) from None
    asset = apprise.AppriseAsset(app_id="Trialwatch", app_desc="Trialwatch", async_mode=False)
    found: dict[str, Any] = {}
    for number, url in enumerate(spec.urls, 1):
        one = apprise.Apprise(asset=asset)
        if not one.add(url):
            raise SettingsError(f"Address {number} of the channel {spec.name} is none Apprise knows", subject=spec.name)
        for service in one:
            if service.overflow_mode == "upstream":  # cut a note that is too long, do not refuse it
                service.overflow_mode = "truncate"
        found[_service_name(url)] = one
    return found


def _service_name(url: str) -> str:
    """Return a name for a service that does not show its token."""
    return f"{url.partition('://')[0].lower()[:20]}-{_hash(url, 8)}"


def _hash(text: str, length: int) -> str:
    return sha256(text.encode()).hexdigest()[:length]


def _quiet(text: str) -> str:
    """Insert a space into what would be a mention or a masked link. Anyone can write text into a registry record."""
    return _MASKED_LINK.sub(r"\g<0> ", _CALL_OUT.sub(r"\g<0> ", text))


def _text(body: MessageBody) -> str:
    """Return the text of the note, in whole lines. If some do not fit, say that they were left out."""
    lines: list[str] = []
    room = _MOST
    for line in _lines(body):
        room -= len(line) + 1
        if room < 0:
            return "\n".join([*lines, "… and more: trialwatch changes"]).strip()
        lines.append(line)
    return "\n".join(lines).strip() or body.heading


def _lines(body: MessageBody) -> list[str]:
    lines = [body.lead] if body.lead else []
    for section in body.sections:
        if section.trial:
            lines += ["", f"{section.trial}  {section.title}"]
        for place, item in enumerate(section.items):
            is_heading = body.alone and place == 0
            lines.append(body.heading if is_heading else f"{item.matters}: {item.summary}")
            lines += [f"  {it.label}: {it.before} → {it.after}" for it in item.fields]
        lines += [url for url in (section.results_url, section.url) if url]
    lines += [f"{section.trial}  {section.title}" for section in body.alike]
    return [*lines, "", body.rest] if body.rest else lines
