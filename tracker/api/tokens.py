"""The tokens of the pages: `tokens add`, `tokens list`, `tokens revoke`."""

from __future__ import annotations

from typing import Annotated

from tracker.api.base import Shape, described

__all__ = ["TokenAdded", "TokenRevoked", "Tokens"]

_OPENS = described("all: pages and API. feeds: feeds and the calendar.")


class ListedToken(Shape, frozen=True):
    """A token, without the token itself."""

    name: str
    opens: Annotated[str, _OPENS]


class MadeToken(Shape, frozen=True):
    """A token that was just made."""

    name: str
    opens: Annotated[str, _OPENS]
    token: Annotated[str, described("Shown this once. Only its hash is stored.")]


class TokenAdded(Shape, frozen=True):
    """`tokens add`."""

    token: MadeToken


class Tokens(Shape, frozen=True):
    """`tokens list`."""

    tokens: list[ListedToken]


class TokenRevoked(Shape, frozen=True):
    """`tokens revoke`: the token that ended."""

    revoked: ListedToken
