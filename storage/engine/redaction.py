"""Remove secrets from addresses and from messages of other programs before they are shown.

Every address that is printed, logged or stored goes through `safe_address`. Every library message that may repeat one
goes through `redacted`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

__all__ = ["HIDDEN", "holds_secret", "redacted", "safe_address", "secrets_of"]

HIDDEN = "…"
"""Replaces what is not shown."""
_SHORT = 6
"""Secrets with fewer characters are hidden only as whole words, because they may be part of ordinary words."""

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
"""The options of a PostgreSQL address that may be shown."""


def safe_address(address: str, *, public: bool = False) -> str:
    """Return an address without secrets: its scheme, host and port, and the name of a database.

    User, password, path, and everything after `?` or `#` are removed. The path of a webhook or ping address is a
    secret. `public`: the path is not a secret, as in the address of a registry, and is shown. An address that cannot be
    parsed for certain is hidden, because a password may be anywhere in a mistyped address. The path of an SQLite file
    is shown.
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
    # A later @ belongs to a user and a password.
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
    """Return the secrets of a PostgreSQL address: its password, and the values of options such as `sslkey`."""
    found = {password or ""}
    for name, value in options.items():
        if name not in _OPEN:
            found |= {value} if isinstance(value, str) else set(value)
    return frozenset(found - {""})


def holds_secret(address: str) -> bool:
    """Whether an address has a password, or an option that may be one. Paths are not considered."""
    if address.startswith("sqlite:///"):
        return False
    try:
        parts = urlsplit(address)
        return bool(secrets_of(parts.password, dict(parse_qsl(parts.query))))
    except ValueError:
        return True


def redacted(text: str, secrets: Iterable[str] = ()) -> str:
    """Return a foreign message with known secrets, addresses and `password=...` hidden."""
    # Longest first, because a secret may be a part of another one.
    for secret in sorted(_spellings(secrets), key=len, reverse=True):
        edge = r"\b" if secret.isalnum() and len(secret) < _SHORT else ""
        text = re.sub(f"{edge}{re.escape(secret)}{edge}", HIDDEN, text)
    text = _INSIDE.sub(lambda found: safe_address(found[0]), text)
    return _PAIR.sub(rf"\1\2{HIDDEN}", text)


def _spellings(secrets: Iterable[str]) -> Collection[str]:
    """Return the forms in which libraries may repeat a secret: plain, percent-encoded, and as Python's repr."""
    return {
        form
        for secret in secrets
        if secret.strip()
        for form in (secret, quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1])
    }
