"""What an action is: the fields of its form, and the service call behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session

from tracker.web.actions.workplace import Opened, Workplace
from tracker.web.site import Site

__all__ = ["Action", "Deed", "Done", "Later"]


@dataclass(frozen=True, slots=True)
class Deed:
    """One use of an action: its form, and where it works. `cookies`: those of the request."""

    site: Site
    place: Workplace
    form: Mapping[str, str]
    cookies: Mapping[str, str] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        return self.site.now

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Yield a session in one transaction."""
        with self.place.open() as opened, opened.context.database.write() as session:
            yield session

    @contextmanager
    def open(self) -> Iterator[Opened]:
        """Yield the context and its settings, for work that asks a registry or delivers messages."""
        with self.place.open() as opened:
            yield opened


@dataclass(frozen=True, slots=True)
class Done:
    """What an action came to, as a sentence. `facts` go into the log: no secrets, no addresses, no text of a note.

    `cookies`: what the browser keeps from now on, by name.
    """

    sentence: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Later:
    """Work that takes longer than a request should. `key`: a second of this key is not begun.

    `title` names it on the status page. `begun` is the sentence if it is not done after `patience` seconds.
    """

    key: str
    title: str
    begun: str
    work: Callable[[], Done]
    patience: float = 0.0


@dataclass(frozen=True, slots=True)
class Action:
    """`name`: for the log. `required` and `optional`: the fields of its form. `secret`: fields that are never kept."""

    name: str
    does: Callable[[Deed], Done | Later]
    required: Sequence[str] = ()
    optional: Sequence[str] = ()
    secret: Sequence[str] = ()
