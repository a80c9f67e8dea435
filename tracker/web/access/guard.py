"""The door: every request passes here before anything reads the store.

In this order: the name of the host, the method and who may change something, the token. Every answer gets the safe
headers.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from math import ceil
from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tracker.errors import SettingsError
from tracker.web.access.acting import ACTIONS, Acting
from tracker.web.access.failed_logins import FailedLogins
from tracker.web.access.headers import SAFE_HEADERS
from tracker.web.access.hosts import host_name
from tracker.web.access.tokens import Scope as TokenScope
from tracker.web.access.tokens import TokenFile
from tracker.web.failures import Failure, failed

__all__ = ["ASSISTANTS", "COOKIE", "LOGIN", "LOGOUT", "Guard", "forget_token", "is_feed", "may_still_ask"]

COOKIE = "trialwatch_token"
LOGIN = "/login"
LOGOUT = "/logout"
ASSISTANTS = "/mcp"
"""Where assistants ask. They do so by POST, and can change nothing by it."""
_READING = ("GET", "HEAD")
_POSTS = (LOGIN, LOGOUT, ASSISTANTS)
_MAY_ASK = "trialwatch.may_ask"
_OPEN = ("/static/", "/favicon.ico")
"""What needs no token: it holds nothing of the store."""
_SUBSCRIBED = ("/feeds/", "/calendar.ics")


def is_feed(path: str) -> bool:
    """Return whether a path is a feed or the calendar, which carry their own token in their address."""
    return path.startswith(_SUBSCRIBED)


@dataclass(slots=True)
class Guard:
    """Stands before the application. `stopwatch`: seconds that only grow."""

    app: ASGIApp
    hosts: frozenset[str]
    tokens: TokenFile
    stopwatch: Callable[[], float]
    acting: Acting
    failures: FailedLogins = field(default_factory=FailedLogins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SAFE_HEADERS.items():
                    headers[name] = value
                headers.setdefault("cache-control", "private, no-cache")
            await send(message)

        request = Request(scope)
        scope[_MAY_ASK] = partial(self._may_ask, request)
        await (self._refused(request) or self.app)(scope, receive, send_safely)

    def _refused(self, request: Request) -> Response | None:
        try:
            return self.refusal(request)
        except SettingsError:
            # Its words name a folder of this machine, which is not for everyone.
            said = f"The tokens in {self.tokens.path.name} {_UNREADABLE}"
            return failed(request, Failure(503, "tokens_unreadable", said))

    def refusal(self, request: Request) -> Response | None:
        """Return the answer to a request that may not pass. None for one that may.

        Raise SettingsError if the tokens cannot be read.
        """
        path = request.url.path
        if host_name(request.headers.get("host", "")) not in self.hosts:
            return failed(request, Failure(421, "wrong_host", _WRONG_HOST))
        if path.startswith(ACTIONS):
            if (failure := self.acting.refusal(request)) is not None:
                return _allowing(failed(request, failure), "POST")
        elif request.method not in _READING:
            if not (request.method == "POST" and path in _POSTS):
                failure = Failure(405, "method_not_allowed", "This is only for reading: use GET.")
                return _allowing(failed(request, failure), ", ".join(_READING))
            if is_foreign(request):
                return failed(request, Failure(403, "other_origin", "Another site's page sent this. Nothing was done."))
        if path.startswith(_OPEN):
            return None
        self.tokens.tokens()  # before a person types a token that nothing can be compared with
        if path in (LOGIN, LOGOUT):
            return None
        return self._without_token(request)

    def _without_token(self, request: Request) -> Response | None:
        path, is_locked = request.url.path, self.tokens.is_locked
        secret = request.query_params.get("token", "")
        if secret and is_feed(path):
            return None if self.tokens.accepts(secret, TokenScope.FEEDS) else self.wrong_token(request)
        if not is_locked:
            return None
        if (secret := secret_of(request)) and self.tokens.accepts(secret, TokenScope.ALL):
            return None
        is_browsing = _is_page(request) and request.method in _READING
        # A browser shows a token that has ended until it forgets it. That is no guess, and the person needs another.
        is_kept = is_browsing and secret == request.cookies.get(COOKIE)
        if (secret and not is_kept) or request.query_params.get("token"):
            return self.wrong_token(request)
        if is_browsing:
            wanted = path + (f"?{request.url.query}" if request.url.query else "")
            response = RedirectResponse(f"{LOGIN}?next={quote(wanted, safe='')}", status_code=303)
            return forget_token(response) if is_kept else response
        return _asking(failed(request, Failure(401, "token_missing", _NO_TOKEN)))

    def _may_ask(self, request: Request) -> bool:
        """Return whether a request that passed would pass now. A token may have been revoked since."""
        return not self.tokens.is_locked or self.tokens.accepts(secret_of(request), TokenScope.ALL)

    def wrong_token(self, request: Request) -> Response:
        """Count a wrong token, and return the answer to it."""
        address, seconds = request.client.host if request.client else "", self.stopwatch()
        if waiting := self.failures.wait(address, seconds):
            refused = failed(request, Failure(429, "too_many_wrong_tokens", _TOO_MANY))
            refused.headers["retry-after"] = str(ceil(waiting))
            return refused
        self.failures.failed(address, seconds)
        return _asking(failed(request, Failure(401, "token_wrong", _WRONG_TOKEN)), error="invalid_token")


_WRONG_HOST = (
    "This server does not answer under that name. To allow the name, put it into the config file: "
    'names = ["trials.example.org"] under [web].'
)
_NO_TOKEN = "This needs a token: Authorization: Bearer TOKEN. To make one: trialwatch tokens add NAME"
_WRONG_TOKEN = (
    "This token does not open this. A token for pages and API goes into the header Authorization: Bearer TOKEN, and "
    "one for feeds (trialwatch tokens add NAME --feeds) into the address of a feed or the calendar."
)
_UNREADABLE = (
    "cannot be read, so nothing can be asked here. On the machine of the server, this says what is wrong with them: "
    "trialwatch tokens list"
)
_TOO_MANY = "Too many wrong tokens came from this address. Wait a minute."


def may_still_ask(request: Request) -> Callable[[], bool]:
    """Return what tells whether an answer that goes on for long may go on."""
    found: Callable[[], bool] = request.scope[_MAY_ASK]
    return found


def secret_of(request: Request) -> str:
    """Return the token of a request, from its header or its cookie. "" for none."""
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    if kind.casefold() == "bearer":
        return value.strip()
    if kind.casefold() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return request.cookies.get(COOKIE, "")


def forget_token(response: Response) -> Response:
    """Let a browser forget its token with this answer."""
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return response


def is_foreign(request: Request) -> bool:
    """Return whether a page of another site sent a request. A client that is no browser says nothing of its site."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is not None and origin.partition("://")[2] != request.headers.get("host")


def _allowing(refused: Response, methods: str) -> Response:
    """Say which methods an address takes, if the method was wrong."""
    if refused.status_code == 405:
        refused.headers["allow"] = methods
    return refused


def _is_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "") and not is_feed(request.url.path)


def _asking(response: Response, *, error: str = "") -> Response:
    reason = f', error="{error}"' if error else ""
    response.headers["www-authenticate"] = f'Bearer realm="trialwatch"{reason}'
    return response
