"""Two copies of one store: in one the pages act, in the other the command does. Afterwards they are compared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from storage.engine.sqlite_driver import sqlite3
from tests.support.channels.webhook_sink import SECRET
from tests.support.program.program import Program
from tests.support.web.api_store import copied
from tests.support.web.served import Served, served

__all__ = ["NOT_COMPARED", "Pair", "acts", "own", "pair", "tables", "told"]

NOT_COMPARED = frozenset({"host", "ask", "job", "standing", "duty"})
"""Tables of the work itself: who asked a registry when, and what lists are sorted by, which the server keeps up."""
_PROCESS = re.compile(r"process \d+ on [\w.-]+")


@dataclass(frozen=True)
class Pair:
    """The program whose pages act, and the one that is told by commands."""

    page: Program
    command: Program


@contextmanager
def pair(base: Program, folder: Path) -> Iterator[Pair]:
    """Copy a store twice, each with a registry of its own that has the same records."""
    with copied(base, folder / "page") as page, copied(base, folder / "command") as command:
        yield Pair(page, command)


@contextmanager
def acts(program: Program, *words: str, environment: Mapping[str, str] = {}) -> Iterator[Served]:
    """Serve a store whose channels have their secret."""
    with served(program, *words, environment={"HOOK_SECRET": SECRET, **environment}) as site:
        yield site


def own(site: Served) -> dict[str, str]:
    """Return the headers with which a browser sends a form of this server."""
    return {"origin": site.url.rstrip("/"), "sec-fetch-site": "same-origin"}


def told(site: Served, answer: httpx.Response) -> str:
    """Return the sentence on the page to which the answer of an action leads."""
    assert answer.status_code == 303, answer.text
    page = site.get(answer.headers["location"].partition("#")[0]).text
    found = re.search(r'id="said"[^>]*>([^<]*)</p>', page)
    assert found is not None, page
    return found.group(1)


def tables(program: Program) -> dict[str, list[Any]]:
    """Return what a store holds, by table, without what tells one process from another."""
    with closing(sqlite3.connect(program.home / "trialwatch.db")) as database:
        names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: sorted(
                repr(tuple(_PROCESS.sub("PROCESS", each) if isinstance(each, str) else each for each in row))
                for row in database.execute(f'SELECT * FROM "{name}"')
            )
            for name in names
            if name not in NOT_COMPARED and not name.startswith("sqlite_")
        }
