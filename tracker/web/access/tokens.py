"""The tokens that open the pages, the API or the feeds. Only their hashes are stored.

A token is 256 random bits, so a fast hash is enough: it cannot be guessed.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from typing import NamedTuple

from storage.files.atomic_files import write_whole
from storage.files.private_files import make_folder, readable_by_others
from tracker.errors import SettingsError, UsageError
from tracker.text_files import NotText, read_text

__all__ = ["MARK", "EndedToken", "NewToken", "Scope", "Token", "TokenFile", "add_token", "revoke_token"]

MARK = "tw_"
"""The beginning of every token, by which scanners for leaked secrets know it."""
_BYTES = 32


class Scope(StrEnum):
    """What a token opens."""

    #: Pages and API, in a header or by logging in.
    ALL = "all"
    #: Feeds and calendar, in their addresses.
    FEEDS = "feeds"


class Token(NamedTuple):
    """A token that is accepted. `digest`: its SHA-256 in hexadecimal digits."""

    name: str
    scope: Scope
    digest: str


class EndedToken(NamedTuple):
    """A token that was revoked. `was_last`: no other token opens pages and API."""

    name: str
    scope: Scope
    was_last: bool


class NewToken(NamedTuple):
    """A token that was just made. `secret` is shown once."""

    name: str
    scope: Scope
    secret: str


@dataclass(slots=True)
class TokenFile:
    """The accepted tokens. The file is read again when it changed, so that a revoked token ends at once."""

    path: Path
    _tokens: Sequence[Token] = ()
    _state: tuple[int, int, int] | None = field(default=None)
    _was_locked: bool = False

    def tokens(self) -> Sequence[Token]:
        """Return the tokens. Empty without a file. Raise SettingsError for a file that cannot be read."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            self._state, self._tokens = None, ()
            return ()
        except OSError as error:
            raise SettingsError(
                f"The tokens in {self.path} cannot be read: {error.strerror}", subject="token_file"
            ) from error
        state = (found.st_ino, found.st_mtime_ns, found.st_size)
        if state != self._state:
            self._tokens, self._state = _read(self.path), state
        return self._tokens

    @property
    def is_locked(self) -> bool:
        """Whether pages and API need a token: there is one for them, or there was one since this process started.

        A server that asked for a token may be one that others reach. When its last token goes, or its file, it lets in
        none of them.
        """
        if any(it.scope is Scope.ALL for it in self.tokens()):
            self._was_locked = True
        return self._was_locked

    def accepts(self, secret: str, scope: Scope) -> bool:
        """Return whether `secret` opens what `scope` stands for. Takes as long for every wrong secret."""
        digest = _digest(secret)
        # Each one is compared, so that the time does not tell which is nearly right.
        same = [compare_digest(digest, it.digest) for it in self.tokens() if it.scope is scope]
        return any(same)


def add_token(path: Path, name: str, scope: Scope) -> NewToken:
    """Make a token and store its hash. Raise UsageError for a name that is taken or cannot be used."""
    if not name or not name.isprintable() or name != "".join(name.split()) or len(name) > 60:
        raise UsageError("A token's name is one word of at most 60 characters, such as: laptop", subject=name[:60])
    tokens = TokenFile(path).tokens()
    if any(it.name == name for it in tokens):
        raise UsageError(
            f"There is a token {name} already. Take another name, or: trialwatch tokens revoke {name}", subject=name
        )
    secret = f"{MARK}{secrets.token_urlsafe(_BYTES)}"
    _write(path, [*tokens, Token(name, scope, _digest(secret))])
    return NewToken(name, scope, secret)


def revoke_token(path: Path, name: str) -> EndedToken:
    """Forget a token, and say which it was. Raise UsageError if there is none of that name."""
    tokens = TokenFile(path).tokens()
    gone = next((it for it in tokens if it.name == name), None)
    if gone is None:
        known = ", ".join(it.name for it in tokens) or "none"
        raise UsageError(f"There is no token {name[:60]!r}. There are: {known}", subject=name[:60])
    left = [it for it in tokens if it is not gone]
    _write(path, left)
    return EndedToken(gone.name, gone.scope, gone.scope is Scope.ALL and all(it.scope is not Scope.ALL for it in left))


def _digest(secret: str) -> str:
    return sha256(secret.encode(errors="surrogateescape")).hexdigest()


def _read(path: Path) -> list[Token]:
    if readable_by_others(path):
        raise SettingsError(f"Others can read or change {path}. Run: chmod 600 {path}", subject="token_file")
    try:
        lines = read_text(path).splitlines()
    except (OSError, NotText) as error:
        raise SettingsError(f"The tokens in {path} cannot be read: {error}", subject="token_file") from error
    return [_parsed(path, number, line) for number, line in enumerate(lines, 1) if line.strip() and line[0] != "#"]


def _parsed(path: Path, number: int, line: str) -> Token:
    parts = line.split()
    if len(parts) != 3 or parts[1] not in list(Scope) or len(parts[2]) != 64:
        raise SettingsError(
            f"Line {number} of {path} is no token. Remove the line, and make a new one: trialwatch tokens add NAME",
            subject="token_file",
        )
    return Token(parts[0], Scope(parts[1]), parts[2])


def _write(path: Path, tokens: Sequence[Token]) -> None:
    lines = [f"{it.name} {it.scope} {it.digest}" for it in tokens]
    make_folder(path.parent)
    write_whole(path, "\n".join(["# Hashes of tokens. See: trialwatch tokens list", *lines, ""]).encode(), force=True)
