"""Which group of a measure is compared with which: the experimental arm and the comparator, by the record. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tracker.changes.wording.words import Names, told_apart
from tracker.records.results.reported import ReportedGroup
from tracker.records.text import plain_words
from tracker.web.plots.words import text_words

__all__ = ["COMPARATOR", "EXPERIMENTAL", "OTHER", "group_names", "roles"]

EXPERIMENTAL, COMPARATOR, OTHER = "experimental", "comparator", "other"
_TYPES = {
    "EXPERIMENTAL": EXPERIMENTAL,
    **dict.fromkeys(("ACTIVE_COMPARATOR", "PLACEBO_COMPARATOR", "SHAM_COMPARATOR", "NO_INTERVENTION"), COMPARATOR),
}


def roles(groups: Mapping[str, ReportedGroup], arms: Mapping[str, str]) -> dict[str, str]:
    """Return the role of each group by its key. `arms` has the types of the trial's arms by their labels.

    A group is the arm with the same title. Without one, a group whose title begins with "placebo" or "sham" is a
    comparator, and the role of any other is not told.
    """
    types = {tuple(plain_words(label)): kind for label, kind in arms.items()}
    return {key: _role(plain_words(group.title), types) for key, group in groups.items()}


def _role(words: Sequence[str], types: Mapping[tuple[str, ...], str]) -> str:
    kind = types.get(tuple(words))
    if kind is not None:
        return _TYPES.get(kind, OTHER)
    return COMPARATOR if words and words[0] in ("placebo", "sham") else OTHER


def group_names(groups: Mapping[str, ReportedGroup], room: int = 44) -> dict[str, str]:
    """Return short names by key that can be told apart."""
    titles = {key: text_words(group.title) or "(no name)" for key, group in groups.items()}
    known = Names(titles.values())
    return {key: told_apart(title, known, room) for key, title in titles.items()}
