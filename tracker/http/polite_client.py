"""The polite client: the one way to ask a registry over HTTP. It knows nothing about trials.

- Every request passes the rate limiter that all processes share, so each host gets one request at a time.
- Short waits are slept before another attempt. Longer ones are stored in the rate limiter, and the request fails.
- Redirects are followed only within one host, and never from https to http.
- Certificates are always verified.
- Cookies are kept until the process ends and sent only to the host that set them. No credentials are sent.
- Proxy and certificates are arguments. Nothing is read from the environment or a netrc file.
- A body is refused if it is cut short, too large or of another type than asked for.

A name lookup cannot be interrupted, so it does not count against the total time. The system's resolver ends it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

import httpx

from schedules.clock import Clock
from storage.engine.redaction import safe_address
from tracker.errors import (
    Blocked,
    DamagedAnswer,
    NotBefore,
    Permanent,
    Refused,
    RegistryError,
    ServerTrouble,
    TooLarge,
)
from tracker.http.cookies import kept_cookies
from tracker.http.http_errors import FOREIGN, translate
from tracker.http.outbound import Outbound
from tracker.http.rate_limiter import RateLimiter
from tracker.http.refusals import explained
from tracker.http.response_body import one_sentence, read_body, retry_after, shows_its_end
from tracker.http.tls import tls_context
from tracker.http.transport import Budget, TimedTransport

__all__ = ["Exchange", "Expect", "Limits", "PoliteClient", "Response"]

Expect = Literal["json", "html", "any"]
_KINDS: dict[Expect, tuple[str, ...]] = {
    "json": ("application/json",),
    "html": ("text/html", "application/xhtml+xml"),
    "any": (),
}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CHARSETS = frozenset({"utf-8", "us-ascii", "iso-8859-1", "windows-1252"})
_CHARSET = re.compile(r"charset\s*=\s*['\"]?([\w-]{1,40})", re.IGNORECASE)
# Bytes to read of an error message.
_COMPLAINT = 64 * 1024
_HEAD = 600
"""Bytes of a body that an `Exchange` keeps."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits in seconds and bytes. `total` is for one attempt, from connecting to the last byte."""

    connect: float = 30.0
    read: float = 30.0
    total: float = 120.0
    body: int = 64 * 1024 * 1024
    header_fields: int = 200
    redirects: int = 5
    # There is one attempt more than pauses. Each pause is lengthened at random by up to half.
    pauses: tuple[float, ...] = (0.5, 2.0)
    # A Retry-After up to this is slept. A longer one goes to the rate limiter.
    sleepable: float = 10.0
    longest_retry_after: timedelta = timedelta(hours=6)
    after_429: timedelta = timedelta(seconds=60)
    after_403: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Response:
    """A complete answer with status 200. `history`: the addresses that redirected to `url`, in order.

    Names in `headers` are lower case.
    """

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes
    history: tuple[str, ...] = ()

    def text(self) -> str:
        """Return the body decoded in its declared charset (default UTF-8), without a byte order mark.

        Raise DamagedAnswer for bytes that are not valid in that charset, and for an unknown charset.
        """
        declared = _CHARSET.search(self.headers.get("content-type", ""))
        charset = declared[1].lower() if declared else "utf-8"
        if charset not in _CHARSETS:
            raise DamagedAnswer(f"{self.url} is in the charset {charset!r}", subject=self.url)
        try:
            return self.body.decode(charset).removeprefix("\ufeff")
        except UnicodeDecodeError as error:
            raise DamagedAnswer(f"{self.url} is not in its charset {charset}", subject=self.url) from error


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and the beginning of its answer, for a report that a person sends on.

    `status` is None if no answer came. `head`: the beginning of the body, decompressed if possible.
    """

    url: str
    status: int | None
    headers: Mapping[str, str]
    head: bytes


class PoliteClient:
    """Asks registries for pages. Not thread-safe: use one client per thread.

    `requests` counts all requests sent, including redirects and further attempts. `outbound` sets the proxy and the
    trusted certificates. `listener` is called with every exchange.
    """

    def __init__(
        self,
        rate_limiter: RateLimiter,
        clock: Clock,
        *,
        user_agent: str,
        limits: Limits | None = None,
        outbound: Outbound | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.requests = 0
        self.limits = limits or Limits()
        self.listener: Callable[[Exchange], None] | None = None
        out = outbound or Outbound()
        self._proxy = out.shown_proxy
        self._gate = rate_limiter
        self._clock = clock
        self._budget = Budget(clock.stopwatch)
        self._http = httpx.Client(
            transport=transport or TimedTransport(self._budget, tls_context(out), out.proxy or None),
            headers={"User-Agent": user_agent, "Accept-Encoding": "gzip"},
            cookies=kept_cookies(),
            timeout=httpx.Timeout(self.limits.read, connect=self.limits.connect),
            # No proxy variables and no netrc: `outbound` has all that is needed.
            trust_env=False,
        )

    def close(self) -> None:
        """Close the open connections."""
        self._http.close()

    def get(
        self, url: str, *, params: Mapping[str, str] | None = None, expect: Expect = "any", beside: bool = False
    ) -> Response:
        """Return the answer to a GET, complete and with status 200. `params` replace a query in `url`.

        `expect`: the content type to insist on. `beside`: the page is optional and no registry promises it. A useless
        answer then does not count as a failure of the host, but a request to wait still does.

        Raise RegistryError: a Retryable one after the last attempt, NotBefore if the host must not be asked for a while
        (the rate limiter knows it then), a Permanent one at once.
        """
        address = _address(url, params)
        history: list[str] = []
        while True:
            answer = self._attempts(address, expect, beside)
            if isinstance(answer, Response):
                return replace(answer, history=tuple(history))
            history.append(_named(address))
            if len(history) > self.limits.redirects:
                raise Refused(
                    f"{_host(address)} redirected more than {self.limits.redirects} times", subject=_host(address)
                )
            address = answer

    def _attempts(self, address: httpx.URL, expect: Expect, beside: bool) -> Response | httpx.URL:
        """Return the answer, or the target of a redirect. Makes at most one attempt more than there are pauses."""
        host = _host(address)
        for pause in (*self.limits.pauses, None):
            self._gate.enter(host, self.limits.total)
            try:
                answer = self._attempt(address, host, expect)
            except RegistryError as error:
                wait = None if pause is None else self._wait(error, pause)
                # The registry does not promise this page, so its failure says nothing about the host.
                spared = beside and isinstance(error, DamagedAnswer | ServerTrouble | Permanent)
                self._gate.leave(
                    host,
                    failed=_is_trouble(error) and not spared,
                    retry_after=None if spared else self._not_before(error, wait),
                    error=error,
                )
                if wait is None:
                    error.url = _named(address.copy_with(query=None))
                    raise
            # Also on Ctrl-C: the turn must be given back, or the host stays busy for other processes until the lease
            # ends.
            except BaseException:
                self._gate.leave(host, failed=True)
                raise
            else:
                self._gate.leave(host, failed=False)
                return answer
            self._clock.pause(wait)
        raise AssertionError("the last attempt returns or raises")

    def _wait(self, error: RegistryError, pause: float) -> float | None:
        """Return the seconds to sleep before the next attempt, or None if there is none."""
        if isinstance(error, NotBefore):
            seconds = (error.until - self._gate.now()).total_seconds()
            return max(seconds, 0.0) if seconds <= self.limits.sleepable else None
        return pause + self._clock.jitter(pause / 2) if error.retryable else None

    def _not_before(self, error: RegistryError, wait: float | None) -> datetime | None:
        """Return until when the rate limiter must pause this host, or None. Waits that are slept here are left out."""
        if isinstance(error, NotBefore) and wait is None:
            return error.until
        return self._gate.now() + self.limits.after_403 if isinstance(error, Blocked) else None

    def _attempt(self, address: httpx.URL, host: str, expect: Expect) -> Response | httpx.URL:
        self.requests += 1
        self._budget.start(self.limits.total)
        answering = False
        try:
            answer = self._http.send(self._http.build_request("GET", address), stream=True)
            answering = True
            try:
                return self._read(answer, host, expect)
            finally:
                answer.close()
        except FOREIGN as error:
            if not answering:
                self._tell(address, None, {}, b"")
            raise translate(error, host, answering=answering, proxy=self._proxy) from error

    def _read(self, answer: httpx.Response, host: str, expect: Expect) -> Response | httpx.URL:
        if len(answer.headers.raw) > self.limits.header_fields:
            raise TooLarge(f"{host} sent {len(answer.headers.raw):,} header fields", subject=host)
        if answer.status_code in _REDIRECTS:
            self._tell(answer.request.url, answer.status_code, answer.headers, b"")
            return _target(answer, host)
        if answer.status_code != 200:
            raise self._failure(answer, host, expect)
        if (odd := _odd_kind(answer, host, expect)) is not None:
            self._tell(answer.request.url, answer.status_code, answer.headers, self._glimpse(answer, host))
            raise odd
        body = self._body(answer, host, self.limits.body)
        self._tell(answer.request.url, answer.status_code, answer.headers, body)
        if _ends_by_closing(answer) and expect == "html" and not shows_its_end(body):
            raise DamagedAnswer(f"{host} sent a page without an end", subject=host)
        return Response(200, _named(answer.request.url), dict(answer.headers), body)

    def _body(self, answer: httpx.Response, host: str, limit: int) -> bytes:
        announced = answer.headers.get("content-length", "0")
        # The header may have any number of digits, and Python refuses to parse very long ones. 19 are enough for any
        # size.
        if announced.isdecimal() and int(announced[:19]) > limit:
            raise TooLarge(f"{host} announced {announced[:19]} bytes, over the limit of {limit:,}", subject=host)
        return read_body(self._chunks(answer), answer.headers.get("content-encoding", ""), limit=limit, host=host)

    def _chunks(self, answer: httpx.Response) -> Iterator[bytes]:
        for chunk in answer.iter_raw():
            # Raises when the total time is over, even if the bytes keep arriving.
            self._budget.left()
            yield chunk

    def _failure(self, answer: httpx.Response, host: str, expect: Expect) -> RegistryError:
        """Return the error for a status other than 200."""
        kind, body = _kind(answer), self._glimpse(answer, host)
        self._tell(answer.request.url, answer.status_code, answer.headers, body)
        return explained(
            answer.status_code,
            host,
            kind=kind,
            said=one_sentence(body) if kind == "text/plain" else "",
            api=expect == "json",
            until=self._wanted_pause(answer),
        )

    def _wanted_pause(self, answer: httpx.Response) -> datetime | None:
        """Return until when the host wants no requests, or None if it does not say."""
        if answer.status_code not in (429, 503):
            return None
        now = self._gate.now()
        until = retry_after(answer.headers.get("retry-after"), now, self.limits.longest_retry_after)
        return now + self.limits.after_429 if until is None and answer.status_code == 429 else until

    def _glimpse(self, answer: httpx.Response, host: str) -> bytes:
        """Return the body of an error answer for messages and reports, or b"" if it cannot be read."""
        if self.listener is None and _kind(answer) != "text/plain":
            return b""
        try:
            return self._body(answer, host, _COMPLAINT)
        except RegistryError:
            return b""

    def _tell(self, url: httpx.URL, status: int | None, headers: Mapping[str, str], body: bytes) -> None:
        if self.listener is not None:
            self.listener(Exchange(str(url), status, dict(headers), body[:_HEAD]))


def _address(url: str, params: Mapping[str, str] | None) -> httpx.URL:
    try:
        address = httpx.URL(url, params=dict(params)) if params else httpx.URL(url)
    except httpx.InvalidURL as error:
        raise Refused("not an address that can be asked", subject=safe_address(url, public=True)[:200]) from error
    if address.scheme not in ("http", "https") or not address.host:
        raise Refused("only http and https addresses can be asked", subject=safe_address(url, public=True)[:200])
    return address


def _named(address: httpx.URL) -> str:
    """Return an address for messages and for the store, without user and password."""
    return str(address.copy_with(username="", password="") if address.userinfo else address)


def _host(address: httpx.URL) -> str:
    """Return the host as the rate limiter knows it, with its port if that is not the default."""
    return address.netloc.decode("ascii")


def _target(answer: httpx.Response, host: str) -> httpx.URL:
    """Return the target of a redirect. Raise Refused if it leads to another host or to itself.

    A registry behind a load balancer may redirect to its own pages over http. They are asked for over https anyway.
    """
    here = answer.request.url
    to = here.join(answer.headers.get("location", ""))
    # Between http and https, in either direction, https is used.
    if {here.scheme, to.scheme} == {"http", "https"}:
        to = to.copy_with(scheme="https")
    same_host = to.netloc == here.netloc and to.scheme in ("http", "https")
    if not same_host or to.userinfo:
        elsewhere = one_sentence(f"{to.scheme}://{to.host}".encode(), 80)
        raise Refused(f"{host} redirects to {elsewhere}; only its own pages are followed", subject=host)
    if to == here:
        raise Refused(f"{host} redirects to itself", subject=host)
    return to.copy_with(fragment=None)


def _kind(answer: httpx.Response) -> str:
    return str(answer.headers.get("content-type", "")).partition(";")[0].strip().lower()


def _odd_kind(answer: httpx.Response, host: str, expect: Expect) -> DamagedAnswer | None:
    """Return an error if the answer has another content type than expected."""
    kind, wanted = _kind(answer), _KINDS[expect]
    if not wanted or kind in wanted:
        return None
    shown = one_sentence(kind.encode(), 60) or "nothing named"
    message = f"{host} answered with {shown} where {wanted[0]} was asked for"
    if kind == "text/html":
        message += "; a firewall, or the login page of this network, may stand in between"
    return DamagedAnswer(message, subject=host)


def _ends_by_closing(answer: httpx.Response) -> bool:
    """Whether only the end of the connection marks the end of the body. Then a shortened body looks complete."""
    return not {"content-length", "transfer-encoding", "content-encoding"} & set(answer.headers)


def _is_trouble(error: RegistryError) -> bool:
    """Whether the host is to blame. The refusal of one request is not its failure, but a ban is."""
    return not isinstance(error, Permanent) or error.status is None or isinstance(error, Blocked)
