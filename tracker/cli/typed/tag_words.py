"""Tell the ids from the tag in the words of `tag` and `untag`, and check the tags of `--tag`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from tracker.cli.run_state import command_line
from tracker.errors import InvalidTrialId, UsageError
from tracker.registries.ids import is_like_id, parse_id, words_of
from tracker.services.labels.tag_names import is_id

__all__ = ["IdsAndTag", "ids_and_tag"]

IdsAndTag = Annotated[
    list[str], typer.Argument(metavar="ID... TAG", help="Ids of trials, and the tag as the last word.")
]


def ids_and_tag(command: str, words: Sequence[str]) -> tuple[list[str], str]:
    """Return the ids in canonical form, each once, and the last word, which is the tag.

    Raise UsageError or InvalidTrialId, with the command that was probably meant.
    """
    *before, tag = words
    every = words_of(" ".join(words))
    if not before or all(map(is_id, every)):
        ids = [word for word in every if is_id(word)] or ["NCT05349331"]
        name = "TAG" if is_id(tag) or not tag.strip() else tag
        raise UsageError(
            f"The last word is the tag, and ids come before it: {command_line(command, *ids, name)}", subject=command
        )
    if empty := [word for word in before if not word.strip()]:
        parse_id(empty[0])
    found = words_of(" ".join(before))
    odd = [word for word in found if not is_id(word)]
    if odd and is_id(tag):
        ids = [word for word in (*found, tag) if is_id(word)]
        raise UsageError(f"The tag comes last: {command_line(command, *ids, odd[0])}", subject=tag[:40])
    return list(dict.fromkeys(_id(word) for word in found)), tag


def _id(word: str) -> str:
    try:
        return parse_id(word)
    except InvalidTrialId:
        if is_like_id(word):
            raise
        raise UsageError(
            f"Only the last word is the tag, and {word[:40]!a} before it is not an id. "
            "A tag with spaces needs quotes; give several tags one by one",
            subject=word[:40],
        ) from None
