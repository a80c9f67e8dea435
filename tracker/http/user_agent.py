"""The name this program gives itself in the `User-Agent` header."""

from __future__ import annotations

import httpx

from tracker import __version__

__all__ = ["HTTPX_TOKEN", "product_name", "registry_user_agent"]

HTTPX_TOKEN = f"python-httpx/{httpx.__version__}"
"""The token of the HTTP library, as httpx itself sends it.

The edge of ClinicalTrials.gov compares the name of a client with its TLS handshake. It answers 403 to the handshake of
httpx under any name without this token. With the token anywhere in the name, it accepts the same client. Several
projects measured this between December 2025 and September 2026. The token is true, because this program uses httpx. It
is not a disguise, and a browser's name is refused as well.
"""


def product_name(contact: str = "") -> str:
    """Return `trialwatch/0.1.0 (+contact)`: program, version and the operator's address, if there is one."""
    return f"trialwatch/{__version__} (+{contact})" if contact else f"trialwatch/{__version__}"


def registry_user_agent(contact: str = "") -> str:
    """Return the `User-Agent` of every request sent with httpx."""
    return f"{product_name(contact)} {HTTPX_TOKEN}"
