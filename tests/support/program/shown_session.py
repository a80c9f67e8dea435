"""What a page shows of a terminal: commands, and what is printed below them.

A block of the language `console` is one session. A line that begins with `$ ` is a command. `...` stands for what is
left out, in a line or instead of lines. A comment `<!-- test: ... -->` above a block says how the test runs it:
`skip`, or `this => that; ...`, which replaces text in the block.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Shown", "missing", "sessions"]

_BLOCK = re.compile(r"(?:<!-- test: (.+?) -->\n)?```console\n(.*?)```", re.DOTALL)
_QUESTION = re.compile(r"((?:\d\. .*\[[^\]]*\]|Password .*\(not shown\)):) ?(.*)")


@dataclass
class Shown:
    """A command, the lines shown below it, and the questions it asks with what is answered."""

    command: str
    lines: list[str] = field(default_factory=list)
    questions: list[tuple[str, str]] = field(default_factory=list)


def sessions(page: str, values: Mapping[str, str]) -> list[Shown]:
    """Return the commands of a page in their order. `values`: what names in the marks stand for."""
    found: list[Shown] = []
    for mark, block in _BLOCK.findall(page):
        if mark == "skip":
            continue
        for replacement in filter(None, mark.split("; ")):
            this, that = replacement.split(" => ")
            assert this in block, f"{this!r} is not in the block below its mark"
            for name, value in values.items():
                that = that.replace(name, value)
            block = block.replace(this, that)
        found += _commands(block)
    return found


def _commands(block: str) -> list[Shown]:
    found: list[Shown] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append(Shown(line.removeprefix("$ ")))
        elif match := _QUESTION.fullmatch(line):
            found[-1].questions.append((match[1], match[2]))
        else:
            found[-1].lines.append(line)
    return found


def missing(shown: Shown, printed: str) -> list[str]:
    """Return the shown lines that were not printed, each looked for after the one before."""
    left, lost = printed.splitlines(), []
    for line in shown.lines:
        if line == "...":
            continue
        wanted = re.compile(".*".join(re.escape(part) for part in line.split("...")) + r"\s*")
        at = next((number for number, each in enumerate(left) if wanted.fullmatch(each)), None)
        if at is None:
            lost.append(line)
        else:
            left = left[at + 1 :]
    return lost
