"""What every page is: a template with its values, and the same facts as a shape of `tracker.api`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

__all__ = ["Alternate", "Page"]


class Alternate(NamedTuple):
    """The same facts elsewhere: a feed, the calendar, JSON."""

    media_type: str
    title: str
    path: str


@dataclass(frozen=True, slots=True)
class Page:
    """What a page shows.

    `here`: the entry of the navigation that is marked. `document`: the JSON twin.
    `cookies`: what the browser keeps for the next visit, by name.
    """

    template: str
    title: str
    here: str
    values: Mapping[str, Any]
    document: msgspec.Struct
    feeds: Sequence[Alternate] = ()
    cookies: Mapping[str, str] = field(default_factory=dict)
