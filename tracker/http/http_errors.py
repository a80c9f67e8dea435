"""Translate every failure of httpx and the layers below into our errors. The only place that does."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import h11
import httpcore
import httpx

from storage.engine.redaction import redacted
from tracker.errors import DamagedAnswer, Refused, RegistryError, TooLarge, Unreachable
from tracker.http.causes import certificate_cause, connection_cause, is_unknown_issuer
from tracker.http.transport import RequestOutOfTime

__all__ = ["FOREIGN", "translate"]

FOREIGN: tuple[type[Exception], ...] = (
    httpx.HTTPError,
    httpx.StreamError,
    httpx.InvalidURL,
    httpx.CookieConflict,
    httpcore.ConnectionNotAvailable,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
    OSError,
)
_TIMEOUTS = (httpx.TimeoutException, httpcore.TimeoutException, TimeoutError)
_BROKEN_OFF = (httpx.NetworkError, httpcore.NetworkError, httpx.RemoteProtocolError, httpcore.RemoteProtocolError)
_PROXY = (httpx.ProxyError, httpcore.ProxyError)
_NEVER = (
    httpx.InvalidURL,
    httpx.UnsupportedProtocol,
    httpcore.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpcore.LocalProtocolError,
)

_OWN_AUTHORITY = (
    ". If your network inspects TLS, or the host leaves out a part of its chain, name a PEM file with the missing "
    "certificate in [http] ca_file"
)


def translate(error: Exception, host: str, *, answering: bool, proxy: str = "") -> RegistryError:
    """Return our error for a foreign one.

    `answering`: the head of an answer had arrived. `proxy`: the proxy used, if any.

    With a proxy, the connection goes to the proxy. So it is named in the message if no connection was made.
    """
    ours = _translated(error, host, answering=answering)
    if proxy and isinstance(ours, Unreachable):
        ours.message += f" (through the proxy {proxy})"
    return ours


def _translated(error: Exception, host: str, *, answering: bool) -> RegistryError:
    if isinstance(error, RequestOutOfTime):
        return Unreachable(f"{host} took longer than a request may take in all", subject=host)
    for cause in _causes(error):
        if (ours := _by_cause(cause, host)) is not None:
            return ours
    if isinstance(error, _TIMEOUTS):
        return Unreachable(f"{host} did not answer in time", subject=host)
    if isinstance(error, _NEVER):
        return Refused(f"{host} cannot be asked: {redacted(str(error))}", subject=host)
    if isinstance(error, _PROXY):
        return Unreachable(f"the proxy before {host} failed: {redacted(str(error))}", subject=host)
    if isinstance(error, _BROKEN_OFF):
        return _broken_off(error, host, answering)
    return Unreachable(f"{host} could not be read: {connection_cause(error)}", subject=host)


def _by_cause(cause: BaseException, host: str) -> RegistryError | None:
    """Return the error for what the operating system or TLS reported, if that says more than the library above."""
    if isinstance(cause, ssl.SSLCertVerificationError):
        hint = _OWN_AUTHORITY if is_unknown_issuer(cause) else ""
        return Refused(f"the certificate of {host} is refused: {certificate_cause(cause)}{hint}", subject=host)
    if isinstance(cause, ssl.SSLError) and not isinstance(cause, TimeoutError):
        return Unreachable(f"no secure connection to {host}: {connection_cause(cause)}", subject=host)
    if isinstance(cause, socket.gaierror):
        return Unreachable(f"the name {host} cannot be resolved: {connection_cause(cause)}", subject=host)
    if isinstance(cause, ConnectionRefusedError):
        return Unreachable(f"{host} refused the connection: {connection_cause(cause)}", subject=host)
    # The HTTP parser gives 431 for "header fields too large".
    if getattr(cause, "error_status_hint", None) == 431:
        return TooLarge(f"{host} sent more headers than we read", subject=host)
    return None


def _broken_off(error: Exception, host: str, answering: bool) -> RegistryError:
    if answering:
        return DamagedAnswer(f"{host} broke off in the middle of its answer", subject=host)
    # The HTTP parser is the cause only if bytes arrived that it could not read.
    if any(isinstance(cause, h11.RemoteProtocolError) for cause in _causes(error)):
        return DamagedAnswer(f"{host} does not speak proper HTTP", subject=host)
    return Unreachable(f"{host} closed the connection without an answer", subject=host)


def _causes(error: Exception) -> Iterator[BaseException]:
    """Yield the error and the one it was made from. httpcore raises "from None", so that one is only in the context."""
    yield error
    below = error.__cause__ or error.__context__
    if below is not None:
        yield below
