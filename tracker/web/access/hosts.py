"""The names under which this server answers.

A page of another site can lead a browser here under that site's name (DNS rebinding). Such a request carries the name
in its Host header, so an unknown name is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address

__all__ = ["allowed_hosts", "host_name", "is_loopback"]

_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_EVERYWHERE = ("0.0.0.0", "::", "")


def allowed_hosts(listening_at: str, names: Iterable[str]) -> frozenset[str]:
    """Return the names that a Host header may hold, without ports, in small letters."""
    own = [] if listening_at in _EVERYWHERE else [_bracketed(listening_at)]
    return frozenset(name.casefold() for name in (*_LOOPBACK, *own, *names))


def host_name(header: str) -> str:
    """Return the name in a Host header, without its port, in small letters. "" if it is no Host header."""
    if header.startswith("["):
        name, bracket, port = header.partition("]")
        return f"{name}]".casefold() if bracket and _is_port(port) else ""
    name = header.partition(":")[0]
    return name.casefold().removesuffix(".") if _is_port(header[len(name) :]) else ""


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches an address to listen at."""
    if host.casefold() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _is_port(text: str) -> bool:
    return not text or (text[0] == ":" and text[1:].isascii() and text[1:].isdigit())
