"""Values of a trial page: what stands beside a label, codes in any dress, texts of several lines. Pure."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence

from tracker.registries.trialpage.outline import LabelledLine, Outline

__all__ = ["blocks", "code", "text_of", "value"]

_NOT_WORD = re.compile(r"[^A-Z0-9]+")


def code(text: str | None) -> str | None:
    """``Active, not recruiting`` -> ``ACTIVE_NOT_RECRUITING``; a code stays as it is, nothing stays None."""
    word = _NOT_WORD.sub("_", (text or "").upper()).strip("_")
    return word or None


def value(page: Outline, section: str, label: str) -> str | None:
    """What stands beside or below a label; None when the label is missing or stands alone."""
    said = page.sections.get(section, ())
    for at, item in enumerate(said):
        if item.label == label:
            after = said[at + 1] if at + 1 < len(said) else LabelledLine("", "")
            return item.text or (None if after.label else after.text or None)
    return None


def text_of(said: Sequence[LabelledLine]) -> str | None:
    """Lines as one text: paragraphs a blank line apart, items of a list below each other."""
    text = ""
    for item in said:
        gap = "\n" if item.text.startswith("* ") and text.rpartition("\n")[2].startswith("* ") else "\n\n"
        text += (gap if text else "") + item.text
    return text or None


def blocks(
    said: Sequence[LabelledLine], label: str, known: Container[str] | None = None
) -> Iterator[tuple[list[str], str]]:
    """The texts above each `label`, with its value, which may stand on the line below.

    `known`: the codes it can have, of a label that often has no value: any other line below it is no value.
    """
    texts: list[str] = []
    waiting = list(said)
    while waiting:
        item = waiting.pop(0)
        if item.label != label:
            texts.append(item.text.removeprefix("* "))
            continue
        found = item.text
        if not found and waiting and _can_be_value(waiting[0], known):
            found = waiting.pop(0).text
        yield texts, found
        texts = []
    if texts:
        yield texts, ""


def _can_be_value(said: LabelledLine, known: Container[str] | None) -> bool:
    return not said.label and (known is None or (code(said.text) or "") in known)
