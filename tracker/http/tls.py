"""The certificates to trust: the system's trust store and one additional authority."""

from __future__ import annotations

import os
import ssl
import sys
from errno import EINVAL
from pathlib import Path

import certifi
import truststore

from storage.files.file_causes import file_cause
from tracker.errors import SettingsError
from tracker.http.outbound import Outbound

__all__ = ["tls_context", "trusted"]

_COMMON_BUNDLES = (
    "/etc/ssl/cert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/cert.pem",
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/ca-bundle.pem",
)
"""Where Linux distributions keep the system's certificate authorities."""


def tls_context(outbound: Outbound) -> ssl.SSLContext:
    """Return a TLS context that verifies certificates. Raise SettingsError if `ca_file` cannot be read.

    The system's trust store is used, because the authority of a university or a company is usually installed there. The
    TLS handshake stays that of Python's own context, which registries know.
    """
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not _system_has_authorities():
        # A slim container image has no trust store. The bundle that comes with httpx is better than no connection.
        context.load_verify_locations(certifi.where())
    if outbound.ca_file is not None:
        _add_authorities(context, outbound.ca_file)
    return context


def trusted(outbound: Outbound) -> str:
    """Return in words which certificate authorities are trusted."""
    own = os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")
    if not _system_has_authorities():
        base = "the bundle of certifi, because this system has no trust store"
    elif own and sys.platform == "linux":
        base = f"the system's trust store, set to {own} by the environment"
    else:
        base = "the system's trust store"
    return f"{base}, and {outbound.ca_file}" if outbound.ca_file else base


def _add_authorities(context: ssl.SSLContext, path: Path) -> None:
    try:
        if path.exists() and not path.is_file():
            raise OSError(EINVAL, "it is not a plain file")  # reading a pipe may never end
        context.load_verify_locations(path)
    except ssl.SSLError:
        reason = "holds no certificates in PEM form"
    except OSError as error:
        reason = f"cannot be read: {file_cause(error).why}"
    else:
        return
    message = f"http.ca_file: {path} {reason}. Name a PEM file with the certificates of your authority"
    raise SettingsError(message, subject="ca_file")


def _system_has_authorities() -> bool:
    """Whether the system has a trust store at all. macOS and Windows always have one."""
    if sys.platform in ("darwin", "win32"):
        return True
    found = ssl.get_default_verify_paths()
    folder = Path(found.capath) if found.capath else None
    if found.cafile or (folder and folder.is_dir() and any(folder.iterdir())):
        return True
    return any(Path(path).is_file() for path in _COMMON_BUNDLES)
