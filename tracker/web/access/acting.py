"""Who may change something from a page. No page of another site may.

Acting is on where a token is needed (and given), or where only this machine reaches the server. A browser has to say
that a page of this server sent the form. A script that shows its token needs not.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from tracker.config.settings import WebSettings
from tracker.web.access.hosts import host_name, is_loopback
from tracker.web.access.tokens import TokenFile
from tracker.web.failures import Failure

__all__ = ["ACTIONS", "Acting", "has_bearer", "is_own_page"]

ACTIONS = "/do/"
"""What the path of every action begins with."""


@dataclass(frozen=True, slots=True)
class Acting:
    """Decides whether a request may change something. `is_demo`: the store is invented, so nothing in it is changed."""

    web: WebSettings
    tokens: TokenFile
    is_demo: bool = False

    def is_on(self, request: Request) -> bool:
        """Return whether pages show forms to this client. Its token is checked elsewhere."""
        return not self._why_off(request)

    def refusal(self, request: Request) -> Failure | None:
        """Return why this request may not change anything. None if it may."""
        if request.method != "POST":
            return Failure(405, "method_not_allowed", "This address takes forms only: use POST.")
        if why := self._why_off(request):
            return Failure(403, "acting_off", why)
        if not is_own_page(request) and not (self.tokens.is_locked and _is_script(request)):
            return Failure(403, "other_origin", _FOREIGN)
        return None

    def _why_off(self, request: Request) -> str:
        if self.is_demo:
            return "This is a demonstration. Nothing can be changed in it."
        if not self.web.actions:
            return _OFF
        if self.tokens.is_locked or (is_loopback(self.web.host) and _is_local(request)):
            return ""
        return _NO_TOKEN


_OFF = (
    "Nothing can be changed from the pages, because the config file says so. To allow it: actions = true under [web], "
    "then start the server again."
)
_NO_TOKEN = (
    "Nothing can be changed from here without a token. Make one on the machine of the server, and log in with it: "
    "trialwatch tokens add NAME"
)
_FOREIGN = (
    "Nothing was done, because no page of this server sent this. Open the page and try again. A proxy in front has to "
    "pass the Host header as it came. A script sends Authorization: Bearer TOKEN."
)


def is_own_page(request: Request) -> bool:
    """Return whether a browser says that a page of this very server sent the request, and says nothing else."""
    site, origin = request.headers.get("sec-fetch-site", "same-origin"), request.headers.get("origin", "")
    scheme, _, place = origin.partition("://")
    return site == "same-origin" and scheme in ("http", "https") and place == request.headers.get("host", "")


def has_bearer(request: Request) -> bool:
    """Return whether a request shows a token in its header, as a script does."""
    return request.headers.get("authorization", "").partition(" ")[0].casefold() == "bearer"


def _is_script(request: Request) -> bool:
    return has_bearer(request) and not {"origin", "sec-fetch-site"} & set(request.headers.keys())


def _is_local(request: Request) -> bool:
    """Return whether a request came from this machine itself, and not through a proxy that others reach."""
    client = request.client.host if request.client else ""
    return is_loopback(client) and is_loopback(host_name(request.headers.get("host", "")).strip("[]"))
