"""Extract the title of a paper from its citation. Pure.

Most citations come from PubMed: ``Smith J, Jones AB; A Study Group. The title. Journal. 2020 Jan;1(2):3-4.`` Others are
typed by hand in the usual styles. There is no title if no authors or year show where it begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

__all__ = ["title_of"]

_LEAD = re.compile(r"^(?:\[?\d{1,3}[.\])]|•|-)\s+")
"""The number of a citation in its list."""
_POINT = re.compile(r"\.\s+(?=\S)")
_BETWEEN = re.compile(r", | & |(?<=[a-z]),(?=[A-Z])")
_MOST_POINTS = 60
_STOP = re.compile(r"[.?!][\"'”’)\]]?(?=\s)")
_SHORT = re.compile(
    r"(?:^|[\s(.,&-])(?:[A-Z]|vs|spp?|ssp|subsp|var|e\.g|i\.e|cf|Dr|St|No|no|approx|ca|Fig|et al|al|eds?|Inc|Ltd)$"
)
"""Abbreviations whose full stop does not end a sentence."""
_YEAR = re.compile(r"(?:\((?:19|20)\d\d[a-z]?(?:,[^)]{0,30})?\)|,? (?:19|20)\d\d)[.,:]\s*")
"""The year after the authors: ``(2010).``, ``, 2019.``"""
_AND = r"(?:and |& )?"
_NAMED = re.compile(
    _AND + r"[^\W\d_][\w'’`.-]*(?: [\w'’`.-]+){0,4},? "
    r"(?:[A-Z][A-Z.-]{0,5}|[A-Z]\.(?: ?[A-Z]\.){0,3})"
    r"(?: (?:Jr|Sr|[2-4](?:nd|rd|th)|I{1,3}|IV))?\.?"
)
"""``Jones AB``, ``van der Hart O``, ``Lee C-R``, ``Baker J Jr``."""
_INITIALS_FIRST = re.compile(
    _AND + r"(?:[A-Z]\. ?-?){1,4}[^\W\d_][\w'’-]*(?: [\w'’-]+){0,2}(?: and (?:[A-Z]\. ?){1,4}[\w'’-]+)?"
)
_INITIALS = re.compile(r"(?:[A-Z]\.[ -]?)+")
_OTHERS = re.compile(
    _AND + r"(?:et al\.?|others|co-?workers|[A-Z](?:[. ]{0,2}[A-Z]){0,3}\.?|Jr\.?|Sr\.?)", re.IGNORECASE
)
_BODY = re.compile(
    r"\b(?:Group|Consortium|Investigators|Committee|Collaborat\w+|Network|Society|Initiative|Association"
    r"|Organi[sz]ation|Team|Institute|Foundation|Force)\b",
    re.IGNORECASE,
)
_AUTHOR_FIRST = re.compile(r"[^,.]{2,40}, |(?:[A-Z]\. ?){1,3}[A-Z]")
"""A beginning that may be an author, in a list that was not understood."""
_LONGEST = 2000
"""Only this many characters of a citation are read."""


def title_of(citation: str) -> str | None:
    """Return the title of `citation` on one line, without its final full stop, or None if it cannot be found."""
    line = _LEAD.sub("", " ".join(citation[:_LONGEST].split()))
    if begin := _after_authors(line) or _after_year(line):
        return _title(next(_sentences(line[begin:]), ""), least=1)
    sentences = list(_sentences(line))
    if len(sentences) > 2 and _is_body(sentences[0]):
        return _title(sentences[1])
    # A citation without authors begins with its title. A second sentence that may be a journal must follow.
    return _title(sentences[0]) if len(sentences) > 1 and not _AUTHOR_FIRST.match(sentences[0]) else None


def _sentences(line: str) -> Iterator[str]:
    begin = 0
    for stop in _STOP.finditer(line):
        before, after = line[begin : stop.start()], line[stop.end() :].lstrip()[:1]
        # "vs. placebo" or "S. aureus" is no end of a sentence.
        if line[stop.start()] == "." and (_SHORT.search(before) or after.islower()):
            continue
        yield line[begin : stop.end()].strip()
        begin = stop.end()
    if line[begin:].strip():
        yield line[begin:].strip()


def _after_authors(line: str) -> int:
    """Return the position after the list of names at the start of `line`, or 0 if there is none."""
    if _INITIALS.match(line):
        first = next(_sentences(line))
        return len(first) if _are_authors(first.rstrip("."), share=0.75) and len(first) < len(line) else 0
    end = 0
    for stop in islice(_POINT.finditer(line), _MOST_POINTS):
        # The first part may hold a name in an unknown shape, so three quarters are enough. Later parts must consist of
        # names only. A lone capital after them begins a title (S. aureus).
        part = line[end : stop.start()]
        if not _are_authors(part, share=1 if end else 0.75) or (end and len(part) == 1):
            return end
        end = stop.end()
    return 0


def _are_authors(text: str, share: float) -> bool:
    """Return whether `text` is a list of names. Text after a semicolon is ignored: it may be the name of a group."""
    named, *_ = text.split("; ")
    names = [name for name in _BETWEEN.split(named) if name.strip(" .…")]
    return bool(names) and sum(map(_is_author, names)) >= share * len(names)


def _is_author(name: str) -> bool:
    return any(shape.fullmatch(name.strip()) for shape in (_NAMED, _INITIALS_FIRST, _OTHERS))


def _after_year(line: str) -> int:
    """Return where the title begins after a year that follows authors, or 0 if there is no such year."""
    year = _YEAR.search(line, 0, 400)
    if year is None or not (_AUTHOR_FIRST.match(line) or _is_body(line[: year.start()])):
        return 0
    return year.end() if len(line) > year.end() else 0


def _is_body(sentence: str) -> bool:
    return len(sentence.split()) <= 10 and bool(_BODY.search(sentence))


def _title(sentence: str, least: int = 2) -> str | None:
    text = sentence.strip().rstrip(".").strip()
    # PubMed puts translated titles in brackets.
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1].rstrip(".")
    return text if len(text.split()) >= least and any(letter.isalpha() for letter in text) else None
