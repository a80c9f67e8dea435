"""The words of a citation: one line of text, or an entry for BibTeX. Pure.

Titles and names come from strangers. Characters that a terminal may obey are shown as escapes, and everything that has
a meaning in TeX is written so that it prints as itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tracker.changes.wording.words import at_start
from tracker.records.clean import clean
from tracker.records.one_line import one_line

__all__ = ["Citation", "as_bibtex", "as_text"]

_TEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        # BibTeX counts a brace even behind a backslash, so a single one would end or swallow the entry.
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{it: f"\\{it}" for it in "#$%&_"},
    }
)


@dataclass(frozen=True, slots=True)
class Citation:
    """What a citation of one version says. Days are ISO text, `registry_version` counts as the registry does."""

    trial: str
    version: int
    author: str
    title: str
    registry: str
    registry_version: int | None
    effective: str
    seen: str
    url: str
    sha256: str
    program: str

    @property
    def key(self) -> str:
        """Return the key for BibTeX: NCT05349331-v6."""
        return f"{self.trial}-v{self.version}"


def as_text(it: Citation) -> str:
    """Return one line: author, title, registry and number, version, address, day of access, hash, program."""
    parts = (it.author, it.title, _registered(it), _version(it), it.url, f"Accessed {it.seen}")
    return " ".join([*(_ended(part) for part in parts if part), f"SHA-256 {it.sha256}. Retrieved with {it.program}."])


def as_bibtex(it: Citation) -> str:
    """Return a `@misc` entry, which both BibTeX and biblatex know."""
    return "\n".join([f"@misc{{{it.key},", *(f"  {name} = {{{value}}}," for name, value in _fields(it) if value), "}"])


def _fields(it: Citation) -> Iterator[tuple[str, str]]:
    # A second pair of braces keeps a name whole and the capitals of a title.
    yield "author", f"{{{_tex(it.author)}}}" if it.author else ""
    yield "title", f"{{{_tex(it.title)}}}" if it.title else ""
    yield "howpublished", _tex(_registered(it))
    yield "year", it.effective[:4]
    yield "version", _tex(it.effective)
    yield "url", it.url
    yield "urldate", it.seen
    yield "note", _tex(f"{_version(it)}. SHA-256 {it.sha256}. Retrieved with {it.program}")


def _registered(it: Citation) -> str:
    # Here the name of a registry begins a sentence. It may have an article: "the EU Clinical Trials Register".
    return at_start(f"{it.registry} {it.trial}")


def _version(it: Citation) -> str:
    number = "" if it.registry_version is None else f" (version {it.registry_version} at the registry, counted from 0)"
    return f"Record in effect from {it.effective}{number}"


def _ended(part: str) -> str:
    """Return a part with a full stop. An address gets none, because it would be copied with it."""
    shown = clean(one_line(part))
    return shown if shown.endswith((".", "?", "!")) or shown.startswith("https://") else f"{shown}."


def _tex(text: str) -> str:
    return clean(one_line(text)).translate(_TEX)
