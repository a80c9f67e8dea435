"""Mail addresses and mail servers as the configuration writes them. Pure."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import unquote, urlsplit

__all__ = ["Security", "parse_smtp", "refusal"]

Security = Literal["plain", "starttls", "implicit"]

_SCHEMES: dict[str, tuple[Security, int]] = {
    "smtp": ("plain", 25),
    "smtp+starttls": ("starttls", 587),
    "smtps": ("implicit", 465),
}
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~][A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{0,63}")
_DOMAIN = re.compile(r"([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


def refusal(address: str) -> str:
    """Return, as a sentence, why this is not one plain mail address. "" if it is one. Names, lists and quotes are
    refused.
    """
    # The address of a server, written here by mistake, may contain a password.
    shown = "what is written there" if "//" in address or address.count("@") > 1 else repr(address[:60])
    if len(address) > 254:
        return f"{shown}... is too long for a mail address"
    local, at, domain = address.rpartition("@")
    if not at or not _LOCAL.fullmatch(local) or local.endswith(".") or ".." in local:
        return f"{shown} is not one plain mail address"
    if not _DOMAIN.fullmatch(domain) or len(domain) > 253:
        return f"{shown} is not at a mail domain"
    return ""


def parse_smtp(url: str) -> tuple[str, int, Security, str]:
    """Parse `smtp+starttls://user@host:587` into host, port, security and user. Raise ValueError with a sentence.

    A password in the address is refused, because it has its own setting.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("it is not an address; write smtp+starttls://user@mail.example.org:587") from None
    if parts.scheme not in _SCHEMES or not host:
        raise ValueError("it must be smtp://, smtp+starttls:// or smtps:// and a host")
    if parts.password is not None:
        raise ValueError("it must not hold the password; name it in password_env or password_file")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("nothing may follow the host and port")
    if not _DOMAIN.fullmatch(host) and ":" not in host:
        raise ValueError("its host is not a host name")
    security, usual = _SCHEMES[parts.scheme]
    return host, port or usual, security, unquote(parts.username or "")
