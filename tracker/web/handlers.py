"""What becomes of an error: an answer that says what went wrong, and a line in the log for a fault of ours."""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from storage.errors import StorageError
from tracker.errors import TrialwatchError
from tracker.web.failures import Failure, failed, failure_of
from tracker.web.site import Site

__all__ = ["handlers"]

_FAULT = 500


def handlers(site: Site) -> dict[Any, Any]:
    """Return the handlers of all errors, by their type, for Starlette and FastAPI."""

    def answered(request: Request, error: Exception) -> Response:
        failure = failure_of(error)
        if failure.status == _FAULT:
            # The path alone: a query may hold the token of a feed.
            site.log.trouble("a page failed", error, path=request.url.path)
        return failed(request, failure)

    return {
        TrialwatchError: answered,
        StorageError: answered,
        HTTPException: _of_starlette,
        Exception: answered,
    }


def _of_starlette(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    message = "There is no page at this address." if status == 404 else "This cannot be done here."
    return failed(request, Failure(status, "not_found" if status == 404 else "refused", message))
