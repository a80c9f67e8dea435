"""Why a connection failed, in words. Used by the registries' client, mail, webhooks and `doctor`."""

from __future__ import annotations

import errno
import socket
import ssl

__all__ = ["certificate_cause", "connection_cause", "is_unknown_issuer"]

_UNKNOWN_ISSUER = frozenset({2, 18, 19, 20, 21, 27})
"""OpenSSL's codes for a chain that does not end at a trusted authority (X509_V_ERR_*, x509_vfy.h)."""
_CERTIFICATE = {
    9: "it is not valid yet (or this machine's clock is behind)",
    10: "it has expired (or this machine's clock is ahead)",
    18: "it is signed by itself, by no authority",
    19: "it comes from an authority of its own, which this machine does not know",
    23: "it was revoked",
    62: "it is not valid for this name",
    64: "it is not valid for this address",
} | dict.fromkeys((2, 20, 21, 27), "it comes from an authority that this machine does not know")
_NO_SUCH_NAME = {
    getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA", "EAI_ADDRFAMILY") if hasattr(socket, name)
}
_SYSTEM = {
    errno.EHOSTUNREACH: "no way in the network leads to it",
    errno.EHOSTDOWN: "no way in the network leads to it",
    errno.ENETUNREACH: "this machine has no network that leads to it",
    errno.ENETDOWN: "the network of this machine is down",
    errno.EADDRNOTAVAIL: "this machine has no address to reach it from",
    errno.EAFNOSUPPORT: "this machine does not support that kind of address",
    errno.EACCES: "a rule of this machine forbids the connection (a firewall?)",
    errno.EPERM: "a rule of this machine forbids the connection (a firewall?)",
    errno.EMFILE: "this process has too many files open",
    errno.ENFILE: "this machine has too many files open",
}


def connection_cause(error: BaseException, port: int | None = None) -> str:
    """Return why no connection was made or why it ended, as a clause about "it", the host.

    `error` is one of the operating system, of TLS, or of a library that was raised because of one.
    """
    cause: BaseException | None = error
    for _ in range(8):  # a chain may be a circle
        if cause is None:
            break
        if isinstance(cause, (OSError, UnicodeError)) and (why := _why(cause, port)):
            return why
        cause = cause.__cause__ or cause.__context__
    return "the connection failed"


def certificate_cause(error: ssl.SSLCertVerificationError) -> str:
    """Return why a certificate is not accepted, as a clause about "it", the certificate."""
    return _CERTIFICATE.get(getattr(error, "verify_code", 0), "it cannot be verified")


def is_unknown_issuer(error: ssl.SSLCertVerificationError) -> bool:
    """Whether naming one more authority may make the certificate good."""
    return getattr(error, "verify_code", 0) in _UNKNOWN_ISSUER


def _why(error: OSError | UnicodeError, port: int | None) -> str:
    if isinstance(error, UnicodeError):
        return "its name is no name of a host"
    if isinstance(error, socket.gaierror):
        known = error.errno in _NO_SUCH_NAME
        return "its name is not known (DNS)" if known else "its name cannot be looked up now (DNS does not answer)"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate cannot be trusted: {certificate_cause(error)}"
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        return "it broke the connection off"
    if isinstance(error, ssl.SSLError):
        return "it does not speak TLS as it should"
    if isinstance(error, ConnectionRefusedError):
        where = f"on port {port}" if port else "on that port"
        return f"nothing answers {where}, so the server may not be running"
    if isinstance(error, (ConnectionResetError, ConnectionAbortedError, BrokenPipeError)):
        return "it broke the connection off"
    return _SYSTEM.get(error.errno or 0, "")
