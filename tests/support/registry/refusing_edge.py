"""The firewall before the live registry, as others measured it between December 2025 and October 2026.

    registry.edge = Edge()

It refuses a client whose name lacks the token of its library, with a bare HTML page and status 403. It refuses the
undocumented history without the cookie that a page of the site sets. It refuses a search with more than twelve words
in one part, with a sentence of plain text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.support.registry.embedded_registry import Reply, Request

__all__ = ["FORBIDDEN", "Edge"]

FORBIDDEN = Reply(403, b"<html><head><title>403</title></head><body>Forbidden</body></html>".ljust(134), "text/html")
TOO_MANY = Reply(400, b"Too complicated query")
MOST_WORDS = 12
_OPERATOR = re.compile(r"\b(AND|OR|NOT)\b|\b[A-Z]+\[[^\]]*\]|[()\"]")


@dataclass
class Edge:
    """`token` must be in the client's name. With `cookie_on_api`, the API sets the cookie too, not only the pages."""

    token: str = "python-httpx/"
    cookie_on_api: bool = False
    closed: bool = False
    """Refuse every client, with any name, as for a blocked network."""

    def refusal(self, request: Request) -> Reply | None:
        """Return the edge's answer in place of the registry. None if it lets the request through."""
        if self.closed or self.token not in request.headers.get("user-agent", ""):
            return FORBIDDEN
        if request.path.startswith("/api/int/") and "ncbi_sid=" not in request.headers.get("cookie", ""):
            return FORBIDDEN
        parts = (text for name, text in request.query.items() if name.startswith("query."))
        return TOO_MANY if any(words(part) > MOST_WORDS for part in parts) else None

    def dress(self, request: Request, reply: Reply) -> Reply:
        """Return the answer with the cookie, if one is set."""
        if request.path.startswith("/api/") and not self.cookie_on_api:
            return reply
        return Reply(reply.status, reply.body, reply.kind, {**reply.headers, "Set-Cookie": "ncbi_sid=1; Path=/"})


def words(part: str) -> int:
    """Count the words of one part of a search, without operators."""
    return len(_OPERATOR.sub(" ", part).split())
