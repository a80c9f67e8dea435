"""The tags of trials."""

from __future__ import annotations

from typing import Final, NamedTuple

from storage.reads.query import Query

__all__ = ["TAGS_BETWEEN", "TAGS_OF", "TAG_IS_KNOWN", "TrialTag"]


class TrialTag(NamedTuple):
    trial: str
    tag: str


class _Number(NamedTuple):
    number: int


TAGS_BETWEEN: Final = Query(
    'SELECT trial, tag FROM tag WHERE trial COLLATE "C" > :after AND trial COLLATE "C" <= :last', TrialTag
)
TAGS_OF: Final = Query("SELECT trial, tag FROM tag WHERE trial IN (:trials)", TrialTag)
TAG_IS_KNOWN: Final = Query("SELECT count(*) FROM (SELECT 1 FROM tag WHERE tag = :tag LIMIT 1) AS found", _Number)
