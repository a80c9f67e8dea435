"""Free texts of records as paragraphs and lists. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Block", "Part", "blocks", "criteria"]

_BULLET = re.compile(r"^\s*(?:[*•-]|\d{1,3}[.)])\s+(?=\S)")
_INCLUSION = re.compile(r"(?i)^\W*(?:key |main )?inclusion criteria\W*$")
_EXCLUSION = re.compile(r"(?i)^\W*(?:key |main )?exclusion criteria\W*$")


class Block(NamedTuple):
    """A paragraph with one item, or a list with all of its items."""

    is_list: bool
    items: Sequence[str]


class Part(NamedTuple):
    """A part of the criteria: `inclusion`, `exclusion`, or "" for a text that does not name them."""

    kind: str
    blocks: Sequence[Block]
    #: The number of its list items.
    items: int


def blocks(text: str | None) -> list[Block]:
    """Return the paragraphs and lists of a text. No word is lost, and none is added."""
    found: list[Block] = []
    for paragraph in re.split(r"\n\s*\n", (text or "").strip()):
        plain: list[str] = []
        items: list[str] = []
        for line in paragraph.splitlines():
            if bullet := _BULLET.match(line):
                if plain:
                    found.append(Block(False, [" ".join(plain)]))
                    plain = []
                items.append(line[bullet.end() :].strip())
            elif items:
                items[-1] = f"{items[-1]} {line.strip()}".strip()
            elif line.strip():
                plain.append(line.strip())
        if items:
            if found and found[-1].is_list:
                found[-1] = Block(True, [*found[-1].items, *items])
            else:
                found.append(Block(True, items))
        elif plain:
            found.append(Block(False, [" ".join(plain)]))
    return found


def criteria(text: str | None) -> list[Part]:
    """Return the criteria in their parts. A text without the usual headings is one part."""
    parts: list[tuple[str, list[str]]] = [("", [])]
    for line in (text or "").splitlines():
        if _INCLUSION.match(line):
            parts.append(("inclusion", []))
        elif _EXCLUSION.match(line):
            parts.append(("exclusion", []))
        else:
            parts[-1][1].append(line)
    found = []
    for kind, lines in parts:
        shown = blocks("\n".join(lines))
        if shown:
            found.append(Part(kind, shown, sum(len(it.items) for it in shown if it.is_list)))
    return found
