"""Which addresses a webhook may have, as the configuration writes them. Pure: nothing is resolved.

An address is parsed once, here. It is refused if two parsers could read it differently: user names, backslashes,
unusual digits, numbers that only some parsers take for an IP address. The addresses that its host resolves to are
checked when they are dialled.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from tracker.alerts.targets.public_addresses import is_public

__all__ = ["Target", "normal_place", "refusal", "surely_inside", "target_of"]

_PORTS = {"https": 443, "http": 80}
_SAFE = re.compile(r"[!-~]+")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NETLOC = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^][:@]+)(:[0-9]{1,5})?")
_INSIDE = (".localhost", ".local", ".internal", ".home.arpa")
_ODD = re.compile(r"[\\\"<>^`{|}]")


@dataclass(frozen=True, slots=True)
class Target:
    """The parts of a webhook's address. `host` is lower case, without brackets or a final full stop."""

    scheme: str
    host: str
    port: int
    path: str = field(repr=False)

    @property
    def place(self) -> str:
        """Return host and port, as an allow list names them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def refusal(url: str, allow: frozenset[str] = frozenset()) -> str:
    """Return, as a sentence, why a webhook may not have this address. "" if it may. The sentence never contains the
    path.
    """
    try:
        target = target_of(url)
    except ValueError as error:
        return str(error)
    if target.place in {normal_place(place) for place in allow}:
        return ""
    if target.scheme != "https":
        return f"it must begin with https:// (plain http only to a host and port listed in allow: {target.place})"
    if _is_literal(target.host) and not is_public(target.host):
        return f"{target.place} is not a public address; list it in allow if it is meant"
    return ""


def surely_inside(url: str, allow: frozenset[str] = frozenset()) -> str:
    """Return, as a sentence, why all messages to this address are sure to die, although its host is a name. "" if they
    may arrive.

    For `alerts check`. When the address is dialled, the addresses that its name resolves to are checked again.
    """
    target = target_of(url)
    name = not _is_literal(target.host) and target.place not in {normal_place(place) for place in allow}
    inside = name and ("." not in target.host or target.host.endswith(_INSIDE))
    return f"{target.place} is not a public address; list it in allow if it is meant" if inside else ""


def target_of(url: str) -> Target:
    """Return the parts of an http(s) address. Raise ValueError, with a sentence, if it can be read in two ways."""
    if not _SAFE.fullmatch(url):
        raise ValueError("it must be plain ASCII without spaces; write an international host name as xn--...")
    if _ODD.search(url):
        raise ValueError("it holds a character that must be written in % form")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("it is not an address") from None
    scheme = parts.scheme.lower()
    if scheme not in _PORTS:
        raise ValueError("it must begin with https://")
    if "@" in parts.netloc:
        raise ValueError("it must not hold a user name or password; a webhook is signed instead")
    if parts.fragment or url.endswith("#"):
        raise ValueError("it must not hold a # part")
    if port == 0 or parts.netloc.endswith(":"):
        raise ValueError("its port is not a port")
    if not _NETLOC.fullmatch(parts.netloc):  # urlsplit ignores text between a bracket and a port
        raise ValueError("its host is not a host name")
    host = _host(host, bracketed=parts.netloc.startswith("["))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(scheme, host, port or _PORTS[scheme], path)


def normal_place(place: str) -> str:
    """Return a "host:port" of an allow list in the form of `Target.place`. An invalid entry permits nothing."""
    host, _, port = place.strip().lower().rpartition(":")
    host = host.removesuffix(".")
    if host.startswith("[") and host.endswith("]") and _is_literal(host[1:-1]):
        host = f"[{ip_address(host[1:-1])}]"
    return f"{host}:{port}"


def _host(host: str, *, bracketed: bool) -> str:
    host = host.lower().removesuffix(".")
    if bracketed:
        if "%" in host or not _is_literal(host):
            raise ValueError("its host is not an IPv6 address")
        return str(ip_address(host))
    if not host or len(host) > 253 or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        raise ValueError("its host is not a host name")
    if not _is_literal(host) and _looks_like_number(host):
        raise ValueError("its host is a number that not everybody reads alike; write four numbers with full stops")
    return host


def _looks_like_number(host: str) -> bool:
    last = host.rpartition(".")[2]
    return last.isdigit() or last.startswith("0x")


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
