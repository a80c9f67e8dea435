"""The name this program gives itself in the `User-Agent` header."""

from __future__ import annotations

import httpx

from tracker import __version__

__all__ = ["HTTPX_TOKEN", "product_name", "registry_user_agent"]

HTTPX_TOKEN = f"python-httpx/{httpx.__version__}"
"""The token of the HTTP library, as httpx itself sends it.

The edge of ClinicalTrials.gov compares the name a client gives with the TLS greeting it makes. It answers 403 to the
greeting of httpx under any name without this token, and lets the same client pass when the token is there, at any
place. Several projects measured this between December 2025 and September 2026. The token is true: this program is a
client made with httpx. It is no disguise, and a browser's name is refused as well.
"""


def product_name(contact: str = "") -> str:
    """`trialwatch/0.1.0 (+contact)`: program, version and the operator's address, where one is given."""
    return f"trialwatch/{__version__} (+{contact})" if contact else f"trialwatch/{__version__}"


def registry_user_agent(contact: str = "") -> str:
    """The `User-Agent` of every request that goes out through httpx."""
    return f"{product_name(contact)} {HTTPX_TOKEN}"
