"""Split a page of records into the bytes of each record, without decoding any of them. Pure.

The registry writes all its pages in one form: the number of matches if we asked for it, the list of records, and the
token of the next page if there is one. A page in another form is not split: `tracker.registries.strict_json` reads it
from left to right instead, which takes longer and finds out what is wrong with it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec

from tracker.registries.value_count import MOST_RECORDS

__all__ = ["SplitPage", "TooManyRecords", "split_page"]

_BEGIN = re.compile(rb'\{(?:"totalCount":(0|[1-9]\d{0,14}),)?"studies":(?=\[)')
# The list ends with the last bracket of the page. A token with an escape in it is left to the decoder.
_END = re.compile(rb'\](?:,"nextPageToken":"([\x20\x21\x23-\x5b\x5d-\x7e]{1,500})")?\}[ \t\r\n]*\Z')
_LONGEST_END = 1_000
_MOST_COMMAS = 600_000
"""More than the 200 largest real records have together."""
_LIST = msgspec.json.Decoder(list[msgspec.Raw])


class TooManyRecords(ValueError):
    """The page has more records than the registry puts on one."""


class SplitPage(NamedTuple):
    """A page of which only its own values have been read."""

    #: The number of matching records, as the registry counts them. None if it does not.
    total: int | None
    #: The token that requests the next page. None on the last page.
    token: str | None
    #: The bytes of each record: views, not copies. Each still has to be decoded strictly.
    records: list[memoryview]


def split_page(data: bytes) -> SplitPage | None:
    """Return the page's parts, or None if it is not in the registry's usual form, or has very many commas.

    Raise TooManyRecords for more than `MOST_RECORDS`.
    """
    # What msgspec keeps of an element takes 150 bytes, so their number is bounded before the first is read.
    if data.count(b",") > _MOST_COMMAS:
        return None
    begin = _BEGIN.match(data)
    end = _END.search(data, max(0, len(data) - _LONGEST_END))
    if begin is None or end is None or end.start() < begin.end():
        return None
    try:
        found = _LIST.decode(memoryview(data)[begin.end() : end.start() + 1])
    except (msgspec.DecodeError, RecursionError):
        return None
    if len(found) > MOST_RECORDS:
        raise TooManyRecords
    total, token = begin[1], end[1]
    return SplitPage(int(total) if total else None, token.decode() if token else None, [memoryview(it) for it in found])
