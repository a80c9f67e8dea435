"""Items under a new label: which of their changes are housekeeping, and how to say so. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from storage.values.severity import Severity
from tracker.changes.event import Event, make_event
from tracker.changes.field_change import FieldChange
from tracker.changes.fields import ADMIN, KEY, field_of
from tracker.changes.matching.match_items import is_identified
from tracker.changes.matching.word_likeness import numbers
from tracker.changes.wording.words import count_of, listed, parted, shortened
from tracker.records.text import folded
from tracker.records.trial import TrialRecord

__all__ = ["Renamings", "housekeeping", "renamings"]

Path = tuple[str, ...]
_LABELS = {
    "sites": ("facility", "city", "state", "zip", "country"),
    "references": ("citation", "pmid"),
    "documents": ("label", "filename"),
    "arms": ("label",),
    "interventions": ("name",),
    "sponsor": ("name",),
}
"""The fields that name an item, the most telling first. Outcomes are missing: a rewording there is no housekeeping."""
_THINGS = {"sponsor": "collaborator"}
_FOLLOWS = {"interventions": ("arms", "arms"), "arms": ("interventions", "interventions")}
"""Family -> its list of labels of another family, and that family."""
_SHOWN = 2


class Renamings(NamedTuple):
    """`items` has the paths of items with a new key. `names` maps family -> old label -> new label."""

    items: frozenset[Path]
    names: Mapping[str, Mapping[str, str]]

    def kind(self, change: FieldChange) -> str:
        """Return the kind of event for a changed field: housekeeping if only a label changed, or if it follows one."""
        if self._is_label(change) or self._follows(change):
            return ADMIN
        return field_of(change.path).kind or ADMIN

    def _is_label(self, change: FieldChange) -> bool:
        """Return whether the change is only a new label. Other numbers in a label mean another dose or cohort."""
        if change.path[:-1] not in self.items or change.path[-1] not in _LABELS.get(change.path[0], ()):
            return False
        old, new = (
            numbers(value) if isinstance(value, str) else frozenset() for value in (change.before, change.after)
        )
        return change.path[0] not in ("arms", "interventions") or old <= new or new <= old

    def _follows(self, change: FieldChange) -> bool:
        """Return whether a list of labels says the same as before, under the new names."""
        listing, family = _FOLLOWS.get(change.path[0], ("", ""))
        names = self.names.get(family)
        if len(change.path) != 3 or change.path[-1] != listing or not names:
            return False
        old = [_renamed(label, names) for label in change.before or ()]
        return sorted(map(folded, old)) == sorted(map(folded, change.after or ()))


def _renamed(label: str, names: Mapping[str, str]) -> str:
    """Return the new name of a label. A registry may write the type before it: ``Drug: name``."""
    kind, colon, name = label.rpartition(": ")
    return names.get(label) or (f"{kind}{colon}{names[name]}" if name in names else label)


def renamings(changes: Sequence[FieldChange]) -> Renamings:
    """Return the items among these changes that have a new key."""
    items = frozenset(
        change.path[:-1] for change in changes if change.path[-1] == KEY and is_identified(change.path[:-2])
    )
    names: dict[str, dict[str, str]] = {}
    for change in changes:
        family = change.path[0]
        if (
            change.path[:-1] in items
            and change.path[-1] == _LABELS.get(family, ("",))[0]
            and change.before
            and change.after
        ):
            names.setdefault(family, {})[change.before] = change.after
    return Renamings(items, names)


def housekeeping(changes: Sequence[FieldChange], before: TrialRecord, after: TrialRecord) -> list[Event]:
    """Return one event for all housekeeping: renamed items with both labels, then the labels of all other fields."""
    found = renamings(changes).items
    sentences = _said(changes, before, after) if found else []
    others = [change for change in changes if change.path[-1] != KEY or change.path[:-1] not in found]
    labels = sorted({field_of(change.path).label for change in others if not _is_said(change, found)})
    sentences += [f"Changed: {listed(labels, most=4)}"] if labels else []
    return [make_event(ADMIN, Severity.ADMIN, "; ".join(sentences) or "Keys of namesakes changed", changes)]


def _is_said(change: FieldChange, items: frozenset[Path]) -> bool:
    return change.path[:-1] in items and change.path[-1] in _LABELS.get(change.path[0], ())


def _said(changes: Sequence[FieldChange], before: TrialRecord, after: TrialRecord) -> list[str]:
    """Return one sentence per family, such as ``Site renamed: X to Y``."""
    labels: dict[str, list[tuple[str, str]]] = {}
    old, new = before.document(), after.document()
    for change in changes:
        family = change.path[0]
        if change.path[-1] == KEY and family in _LABELS and is_identified(change.path[:-2]):
            items = _item(old, (*change.path[:-2], change.before)), _item(new, change.path[:-1])
            pair = _names(family, *items)
            if pair[0] != pair[1]:
                labels.setdefault(family, []).append(pair)
    return [_sentence(family, pairs) for family, pairs in labels.items()]


def _item(document: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    value: Any = document
    for part in path:
        value = value[part]
    found: Mapping[str, Any] = value
    return found


def _names(family: str, one: Mapping[str, Any], two: Mapping[str, Any]) -> tuple[str, str]:
    """Return the names of both items: the first label, and each further one that differs."""
    first, *more = _LABELS[family]
    parts = [first, *(name for name in more if (one.get(name) or "") != (two.get(name) or ""))]
    if (one.get(first) or "") != (two.get(first) or "") and family == "sites":
        parts = [first]
    words = [", ".join(_part(name, item[name]) for name in parts if item.get(name)) for item in (one, two)]
    return words[0] or "no name", words[1] or "no name"


def _part(name: str, value: str) -> str:
    return f"PMID {value}" if name == "pmid" else value


def _sentence(family: str, pairs: Sequence[tuple[str, str]]) -> str:
    shown = pairs[:_SHOWN]
    room = 50 if len(shown) == 1 else 26
    names = [" to ".join(shortened(side, room + 1) for side in parted(old, new, room)) for old, new in shown]
    thing = _THINGS.get(family, family.removesuffix("s"))
    more = f" and {len(pairs) - _SHOWN:,} more" if len(pairs) > _SHOWN else ""
    sentence = f"{thing.capitalize()} renamed" if len(pairs) == 1 else f"{count_of(len(pairs), thing)} renamed"
    return f"{sentence}: {', '.join(names)}{more}"
