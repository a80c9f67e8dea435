"""One `[[channel]]` of the configuration -> where it leads, or what is wrong with it. Reads secret files."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from storage.engine.redaction import safe_address
from tracker.alerts.targets import mail_address, webhook_url
from tracker.alerts.targets.specs import ChannelSpec, EmailSpec, NotifySpec, WebhookSpec
from tracker.config.alert_tables import ChannelSettings
from tracker.text_files import NotText, read_text

__all__ = ["NAME", "Missing", "spec_of"]

Wrong = list[tuple[str, str]]
NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
_SECRET_BYTES = range(24, 65)
_PLACE = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):\d{1,5}")
_COMMON = {"name", "type"}
_KEYS = {
    "webhook": _COMMON | {"url", "url_env", "url_file", "secret_env", "secret_file", "allow", "group"},
    "email": _COMMON | {"to", "from", "smtp", "password_env", "password_file"},
    "notify": _COMMON | {"url_env", "url_file"},
}


@dataclass(frozen=True, slots=True)
class Missing:
    """A channel that is right, but for a secret that is not there."""

    reason: str


def spec_of(
    raw: ChannelSettings, environment: Mapping[str, str], contact: str
) -> tuple[ChannelSpec | Missing | None, Wrong]:
    """Where a channel leads, and (key, reason) of each mistake. `contact`: the operator's address."""
    if raw.type not in _KEYS:
        return None, [("type", f"must be webhook, email or notify, not {raw.type[:20]!r}")]
    given = msgspec.to_builtins(raw)
    blank = msgspec.to_builtins(ChannelSettings())
    odd = [key for key in given if given[key] != blank[key] and key not in _KEYS[raw.type]]
    wrong: Wrong = [(key, _why_odd(key, raw.type)) for key in odd]
    try:
        if raw.type == "webhook":
            return _webhook(raw, environment, wrong), wrong
        if raw.type == "email":
            return _email(raw, environment, contact, wrong), wrong
        return _notify(raw, environment, wrong), wrong
    except _NotThere as missing:
        return Missing(str(missing)), wrong


def _why_odd(key: str, kind: str) -> str:
    if key == "group":
        told = "tells what happened to one trial in one step in one message anyway"
        return f"is for webhooks: a channel of type {kind} {told}. Remove the line"
    return f"is no key of a channel of type {kind}"


class _NotThere(Exception):
    """A secret that is named and not there; says which."""


def _webhook(raw: ChannelSettings, environment: Mapping[str, str], wrong: Wrong) -> WebhookSpec | None:
    wrong += [("allow", f"must be host:port, not {_shown(it)!r}") for it in raw.allow if not _PLACE.fullmatch(it)]
    if sum(bool(it) for it in (raw.url, raw.url_env, raw.url_file)) != 1:
        wrong.append(("url", "is wanted once: url, url_env or url_file"))
        return None
    url = raw.url or _secret(raw.url_env, raw.url_file, environment)
    allow = frozenset(raw.allow)
    if reason := webhook_url.refusal(url, allow):
        wrong.append(("url" if raw.url else "url_env" if raw.url_env else "url_file", f"is refused: {reason}"))
    key = "secret_env" if raw.secret_env else "secret_file"
    if bool(raw.secret_env) == bool(raw.secret_file):
        wrong.append((key, "is wanted once: secret_env or secret_file, with whsec_ and base64"))
        return None
    secrets = _secrets(raw, environment)
    if not 1 <= len(secrets) <= 2:
        wrong.append((key, "must hold one secret, or two while rotating"))
    wrong += [(key, reason) for secret in secrets if (reason := _odd_secret(secret))]
    return WebhookSpec(raw.name, url, tuple(secrets), allow, bool(raw.group))


def _email(raw: ChannelSettings, environment: Mapping[str, str], contact: str, wrong: Wrong) -> EmailSpec | None:
    if not raw.to:
        wrong.append(("to", "is missing: the addresses to write to"))
    wrong += [("to", reason) for it in raw.to if (reason := mail_address.refusal(it))]
    if reason := mail_address.refusal(raw.sender):
        wrong.append(("from", reason if raw.sender else "is missing: the address mails come from"))
    try:
        host, port, security, user = mail_address.parse_smtp(raw.smtp)
    except ValueError as error:
        wrong.append(("smtp", str(error)))
        return None
    password = ""
    if user and not (raw.password_env or raw.password_file):
        wrong.append(("smtp", "names a user; name the password in password_env or password_file"))
    elif user:
        password = _secret(raw.password_env, raw.password_file, environment)
    operator = contact if not mail_address.refusal(contact) else ""
    to = tuple(dict.fromkeys(raw.to))
    return EmailSpec(raw.name, to, raw.sender, host, port, security, user, password, operator)


def _notify(raw: ChannelSettings, environment: Mapping[str, str], wrong: Wrong) -> NotifySpec | None:
    if bool(raw.url_env) == bool(raw.url_file):
        wrong.append(("url_env", "is wanted once: url_env or url_file (a service's address holds its token)"))
        return None
    urls = tuple(_secret(raw.url_env, raw.url_file, environment).split())
    if not urls:
        wrong.append(("url_env" if raw.url_env else "url_file", "holds no address"))
    return NotifySpec(raw.name, urls)


def _shown(place: str) -> str:
    """What stands in an allow list and is no place: a whole address there may hold a token."""
    return safe_address(place) if "/" in place or "@" in place else place[:60]


def _secrets(raw: ChannelSettings, environment: Mapping[str, str]) -> list[str]:
    found: list[str] = []
    for name in _names(raw.secret_env):
        found += _secret(name, "", environment).split()
    for name in _names(raw.secret_file):
        found += _secret("", name, environment).split()
    return found


def _names(value: str | Sequence[str]) -> Sequence[str]:
    return (value,) if isinstance(value, str) else value


def _secret(variable: str, file: str, environment: Mapping[str, str]) -> str:
    if variable:
        if not environment.get(variable, "").strip():
            raise _NotThere(f"the environment variable {variable} is not set")
        return environment[variable].strip()
    try:
        return read_text(Path(file).expanduser()).strip()
    except NotText as error:
        raise _NotThere(f"the file {file} cannot be read: {error}") from None
    except OSError as error:
        raise _NotThere(f"the file {file} cannot be read ({error.strerror or type(error).__name__})") from None


def _odd_secret(secret: str) -> str:
    """Why a text is no secret, without showing any of it."""
    try:
        size = len(b64decode(secret.removeprefix("whsec_"), validate=True)) if secret.startswith("whsec_") else 0
    except (binascii.Error, ValueError):
        size = 0
    if size in _SECRET_BYTES:
        return ""
    return "must hold whsec_ and 24 to 64 random bytes in base64 (openssl rand -base64 32 makes such bytes)"
