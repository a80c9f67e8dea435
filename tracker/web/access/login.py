"""Log in with a token, for people: a browser keeps it in a cookie that no script can read."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tracker.web.access.guard import COOKIE, LOGIN, Guard, forget_token
from tracker.web.access.local_path import local_path
from tracker.web.access.tokens import Scope
from tracker.web.templating import render

__all__ = ["log_in", "log_out", "show_login"]

_MOST_BYTES = 4096
_DAYS = 30


async def show_login(request: Request) -> Response:
    """Return the form that asks for a token."""
    page = render("login.html", title="Log in", here="", next=local_path(request.query_params.get("next", "/")))
    return Response(page, media_type="text/html")


async def log_in(request: Request, guard: Guard) -> Response:
    """Check the token of the form, and go on to the page that was wanted."""
    form = await _form(request)
    secret, wanted = form.get("token", "").strip(), local_path(form.get("next", "/"))
    if not guard.tokens.accepts(secret, Scope.ALL):
        return guard.wrong_token(request)
    response = RedirectResponse(wanted, status_code=303)
    response.set_cookie(
        COOKIE,
        secret,
        max_age=_DAYS * 86_400,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


async def log_out(_request: Request) -> Response:
    """Forget the token in the browser. It stays valid: `trialwatch tokens revoke` ends it."""
    return forget_token(RedirectResponse(LOGIN, status_code=303))


async def _form(request: Request) -> dict[str, str]:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _MOST_BYTES:
            return {}
    try:
        fields = parse_qs(body.decode(errors="replace"), max_num_fields=10)
    except ValueError:  # there are more
        return {}
    return {name: values[0] for name, values in fields.items()}
