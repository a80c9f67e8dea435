"""One guarded POST at a time to one address, for every channel that speaks HTTP.

Only 2xx is success. Redirects are not followed, 410 closes the channel, Retry-After is respected. One attempt takes at
most fifteen seconds and reads at most 64 kB of the answer. No address inside the operator's network is reached unless
it is allowed by name.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256

import httpcore

from tracker.alerts.channels.channel import Delivery, Probe, do_nothing
from tracker.alerts.channels.ssrf_guard import Forbidden, GuardedSockets, Meter, Resolve, check_beforehand, resolve
from tracker.alerts.channels.whole_requests import WholeRequests
from tracker.alerts.render.commands import GIVEN_UP, probe_step, step_for
from tracker.alerts.replies import CONNECTION, ReplyVerdict, http_verdict
from tracker.alerts.targets.webhook_url import normal_place, target_of
from tracker.errors import ChannelClosed, NotDelivered, Undeliverable
from tracker.http.causes import certificate_cause, connection_cause
from tracker.http.outbound import Outbound
from tracker.http.tls import tls_context
from tracker.http.transport import Budget, TimedBackend, proxy_of
from tracker.http.user_agent import product_name

__all__ = ["DEADLINE_SECONDS", "Header", "Poster", "open_poster"]

DEADLINE_SECONDS = 15.0
_MOST_READ = 64 * 1024
_LONGEST_PAUSE = timedelta(days=1)
_BUSY = (413, 429, 502, 503, 504)
"""Statuses for which Retry-After is respected."""
_FAILURES = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    OSError,
)
Header = tuple[bytes, bytes]
NextStep = Callable[[ReplyVerdict, str], str]


class Poster:
    """The way to one address. `stopwatch` counts seconds, `ask` resolves names, `context` verifies certificates.

    `proxy`: the address of the HTTP proxy, or "". Hosts in `allow` are reached without it, because a proxy cannot reach
    a receiver on this machine. `seconds`: the total time for one attempt. Raise ValueError for an address that is
    always refused.
    """

    def __init__(
        self,
        name: str,
        url: str,
        stopwatch: Callable[[], float],
        *,
        user_agent: str,
        allow: Collection[str] = (),
        ask: Resolve = resolve,
        context: ssl.SSLContext | None = None,
        proxy: str = "",
        seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self.name = name
        self.fingerprint = sha256(url.encode()).hexdigest()[:16]
        self._target = target_of(url)
        self._agent = user_agent
        self._seconds = seconds
        self._budget = Budget(stopwatch)
        self._meter = Meter()
        allowed = self._target.place in {normal_place(place) for place in allow}
        self._plain_is_fine = allowed
        self._ask = ask
        self._by_proxy = bool(proxy) and not allowed
        # The proxy itself is inside the operator's network, so it may be private.
        sockets = GuardedSockets(self._budget, self._meter, private=allowed or self._by_proxy, ask=ask)
        self._context = context or ssl.create_default_context()
        self._backend = TimedBackend(self._budget, sockets)
        target = self._target
        self._url = httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path)
        # Only to open connections: with one request at a time, one connection is kept, and the pool's own bookkeeping
        # takes as long as a statement of the store.
        self._pool = httpcore.ConnectionPool(
            proxy=proxy_of(proxy) if self._by_proxy else None,
            ssl_context=self._context,
            keepalive_expiry=5.0,
            network_backend=WholeRequests(self._backend, lambda: self._meanwhile()),
        )
        self._meanwhile: Callable[[], None] = do_nothing
        self._kept: httpcore.ConnectionInterface | None = None

    def post(self, delivery: Delivery, content_type: str, more: Sequence[Header] = ()) -> int:
        """Send one POST with the body of the delivery. `more`: headers beside the usual. Return the status, a 2xx.

        Raise Undeliverable for a forbidden address, or ChannelClosed, or NotDelivered.
        """
        with self._attempt(self._seconds, step_for):
            if self._by_proxy:
                check_beforehand(self._target.host, self._target.port, self._ask)
            self._meanwhile = delivery.meanwhile
            status, headers = self._post(delivery.body, [*self._headers(delivery.body, content_type), *more])
        self._judge(status, headers, delivery.now)
        return status

    def probe(self, seconds: float) -> Probe:
        """Connect to the receiver, over TLS, and close the connection. No request is sent."""
        target = self._target
        if self._by_proxy:
            return Probe(False, "not tried: behind a proxy a message would be sent")
        with self._attempt(seconds, probe_step):
            stream = self._backend.connect_tcp(target.host, target.port, seconds)
            try:
                if target.scheme == "https":
                    stream = stream.start_tls(self._context, target.host, seconds)
            finally:
                stream.close()
        return Probe(True, "the server answers, its certificate is good" if target.scheme == "https" else "it answers")

    def close(self) -> None:
        """Close the connection, if one is open."""
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.close()

    @contextmanager
    def _attempt(self, seconds: float, step: NextStep) -> Iterator[None]:
        """Limit the time of an attempt, and raise its failures as DeliveryError."""
        if self._target.scheme != "https" and not self._plain_is_fine:
            raise Undeliverable(f"{self._target.host} is not reached over https", subject=self.name)
        self._budget.start(seconds)
        self._meter.start(_MOST_READ)
        try:
            yield
        except Forbidden:
            raise Undeliverable(
                f"{self._target.host} does not lead to a public address; list it in allow if it is meant",
                subject=self.name,
            ) from None
        except _FAILURES as error:
            reason, verdict = _happened(error, self._target.port)
            text = f"{self._target.host} {reason}. {step(verdict, self.name)}"
            raise NotDelivered(text, subject=self.name, lasting=verdict.lasting) from error

    def _post(self, body: bytes, headers: list[Header]) -> tuple[int, list[Header]]:
        request = httpcore.Request(
            "POST",
            self._url,
            headers=headers,
            content=body,
            extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), self._seconds)},
        )
        try:
            answer = self._connection().handle_request(request)
        except BaseException:
            self.close()  # one that failed while it was opened may be open and of no use
            raise
        try:
            for _ in answer.iter_stream():
                pass  # read to the end, so that the connection can be reused
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException):
            # The status has arrived, and only the status counts. An error in the rest does not matter.
            pass
        finally:
            answer.close()
        return answer.status, answer.headers

    def _connection(self) -> httpcore.ConnectionInterface:
        """Return the kept connection. Return a new one if the other side closed it, or if it was idle for long."""
        if self._kept is None or self._kept.is_closed() or self._kept.has_expired():
            self.close()
            self._kept = self._pool.create_connection(self._url.origin)
        return self._kept

    def _headers(self, body: bytes, content_type: str) -> list[Header]:
        default = {"https": 443, "http": 80}[self._target.scheme] == self._target.port
        host = self._target.place.rpartition(":")[0] if default else self._target.place
        return [
            (b"Host", host.encode()),
            (b"Content-Type", content_type.encode()),
            (b"Content-Length", str(len(body)).encode()),
            (b"User-Agent", self._agent.encode()),
            (b"Accept", b"*/*"),
        ]

    def _judge(self, status: int, headers: list[Header], now: datetime) -> None:
        if 200 <= status < 300:
            return
        pause = _retry_after(headers, now) if status in _BUSY else None
        verdict = http_verdict(status, asks_for_pause=pause is not None)
        host = self._target.host
        if verdict.closes:
            reason = f"{host} says that it wants no more ({status})"
            raise ChannelClosed(f"{reason}. {step_for(verdict, self.name)}", subject=self.name, status=status)
        between = "; " if 300 <= status < 400 else ": "
        reason = f"{host} answered {status}{between}{verdict.why}"
        if verdict.fault == "content":
            raise Undeliverable(f"{reason}. {GIVEN_UP}", subject=self.name, status=status)
        step = step_for(verdict, self.name)
        raise NotDelivered(
            f"{reason}. {step}", subject=self.name, status=status, retry_after=pause, lasting=verdict.lasting
        )


def open_poster(
    name: str, url: str, allow: Collection[str], stopwatch: Callable[[], float], outbound: Outbound
) -> Poster:
    """Return the way to an address, with the proxy and the certificates of this installation."""
    return Poster(
        name,
        url,
        stopwatch,
        user_agent=product_name(outbound.contact),
        allow=allow,
        context=tls_context(outbound),
        proxy=outbound.proxy,
    )


def _happened(error: Exception, port: int) -> tuple[str, ReplyVerdict]:
    """Return what went wrong, without any part of the address."""
    if isinstance(error, httpcore.TimeoutException):
        return "did not answer in time", CONNECTION["late"]
    if isinstance(error, httpcore.ConnectError):
        cause = error.__cause__ or error.__context__
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"has a certificate that cannot be trusted: {certificate_cause(cause)}", CONNECTION["certificate"]
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError):
            return "does not speak TLS there", CONNECTION["tls"]
        return f"cannot be reached: {connection_cause(error, port)}", CONNECTION["unreachable"]
    if isinstance(error, httpcore.ProxyError):
        return "is not reached through the proxy of [http]", CONNECTION["proxy"]
    if isinstance(error, httpcore.ProtocolError):
        return "did not answer as a web server does", CONNECTION["protocol"]
    return "broke the connection off", CONNECTION["cut"]


def _retry_after(headers: list[Header], now: datetime) -> timedelta | None:
    """Return the pause that a server asks for, given in seconds or as a date. None if there is no usable value."""
    text = next((value.decode("latin-1").strip() for name, value in headers if name.lower() == b"retry-after"), "")
    if text.isascii() and text.isdigit():
        # Python refuses to convert a number of several thousand digits.
        return _LONGEST_PAUSE if len(text) > 9 else min(timedelta(seconds=int(text)), _LONGEST_PAUSE)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    until = until.replace(tzinfo=UTC) if until.tzinfo is None else until
    return min(max(until - now, timedelta(0)), _LONGEST_PAUSE)
