"""What users add to trials: tags and notes. `tag`, `untag`, `note`."""

from __future__ import annotations

from typing import Annotated

from tracker.api.base import Instant, Shape, described

__all__ = ["Note", "Notes", "Tagged", "TaggedTrial"]


class TaggedTrial(Shape, frozen=True):
    """One trial and its tags now."""

    trial: str
    title: str | None
    tags: list[str]
    changed: Annotated[bool, described("False if it had the tag already, or did not have it.")]


class Tagged(Shape, frozen=True):
    """`tag`, `untag`: the trials that were named, after the change."""

    tag: str
    trials: list[TaggedTrial]


class Note(Shape, frozen=True):
    """What a user wrote about a trial."""

    note: Annotated[int, described("Its number, for `note ID --delete`.")]
    noted_at: Instant
    text: str


class Notes(Shape, frozen=True):
    """`note`: all notes on a trial, oldest first."""

    trial: str
    notes: list[Note]
