"""Addresses and other programs' sentences, as they may be shown: without what opens a door.

Every address that is printed, logged or stored goes through `safe_address`, every sentence of a library that may
repeat one through `redacted`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

__all__ = ["HIDDEN", "holds_secret", "redacted", "safe_address", "secrets_of"]

HIDDEN = "…"
"""Stands for what is not shown."""
_SHORT = 6
"""A secret of fewer letters is hidden as a whole word only: it may be a part of ordinary words."""

_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^?#]*)(.*)", re.DOTALL)
_AUTHORITY = re.compile(r"(?:.*@)?((?:\[[0-9A-Fa-f:.]+\]|[\w.-]*)(?::\d{1,5})?)", re.DOTALL)
_DATABASE = re.compile(r"/[\w.-]*")
_BARE = re.compile(r"[\w.:/\[\]~-]*")
_INSIDE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s'\"<>]+")
_PAIR = re.compile(
    r"\b(\w*(?:pass(?:word|wd|file)?|secret|token|sslkey|credentials?)\w*)(\s*[=:]\s*)('(?:[^'\\]|\\.)*'|\"[^\"]*\"|[^\s,;&)]+)",
    re.IGNORECASE,
)
_OPEN = frozenset(
    "host hostaddr port dbname user sslmode connect_timeout application_name target_session_attrs options gssencmode "
    "channel_binding client_encoding keepalives keepalives_idle keepalives_interval keepalives_count "
    "load_balance_hosts tcp_user_timeout".split()
)
"""What a PostgreSQL address may say after its `?` that a sentence of the server may repeat."""


def safe_address(address: str, *, public: bool = False) -> str:
    """An address as it may be shown: its scheme, host and port, and the name of a database.

    No user, no password, nothing after `?` or `#`, and no path: that of a webhook or a ping address is a secret.
    `public`: the path is none, as in the address of a registry, and is shown too. What cannot be read for certain is
    hidden, since a password may stand anywhere in an address that was mistyped. The path of an SQLite file is shown.
    """
    if address.startswith("sqlite:///"):
        return address
    if public and _BARE.fullmatch(address):
        return address
    found = _ADDRESS.fullmatch(address)
    if found is None:
        return HIDDEN
    scheme, authority, path, rest = found.groups()
    host = _AUTHORITY.fullmatch(authority)
    # An @ further on belongs to a user and a password that hold a / or ?, and were not written in % form.
    if host is None or "@" in path + rest:
        return f"{scheme}://{HIDDEN}"
    shown = f"{scheme}://{host[1]}"
    if path not in ("", "/"):
        plain = public or (scheme.startswith("postgresql") and _DATABASE.fullmatch(path))
        shown += path if plain else f"/{HIDDEN}"
    elif public:
        shown += path
    return shown + (f"?{HIDDEN}" if rest.startswith("?") else "")


def secrets_of(password: str | None, options: Mapping[str, str | Sequence[str]]) -> frozenset[str]:
    """What must not be repeated of a PostgreSQL address: its password, and the values of options such as `sslkey`."""
    found = {password or ""}
    for name, value in options.items():
        if name not in _OPEN:
            found |= {value} if isinstance(value, str) else set(value)
    return frozenset(found - {""})


def holds_secret(address: str) -> bool:
    """Whether there is a password in an address, or an option that may be one. Of a path nothing is said."""
    if address.startswith("sqlite:///"):
        return False
    try:
        parts = urlsplit(address)
        return bool(secrets_of(parts.password, dict(parse_qsl(parts.query))))
    except ValueError:
        return True


def redacted(text: str, secrets: Iterable[str] = ()) -> str:
    """A foreign sentence as it may be shown: known secrets, addresses and `password=...` in it are hidden."""
    for secret in sorted(_spellings(secrets), key=len, reverse=True):
        edge = r"\b" if secret.isalnum() and len(secret) < _SHORT else ""
        text = re.sub(f"{edge}{re.escape(secret)}{edge}", HIDDEN, text)
    text = _INSIDE.sub(lambda found: safe_address(found[0]), text)
    return _PAIR.sub(rf"\1\2{HIDDEN}", text)


def _spellings(secrets: Iterable[str]) -> Collection[str]:
    """Secrets as libraries may repeat them: as they are, in % form, and as Python shows them."""
    return {
        form
        for secret in secrets
        if secret.strip()
        for form in (secret, quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1])
    }
