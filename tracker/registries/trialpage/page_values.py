"""Values of a trial page: the value beside a label, codes in any spelling, texts of several lines. Pure."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence

from tracker.registries.trialpage.outline import LabelledLine, Outline

__all__ = ["blocks", "code", "text_of", "value"]

_NOT_WORD = re.compile(r"[^A-Z0-9]+")


def code(text: str | None) -> str | None:
    """``Active, not recruiting`` -> ``ACTIVE_NOT_RECRUITING``. A code stays as it is, and an empty text is None."""
    word = _NOT_WORD.sub("_", (text or "").upper()).strip("_")
    return word or None


def value(page: Outline, section: str, label: str) -> str | None:
    """Return the value beside or below a label. None if the label is missing or has no value."""
    lines = page.sections.get(section, ())
    for at, item in enumerate(lines):
        if item.label == label:
            after = lines[at + 1] if at + 1 < len(lines) else LabelledLine("", "")
            return item.text or (None if after.label else after.text or None)
    return None


def text_of(lines: Sequence[LabelledLine]) -> str | None:
    """Return lines as one text: an empty line between paragraphs, list items directly below each other."""
    text = ""
    for item in lines:
        gap = "\n" if item.text.startswith("* ") and text.rpartition("\n")[2].startswith("* ") else "\n\n"
        text += (gap if text else "") + item.text
    return text or None


def blocks(
    lines: Sequence[LabelledLine], label: str, known: Container[str] | None = None
) -> Iterator[tuple[list[str], str]]:
    """Yield the texts above each `label`, with its value, which may be on the next line.

    `known`: the possible codes, for a label that often has no value. Any other line below it is not the value.
    """
    texts: list[str] = []
    waiting = list(lines)
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


def _can_be_value(line: LabelledLine, known: Container[str] | None) -> bool:
    return not line.label and (known is None or (code(line.text) or "") in known)
