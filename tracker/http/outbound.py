"""The settings for every outgoing connection: contact, proxy, and trusted certificates. Fast to import."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

__all__ = ["Outbound"]


class Outbound(NamedTuple):
    """How this installation reaches other hosts. Registries, ping, webhooks and mail all use the same one.

    `contact`: the operator's address, for the User-Agent. `proxy`: the address of the HTTP proxy, "" for none. It
    carries registries, ping and webhooks; mail goes straight to its server, because an HTTP proxy does not carry mail.
    `ca_file`: a PEM file of certificate authorities to trust besides those of the system.
    """

    contact: str = ""
    proxy: str = ""
    ca_file: Path | None = None

    @property
    def shown_proxy(self) -> str:
        """Host and port of the proxy, without a login; "" when there is none."""
        return urlsplit(self.proxy).netloc.rpartition("@")[2]
