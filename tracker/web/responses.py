"""Answers with a mark of their content, so that a client that has it already is told so (304)."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

__all__ = ["answer", "is_known", "json_answer", "mark_of"]


def mark_of(content: bytes) -> str:
    """Return the entity tag of a content (RFC 9110, 8.8.3). It is weak, because a proxy may compress the answer."""
    return f'W/"{blake2b(content, digest_size=12).hexdigest()}"'


def is_known(request: Request, mark: str) -> bool:
    """Return whether the client says that it holds what has this mark."""
    held = [each.strip() for each in request.headers.get("if-none-match", "").split(",")]
    return "*" in held or mark in held


def answer(request: Request, content: bytes, media_type: str, mark: str = "") -> Response:
    """Return the content, or only its mark if the client has it. `mark` is by default that of the content."""
    mark = mark or mark_of(content)
    headers = {"etag": mark, "cache-control": "private, no-cache", "vary": "accept, authorization, cookie"}
    if is_known(request, mark):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


def json_answer(request: Request, document: Any, mark: str = "") -> Response:
    """Return a shape of `tracker.api` as JSON."""
    return answer(request, msgspec.json.encode(document), "application/json", mark)
