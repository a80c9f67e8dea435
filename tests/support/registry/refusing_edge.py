"""What stands before the live registry, as others have measured it between December 2025 and October 2026.

    registry.edge = Edge()

It refuses a client whose name lacks the token of its library, with a bare page of HTML and status 403. It refuses the
undocumented history to everybody without the cookie that a page of the site sets. It refuses a search of more than
twelve words in one part, with a sentence of plain text.
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
    """`token`: what a name must hold. `cookie_on_api`: the API sets the cookie too, not only the site's pages."""

    token: str = "python-httpx/"
    cookie_on_api: bool = False
    closed: bool = False
    """Refuse everybody, whatever the name: a network that is not welcome."""

    def refusal(self, request: Request) -> Reply | None:
        """What the edge answers in the registry's place; None when it lets the request through."""
        if self.closed or self.token not in request.headers.get("user-agent", ""):
            return FORBIDDEN
        if request.path.startswith("/api/int/") and "ncbi_sid=" not in request.headers.get("cookie", ""):
            return FORBIDDEN
        parts = (text for name, text in request.query.items() if name.startswith("query."))
        return TOO_MANY if any(words(part) > MOST_WORDS for part in parts) else None

    def dress(self, request: Request, reply: Reply) -> Reply:
        """The answer with the cookie, where one is set."""
        if request.path.startswith("/api/") and not self.cookie_on_api:
            return reply
        return Reply(reply.status, reply.body, reply.kind, {**reply.headers, "Set-Cookie": "ncbi_sid=1; Path=/"})


def words(part: str) -> int:
    """The words of one part of a search, operators left out."""
    return len(_OPERATOR.sub(" ", part).split())
