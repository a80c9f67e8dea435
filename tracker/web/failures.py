"""What goes wrong with a request, as one sentence: on a page for people, as problem+json (RFC 9457) for programs."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from storage.errors import Damaged, Full, Locked, NewerSchema, Replaced, Unavailable
from tracker.api.base import described
from tracker.errors import (
    NoResults,
    RecordError,
    UnknownChange,
    UnknownMessage,
    UnknownTrial,
    UsageError,
)
from tracker.services.diagnostics.told_errors import told_error
from tracker.web.templating import render

__all__ = ["PROBLEM", "Failure", "Problem", "failed", "failure_of"]

PROBLEM = "application/problem+json"
_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (UsageError, 400),
    (UnknownTrial, 404),
    (NoResults, 404),
    (UnknownMessage, 404),
    (UnknownChange, 404),
    (RecordError, 422),
    (Locked, 503),
    (Unavailable, 503),
    (Replaced, 503),
    (NewerSchema, 503),
    (Full, 503),
    (Damaged, 503),
)
_TITLES = {
    400: "The question is not right",
    401: "A token is needed",
    403: "This is refused",
    404: "There is no such thing",
    405: "This address takes other requests",
    413: "This is too long",
    421: "Another server was meant",
    422: "This record cannot be read",
    429: "Too many wrong tokens",
    500: "A fault of Trialwatch",
    503: "The store does not answer",
}
_TITLES_OF_KINDS = {
    "too_many_streams": "Too many clients listen",
    "tokens_unreadable": "The tokens cannot be read",
}


class Failure(NamedTuple):
    """Why a request has no answer. `message` is a sentence with the next step in it."""

    status: int
    kind: str
    message: str
    subject: str = ""

    @property
    def title(self) -> str:
        return _TITLES_OF_KINDS.get(self.kind) or _TITLES.get(self.status, "This did not work")


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why a question has no answer, as RFC 9457 has it."""

    type: Annotated[str, described("Always about:blank. See `kind`.")] = "about:blank"
    title: Annotated[str, described("What the status means.")]
    status: Annotated[int, described("The HTTP status.")]
    detail: Annotated[str, described("A sentence with the next step in it.")]
    kind: Annotated[str, described("For programs, such as usage or unknown_trial. As in errors of the command line.")]
    subject: Annotated[str, described("What it is about: a trial, a parameter. May be empty.")]


def failure_of(error: Exception) -> Failure:
    """Return what an error means to the one who asked. An error that is not ours shows nothing of its text."""
    status = next((code for kind, code in _STATUS if isinstance(error, kind)), 500)
    return Failure(status, *told_error(error))


def failed(request: Request, failure: Failure) -> Response:
    """Return the answer that says what went wrong, in the form that was asked for."""
    path = request.url.path
    if path.startswith(("/api/", "/feeds/", "/mcp")) or path.endswith((".json", ".ics")) or not _wants_page(request):
        problem = Problem(
            title=failure.title,
            status=failure.status,
            detail=failure.message,
            kind=failure.kind,
            subject=failure.subject,
        )
        return Response(msgspec.json.encode(problem), failure.status, media_type=PROBLEM)
    page = render("failure.html", failure=failure, here="", title=failure.title)
    return Response(page, failure.status, media_type="text/html")


def _wants_page(request: Request) -> bool:
    accepted = request.headers.get("accept", "*/*")
    # A browser never shows its token in this header.
    is_script = request.headers.get("authorization", "").casefold().startswith("bearer ")
    return "text/html" in accepted or ("*/*" in accepted and not is_script)
